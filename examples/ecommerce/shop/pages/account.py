"""Sign in, register, choose a new password."""

from __future__ import annotations

from shop import auth
from shop.pages.layout import notice, page, render
from shop.web import Problem, Request, Response, Routes, redirect, text

_COOKIE = "session={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}"

routes = Routes()


@routes.on("GET", "/login")
def _login_form(request: Request, email: str = "", problem: Problem | None = None) -> Response:
    message = problem.message if problem else ""
    main = render("login", email=email, notice=notice(message))
    return page(request, "Sign in", main, problem.status if problem else 200)


@routes.on("POST", "/login")
def _login(request: Request) -> Response:
    email = request.form.get("email", "")
    try:
        return _welcome(request, email, text(request.form, "password", exact=True))
    except Problem as problem:
        return _login_form(request, email, problem)


@routes.on("GET", "/register")
def _register_form(request: Request, email: str = "", problem: Problem | None = None) -> Response:
    message = problem.message if problem else ""
    main = render("register", email=email, notice=notice(message), length=auth.PASSWORD_LENGTH)
    return page(request, "Register", main, problem.status if problem else 200)


@routes.on("POST", "/register")
def _register(request: Request) -> Response:
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        auth.register(request.db, email, password, request.now)
    except Problem as problem:
        return _register_form(request, email, problem)
    return _welcome(request, email, password)


@routes.on("POST", "/logout")
def _logout(request: Request) -> Response:
    auth.sign_out(request.db, request.cookie("session"))
    return redirect("/", ("Set-Cookie", _COOKIE.format("", 0)))


@routes.on("GET", "/reset")
def _reset_form(request: Request) -> Response:
    main = render("reset", token=request.query.get("token", ""), length=auth.PASSWORD_LENGTH)
    return page(request, "Choose a new password", main)  # shop.js sends it to the API


def _welcome(request: Request, email: str, password: str) -> Response:
    token = auth.sign_in(request.db, email, password, request.now)
    return redirect("/", ("Set-Cookie", _COOKIE.format(token, auth.SESSION_SECONDS)))
