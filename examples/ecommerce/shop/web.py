"""The web in one page: requests, responses, a table of routes, and what handlers may use."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
from urllib.parse import parse_qsl

from shop.gateway import Gateway
from shop.metrics import Metrics
from shop.notifications import Mailer

BODY_LIMIT = 1_000_000


class Problem(Exception):
    """A request that is not answered as asked: an HTTP status and a sentence for its sender."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class Services:
    """The outside world of the handlers; tests put their own in place."""

    database: Path
    mailer: Mailer
    gateway: Gateway
    metrics: Metrics = field(default_factory=Metrics)
    clock: Callable[[], float] = time.time


@dataclass(frozen=True)
class Request:
    """One request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    db: sqlite3.Connection
    services: Services
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def now(self) -> float:
        """Seconds since the epoch."""
        return self.services.clock()

    @property
    def form(self) -> dict[str, str]:
        """The fields of a submitted form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def json(self) -> dict[str, object]:
        """The object in the body; Problem 400 where there is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            raise Problem(400, "the body is not JSON") from None
        if not isinstance(found, dict):
            raise Problem(400, "the body is not a JSON object")
        return found

    @property
    def bearer(self) -> str:
        """The API token; empty where none was sent."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def cookie(self, name: str) -> str:
        """A cookie's value; empty where it was not sent."""
        morsel = SimpleCookie(self.headers.get("cookie", "")).get(name)
        return morsel.value if morsel else ""

    def number(self, name: str) -> int:
        """A number in the path (``/products/{id}``); Problem 404 where it is none."""
        if not re.fullmatch(r"[0-9]{1,18}", self.params[name]):
            raise Problem(404, "not found")
        return int(self.params[name])


@dataclass(frozen=True)
class Response:
    """An answer: status, body and headers."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def answer(content: object, status: int = 200) -> Response:
    """Answer with JSON."""
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(status, body, (("Content-Type", "application/json"),))


def redirect(path: str, *headers: tuple[str, str]) -> Response:
    """Send a browser on with GET, as after a form."""
    return Response(303, b"", (("Location", path), *headers))


def text(fields: Mapping[str, object], name: str, *, limit: int = 500, exact: bool = False) -> str:
    """Read a text that is not blank, without blanks around it unless exact; else Problem 422."""
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > limit:
        raise Problem(422, f"{name}: expected a text of 1 to {limit} characters")
    return value if exact else value.strip()


def whole(fields: Mapping[str, object], name: str, *, low: int = 0, high: int = 10**9) -> int:
    """Read a whole number, also from a form where it is text; Problem 422 otherwise."""
    value = fields.get(name)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Problem(422, f"{name}: expected a whole number from {low} to {high}")
    return value


Handler: TypeAlias = Callable[[Request], Response]
H = TypeVar("H", bound=Handler)
Environ: TypeAlias = Mapping[str, Any]


class Routes:
    """A table of routes; ``{name}`` in a pattern matches one part of the path."""

    def __init__(self, *tables: Routes) -> None:
        self._table: list[tuple[str, str, Handler]] = [
            row for table in tables for row in table._table
        ]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter([(method, pattern) for method, pattern, _ in self._table])

    def on(self, method: str, pattern: str) -> Callable[[H], H]:
        """Decorate the handler of a route."""

        def register(handler: H) -> H:
            self._table.append((method, pattern, handler))
            return handler

        return register

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]]:
        """Find who answers, and the named parts of the path; Problem 404 or 405 otherwise."""
        allowed = set()
        for known, pattern, handler in self._table:
            match = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern), path)
            if match and known == method:
                return handler, match.groupdict()
            if match:
                allowed.add(known)
        if allowed:
            raise Problem(405, f"{method} is not possible here, only {', '.join(sorted(allowed))}")
        raise Problem(404, "not found")


def read_request(environ: Environ, db: sqlite3.Connection, services: Services) -> Request:
    """Make a request of what the server hands over; Problem 413 where it is too much."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > BODY_LIMIT:
        raise Problem(413, f"more than {BODY_LIMIT} bytes")
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace"),
        headers=dict(_headers(environ)),
        query=dict(parse_qsl(environ.get("QUERY_STRING", ""))),
        body=environ["wsgi.input"].read(int(length)),
        db=db,
        services=services,
    )


def _headers(environ: Environ) -> Iterable[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-").lower(), value
