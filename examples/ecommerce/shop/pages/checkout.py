"""Address, payment, confirmation."""

from __future__ import annotations

import secrets

from shop import cart, orders, payment
from shop.gateway import Card
from shop.money import euros
from shop.pages.layout import join, notice, page, render, require_visitor
from shop.web import Problem, Request, Response, Routes, redirect, text

routes = Routes()


@routes.on("GET", "/checkout")
def _form(
    request: Request, address: str = "", key: str = "", problem: Problem | None = None
) -> Response:
    content = cart.view(request.db, require_visitor(request).id)
    if not content.lines:
        return redirect("/cart")
    main = render(
        "checkout",
        notice=notice(problem.message if problem else ""),
        address=address,
        # The key travels with the form: sent twice, it still buys once.
        key=key or secrets.token_urlsafe(16),
        total=euros(content.total_cents),
    )
    return page(request, "Checkout", main, problem.status if problem else 200)


@routes.on("POST", "/checkout")
def _buy(request: Request) -> Response:
    user, form = require_visitor(request), request.form
    address, key = form.get("address", ""), form.get("key", "")
    try:
        card = Card(text(form, "card_number"), text(form, "expiry"), text(form, "cvc"))
        order = payment.check_out(
            request.db, request.services, user, text(form, "address"), card, text(form, "key")
        )
    except Problem as problem:
        return _form(request, address, key, problem)  # never the card
    return redirect(f"/orders/{order.id}")


@routes.on("GET", "/orders/{id}")
def _confirmation(request: Request) -> Response:
    user = require_visitor(request)
    order = orders.get(request.db, request.number("id"), user.id)
    lines = join(
        render(
            "order-line",
            name=line.name,
            quantity=line.quantity,
            price=euros(line.quantity * line.unit_price_cents),
        )
        for line in order.lines
    )
    main = render(
        "order",
        id=order.id,
        lines=lines,
        total=euros(order.total_cents),
        address=order.address,
        status=order.status,
    )
    return page(request, f"Order {order.id}", main)
