"""The application: one WSGI callable in front of every route."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from shop import admin, auth, cart, catalog, db, payment
from shop.pages import account, checkout, dashboard, layout, products
from shop.pages import cart as cart_pages
from shop.web import Environ, Problem, Request, Response, Routes, Services, answer, read_request

operations = Routes()


@operations.on("GET", "/health")
def _health(request: Request) -> Response:
    request.db.execute("SELECT count(*) FROM products").fetchone()
    return answer({"status": "ok", "schema": db.version(request.db)})


@operations.on("GET", "/metrics")
def _metrics(request: Request) -> Response:
    body = request.services.metrics.exposition().encode()
    return Response(200, body, (("Content-Type", "text/plain; version=0.0.4"),))


ROUTES = Routes(
    *(operations, auth.routes, catalog.routes, cart.routes, payment.routes, admin.routes),
    *(layout.routes, account.routes, products.routes, cart_pages.routes, checkout.routes),
    dashboard.routes,
)


class Application:
    """The shop as WSGI sees it; opening it brings its database up to date."""

    def __init__(self, services: Services, routes: Routes = ROUTES) -> None:
        self._services = services
        self._routes = routes
        with closing(db.connect(services.database)) as connection:
            db.migrate(connection)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request over a connection of its own, and count it."""
        started, status = time.perf_counter(), 500
        try:
            with closing(db.connect(self._services.database)) as connection:
                response = self._respond(environ, connection)
            status = response.status
        finally:
            seconds = time.perf_counter() - started
            self._services.metrics.request(environ["REQUEST_METHOD"], status, seconds)
        length = ("Content-Length", str(len(response.body)))
        phrase = f"{status} {HTTPStatus(status).phrase}"
        start_response(phrase, [*response.headers, *layout.SECURITY_HEADERS, length])
        return [response.body]

    def _respond(self, environ: Environ, connection: sqlite3.Connection) -> Response:
        try:
            request = read_request(environ, connection, self._services)
        except Problem as problem:
            return answer({"error": problem.message}, problem.status)
        try:
            layout.refuse_foreign(request)
            handler, params = self._routes.find(request.method, request.path)
            return handler(replace(request, params=params))
        except Problem as problem:
            if request.path.startswith("/api/"):
                return answer({"error": problem.message}, problem.status)
            return layout.problem_page(request, problem)
