"""Checkout: a cart becomes an order exactly once, or nothing happens at all."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict

from shop import cart, orders
from shop.auth import User, require_user
from shop.cart import Cart
from shop.db import transaction
from shop.gateway import Card, PaymentDeclined
from shop.notifications import order_confirmation
from shop.orders import Order
from shop.web import Problem, Request, Response, Routes, Services, answer, text

routes = Routes()


def check_out(
    db: sqlite3.Connection, services: Services, user: User, address: str, card: Card, key: str
) -> Order:
    """Take stock, charge the card, write the order, empty the cart, send the confirmation.

    The same key gives the same order again. Problem 402 where the card is declined, 409 where
    the cart is empty or the stock is gone.
    """
    known = _order_of_key(db, user, key)
    if known is not None:
        return known
    with transaction(db):
        content = cart.view(db, user.id)
        _take_stock(db, content)
        # The card is charged inside the transaction: a decline puts everything back. Should
        # the process die after the charge, the next try with this key charges nothing more.
        reference = _charge(services, content.total_cents, card, f"{user.id}:{key}")
        order_id = _write(db, user, content, (address, reference, key), services.clock())
        cart.empty(db, user.id)
    order = orders.get(db, order_id)
    services.metrics.order(order.total_cents)
    _confirm(services, order)
    return order


def _order_of_key(db: sqlite3.Connection, user: User, key: str) -> Order | None:
    row = db.execute(
        "SELECT id FROM orders WHERE user_id = ? AND idempotency_key = ?", (user.id, key)
    ).fetchone()
    return orders.get(db, row["id"]) if row else None


def _take_stock(db: sqlite3.Connection, content: Cart) -> None:
    if not content.lines:
        raise Problem(409, "the cart is empty")
    for line in content.lines:
        if line.quantity > line.product.stock:
            raise Problem(409, f"only {line.product.stock} of {line.product.name} left")
        db.execute(
            "UPDATE products SET stock = stock - ? WHERE id = ?", (line.quantity, line.product.id)
        )


def _charge(services: Services, cents: int, card: Card, key: str) -> str:
    try:
        return services.gateway.charge(cents, card, key)
    except PaymentDeclined as declined:
        raise Problem(402, str(declined)) from None


def _write(
    db: sqlite3.Connection, user: User, content: Cart, columns: tuple[str, str, str], now: float
) -> int:
    cursor = db.execute(
        "INSERT INTO orders"
        " (user_id, total_cents, address, payment_reference, idempotency_key, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (user.id, content.total_cents, *columns, now),
    )
    order_id = cursor.lastrowid or 0
    db.executemany(
        "INSERT INTO order_lines VALUES (?, ?, ?, ?)",
        [
            (order_id, line.product.id, line.quantity, line.product.price_cents)
            for line in content.lines
        ],
    )
    return order_id


def _confirm(services: Services, order: Order) -> None:
    lines = [(line.name, line.quantity, line.unit_price_cents) for line in order.lines]
    services.mailer.send(order_confirmation(order.email, order.id, lines, order.total_cents))


@routes.on("POST", "/api/checkout")
def _checkout(request: Request) -> Response:
    user, fields = require_user(request), request.json
    key = request.headers.get("idempotency-key", "")
    if not 8 <= len(key) <= 80:
        raise Problem(400, "Idempotency-Key: expected 8 to 80 characters, new for each order")
    card = Card(text(fields, "card_number"), text(fields, "expiry"), text(fields, "cvc"))
    order = check_out(request.db, request.services, user, text(fields, "address"), card, key)
    return answer({**asdict(order), "status": order.status}, 201)


@routes.on("GET", "/api/orders")
def _orders(request: Request) -> Response:
    user = require_user(request)
    found = orders.recent(request.db, user_id=user.id)
    return answer([{**asdict(order), "status": order.status} for order in found])
