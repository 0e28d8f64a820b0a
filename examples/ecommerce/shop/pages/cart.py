"""The cart: change quantities, take things out, go to the checkout."""

from __future__ import annotations

from shop import cart
from shop.cart import Line
from shop.money import euros
from shop.pages.layout import Html, join, notice, page, render, require_visitor
from shop.web import Problem, Request, Response, Routes, redirect, whole

routes = Routes()


@routes.on("GET", "/cart")
def _cart(request: Request, problem: Problem | None = None) -> Response:
    content = cart.view(request.db, require_visitor(request).id)
    main = render(
        "cart",
        notice=notice(problem.message if problem else ""),
        lines=join(_line(line) for line in content.lines),
        total=euros(content.total_cents),
        onward=render("to-checkout") if content.lines else render("cart-empty"),
    )
    return page(request, "Your cart", main, problem.status if problem else 200)


@routes.on("POST", "/cart")
def _add(request: Request) -> Response:
    user = require_visitor(request)
    try:
        quantity = whole(request.form, "quantity", low=1, high=99)
        cart.add(request.db, user.id, whole(request.form, "product_id"), quantity)
    except Problem as problem:
        return _cart(request, problem)
    return redirect("/cart")


@routes.on("POST", "/cart/{id}")
def _set(request: Request) -> Response:
    user = require_visitor(request)
    try:
        quantity = whole(request.form, "quantity", high=99)
        cart.put(request.db, user.id, request.number("id"), quantity)
    except Problem as problem:
        return _cart(request, problem)
    return redirect("/cart")


def _line(line: Line) -> Html:
    return render(
        "cart-line",
        id=line.product.id,
        name=line.product.name,
        quantity=line.quantity,
        stock=line.product.stock,
        price=euros(line.cents),
    )
