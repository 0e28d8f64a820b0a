"""The cart: what somebody means to buy. Prices are those of the catalog until it is paid for."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from shop import catalog
from shop.auth import require_user
from shop.catalog import Product
from shop.db import transaction
from shop.web import Problem, Request, Response, Routes, answer, whole

routes = Routes()


@dataclass(frozen=True)
class Line:
    """Some of one product."""

    product: Product
    quantity: int

    @property
    def cents(self) -> int:
        """What the line costs."""
        return self.product.price_cents * self.quantity


@dataclass(frozen=True)
class Cart:
    """Everything in a cart, by name."""

    lines: tuple[Line, ...]

    @property
    def total_cents(self) -> int:
        """What the cart costs."""
        return sum(line.cents for line in self.lines)

    def quantity(self, product_id: int) -> int:
        """How many of a product are in the cart."""
        return sum(line.quantity for line in self.lines if line.product.id == product_id)


# --- rules -----------------------------------------------------------------------------------


def view(db: sqlite3.Connection, user_id: int) -> Cart:
    """Look into somebody's cart."""
    rows = db.execute(
        "SELECT products.id, products.name, description, categories.name AS category,"
        " price_cents, stock, quantity FROM cart_items"
        " JOIN products ON products.id = product_id JOIN categories ON categories.id = category_id"
        " WHERE user_id = ? ORDER BY products.name, products.id",
        (user_id,),
    )
    lines = []
    for row in rows:
        columns = dict(row)
        lines.append(Line(quantity=columns.pop("quantity"), product=Product(**columns)))
    return Cart(tuple(lines))


def add(db: sqlite3.Connection, user_id: int, product_id: int, quantity: int = 1) -> Cart:
    """Put more of a product into the cart; Problem 409 where there is not enough."""
    with transaction(db):
        wanted = view(db, user_id).quantity(product_id) + quantity
        _put(db, user_id, product_id, wanted)
    return view(db, user_id)


def put(db: sqlite3.Connection, user_id: int, product_id: int, quantity: int) -> Cart:
    """Set how many there are to be; none takes the product out."""
    with transaction(db):
        _put(db, user_id, product_id, quantity)
    return view(db, user_id)


def empty(db: sqlite3.Connection, user_id: int) -> None:
    """Take everything out."""
    db.execute("DELETE FROM cart_items WHERE user_id = ?", (user_id,))


def _put(db: sqlite3.Connection, user_id: int, product_id: int, quantity: int) -> None:
    product = catalog.get(db, product_id)
    if quantity > product.stock:
        raise Problem(409, f"only {product.stock} of {product.name} left")
    if quantity == 0:
        db.execute(
            "DELETE FROM cart_items WHERE user_id = ? AND product_id = ?", (user_id, product_id)
        )
        return
    db.execute(
        "INSERT INTO cart_items VALUES (?, ?, ?)"
        " ON CONFLICT (user_id, product_id) DO UPDATE SET quantity = excluded.quantity",
        (user_id, product_id, quantity),
    )


# --- JSON ------------------------------------------------------------------------------------


def _content(cart: Cart) -> dict[str, object]:
    return {
        "lines": [
            {
                "product_id": line.product.id,
                "name": line.product.name,
                "quantity": line.quantity,
                "cents": line.cents,
            }
            for line in cart.lines
        ],
        "total_cents": cart.total_cents,
    }


@routes.on("GET", "/api/cart")
def _view(request: Request) -> Response:
    return answer(_content(view(request.db, require_user(request).id)))


@routes.on("POST", "/api/cart/items")
def _add(request: Request) -> Response:
    user, fields = require_user(request), request.json
    quantity = whole(fields, "quantity", low=1, high=99)
    return answer(_content(add(request.db, user.id, whole(fields, "product_id"), quantity)))


@routes.on("PUT", "/api/cart/items/{id}")
def _set(request: Request) -> Response:
    user, quantity = require_user(request), whole(request.json, "quantity", high=99)
    return answer(_content(put(request.db, user.id, request.number("id"), quantity)))


@routes.on("DELETE", "/api/cart/items/{id}")
def _remove(request: Request) -> Response:
    user = require_user(request)
    return answer(_content(put(request.db, user.id, request.number("id"), 0)))
