"""Orders: what has been paid for, and whether it is on its way."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from shop.web import Problem


@dataclass(frozen=True)
class OrderLine:
    """Some of one product at the price of the day."""

    name: str
    quantity: int
    unit_price_cents: int


@dataclass(frozen=True)
class Order:
    """One order; ``tracking`` is None until it has been shipped."""

    id: int
    user_id: int
    email: str
    address: str
    total_cents: int
    payment_reference: str
    tracking: str | None
    lines: tuple[OrderLine, ...]

    @property
    def status(self) -> str:
        """``paid`` or ``shipped``."""
        return "shipped" if self.tracking else "paid"


def recent(
    db: sqlite3.Connection,
    *,
    order_id: int | None = None,
    user_id: int | None = None,
    limit: int = 100,
) -> list[Order]:
    """Read orders, the newest first, in two queries however many there are."""
    rows = db.execute(
        "SELECT orders.id, user_id, email, address, total_cents, payment_reference, tracking"
        " FROM orders JOIN users ON users.id = user_id"
        " WHERE (:order_id IS NULL OR orders.id = :order_id)"
        " AND (:user_id IS NULL OR user_id = :user_id) ORDER BY orders.id DESC LIMIT :limit",
        {"order_id": order_id, "user_id": user_id, "limit": limit},
    ).fetchall()
    lines = _lines(db, [row["id"] for row in rows])
    return [Order(**dict(row), lines=tuple(lines[row["id"]])) for row in rows]


def get(db: sqlite3.Connection, order_id: int, user_id: int | None = None) -> Order:
    """Look one order up; Problem 404 where there is none, or it is somebody else's."""
    found = recent(db, order_id=order_id, user_id=user_id)
    if not found:
        raise Problem(404, "there is no such order")
    return found[0]


def _lines(db: sqlite3.Connection, order_ids: list[int]) -> dict[int, list[OrderLine]]:
    found: dict[int, list[OrderLine]] = {order_id: [] for order_id in order_ids}
    marks = ", ".join("?" * len(order_ids))
    for row in db.execute(
        "SELECT order_id, name, quantity, unit_price_cents FROM order_lines"
        f" JOIN products ON products.id = product_id WHERE order_id IN ({marks})"
        " ORDER BY name, product_id",
        order_ids,
    ):
        order_id, *columns = row
        found[order_id].append(OrderLine(*columns))
    return found
