"""The dashboard's facts: what was earned, what runs out, what waits to be shipped."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass

from shop import orders
from shop.auth import require_admin
from shop.db import transaction
from shop.notifications import Mailer, shipping_notice
from shop.orders import Order
from shop.web import Problem, Request, Response, Routes, answer, text

LOW_STOCK = 5
"""At this many or fewer the dashboard asks for more."""

routes = Routes()


@dataclass(frozen=True)
class Summary:
    """The shop at a glance."""

    customers: int
    orders: int
    unshipped: int
    revenue_cents: int
    low_stock: tuple[str, ...]


def summary(db: sqlite3.Connection) -> Summary:
    """Sum the shop up."""
    row = db.execute(
        "SELECT (SELECT count(*) FROM users WHERE NOT is_admin) AS customers,"
        " count(*) AS orders, count(*) - count(tracking) AS unshipped,"
        " coalesce(sum(total_cents), 0) AS revenue_cents FROM orders"
    ).fetchone()
    low = db.execute(
        "SELECT name FROM products WHERE active AND stock <= ? ORDER BY stock, name", (LOW_STOCK,)
    )
    return Summary(**dict(row), low_stock=tuple(product["name"] for product in low))


def ship(db: sqlite3.Connection, mailer: Mailer, order_id: int, tracking: str) -> Order:
    """Mark an order as shipped and tell the customer; Problem 409 where that has been done."""
    with transaction(db):
        if orders.get(db, order_id).tracking:
            raise Problem(409, "this order has been shipped")
        db.execute("UPDATE orders SET tracking = ? WHERE id = ?", (tracking, order_id))
    order = orders.get(db, order_id)
    mailer.send(shipping_notice(order.email, order.id, tracking))
    return order


@routes.on("GET", "/api/admin/summary")
def _summary(request: Request) -> Response:
    require_admin(request)
    return answer(asdict(summary(request.db)))


@routes.on("GET", "/api/admin/orders")
def _orders(request: Request) -> Response:
    require_admin(request)
    found = orders.recent(request.db)
    return answer([{**asdict(order), "status": order.status} for order in found])


@routes.on("POST", "/api/admin/orders/{id}/ship")
def _ship(request: Request) -> Response:
    require_admin(request)
    tracking = text(request.json, "tracking", limit=60)
    order = ship(request.db, request.services.mailer, request.number("id"), tracking)
    return answer({**asdict(order), "status": order.status})
