"""The frame of every page: templates that escape, static files, and who may submit a form."""

from __future__ import annotations

import functools
import mimetypes
from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from shop.auth import User, user_of
from shop.web import Problem, Request, Response, Routes

HERE = Path(__file__).parent.parent
TEMPLATES, STATIC = HERE / "templates", HERE / "static"
SECURITY_HEADERS = (
    ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
)

routes = Routes()


class Html(str):
    """Text that is HTML already; everything else is escaped on its way into a template."""


@functools.cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / f"{name}.html").read_text("utf-8"))


def render(name: str, /, **values: object) -> Html:
    """Fill a template in; KeyError where a value is missing."""
    safe = {
        key: value if isinstance(value, Html) else escape(str(value))
        for key, value in values.items()
    }
    return Html(_template(name).substitute(safe))


def join(pieces: Iterable[Html]) -> Html:
    """Put rendered pieces one after another."""
    return Html("".join(pieces))


def page(request: Request, title: str, main: Html, status: int = 200) -> Response:
    """Frame the main part of a page."""
    user = visitor(request)
    account = render("nav-user", email=user.email) if user else render("nav-guest")
    office = render("nav-admin") if user and user.is_admin else Html()
    body = render("base", title=title, main=main, account=account, office=office)
    return Response(status, body.encode(), (("Content-Type", "text/html; charset=utf-8"),))


def notice(message: str) -> Html:
    """Show a message above a form; nothing where there is none."""
    return render("notice", message=message) if message else Html()


def problem_page(request: Request, problem: Problem) -> Response:
    """Show a problem; who is not signed in is asked to."""
    if problem.status == 401:
        return Response(303, b"", (("Location", "/login"),))
    main = render("problem", status=problem.status, message=problem.message)
    return page(request, "Sorry", main, problem.status)


def visitor(request: Request) -> User | None:
    """Say who looks at the page; None for a guest."""
    return user_of(request.db, request.cookie("session"), request.now)


def require_visitor(request: Request, *, admin: bool = False) -> User:
    """Say who looks at the page; Problem 401 for a guest, 403 where it is for administrators."""
    user = visitor(request)
    if user is None:
        raise Problem(401, "sign in first")
    if admin and not user.is_admin:
        raise Problem(403, "for administrators only")
    return user


def refuse_foreign(request: Request) -> None:
    """Refuse what another site makes a browser send (CSRF); Problem 403."""
    if request.method in ("GET", "HEAD") or "origin" not in request.headers:
        return
    if urlsplit(request.headers["origin"]).netloc != request.headers.get("host"):
        raise Problem(403, "this form was sent from another site")


@routes.on("GET", "/static/{name}")
def _static(request: Request) -> Response:
    known = {path.name: path for path in STATIC.iterdir()}  # a name, never a path
    path = known.get(request.params["name"])
    if path is None:
        raise Problem(404, "not found")
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = (("Content-Type", kind), ("Cache-Control", "public, max-age=3600"))
    return Response(200, path.read_bytes(), headers)
