"""The catalog: browse, search, filter; and what administrators do to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from shop.auth import require_admin
from shop.db import transaction
from shop.web import Problem, Request, Response, Routes, answer, text, whole

PAGE_SIZE = 12

_PRODUCTS = (
    "SELECT products.id, products.name, description, categories.name AS category, price_cents,"
    " stock FROM products JOIN categories ON categories.id = category_id"
)

routes = Routes()


@dataclass(frozen=True)
class Product:
    """Something for sale."""

    id: int
    name: str
    description: str
    category: str
    price_cents: int
    stock: int


@dataclass(frozen=True)
class Draft:
    """A product as an administrator describes it."""

    name: str
    description: str
    category: str
    price_cents: int
    stock: int


@dataclass(frozen=True)
class Wish:
    """What somebody looks for; the default is everything."""

    search: str = ""
    category: str = ""
    max_cents: int | None = None
    page: int = 1


@dataclass(frozen=True)
class Shelf:
    """One page of what was found, and how much there is in all."""

    products: tuple[Product, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """Number of pages, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


# --- rules -----------------------------------------------------------------------------------


def find(db: sqlite3.Connection, wish: Wish) -> Shelf:
    """Find products by words in name or description, category and price, by name."""
    condition = (
        " WHERE active AND (:category = '' OR categories.name = :category)"
        " AND (:max_cents IS NULL OR price_cents <= :max_cents)"
        r" AND (products.name LIKE :like ESCAPE '\' OR description LIKE :like ESCAPE '\')"
    )
    values = {**asdict(wish), "like": f"%{_literal(wish.search)}%"}
    total = db.execute(f"SELECT count(*) FROM ({_PRODUCTS}{condition})", values).fetchone()[0]
    rows = db.execute(
        f"{_PRODUCTS}{condition} ORDER BY products.name, products.id LIMIT :limit OFFSET :skip",
        {**values, "limit": PAGE_SIZE, "skip": (wish.page - 1) * PAGE_SIZE},
    )
    return Shelf(tuple(Product(**dict(row)) for row in rows), total, wish.page)


def get(db: sqlite3.Connection, product_id: int) -> Product:
    """Look one product up; Problem 404 where it is not for sale."""
    row = db.execute(f"{_PRODUCTS} WHERE active AND products.id = ?", (product_id,)).fetchone()
    if row is None:
        raise Problem(404, "there is no such product")
    return Product(**dict(row))


def categories(db: sqlite3.Connection) -> list[str]:
    """Name the categories that have something for sale."""
    rows = db.execute(
        "SELECT DISTINCT categories.name FROM categories"
        " JOIN products ON category_id = categories.id WHERE active ORDER BY categories.name"
    )
    return [row["name"] for row in rows]


def create(db: sqlite3.Connection, draft: Draft) -> Product:
    """Put a product up for sale."""
    with transaction(db):
        cursor = db.execute(
            "INSERT INTO products (category_id, name, description, price_cents, stock)"
            " VALUES (?, ?, ?, ?, ?)",
            (_category(db, draft.category), *_columns(draft)),
        )
    return get(db, cursor.lastrowid or 0)


def update(db: sqlite3.Connection, product_id: int, draft: Draft) -> Product:
    """Change a product; Problem 404 where it is not for sale."""
    with transaction(db):
        get(db, product_id)
        db.execute(
            "UPDATE products SET category_id = ?, name = ?, description = ?, price_cents = ?,"
            " stock = ? WHERE id = ?",
            (_category(db, draft.category), *_columns(draft), product_id),
        )
    return get(db, product_id)


def retire(db: sqlite3.Connection, product_id: int) -> None:
    """Take a product off the shelf and out of all carts; orders keep it."""
    with transaction(db):
        get(db, product_id)
        db.execute("UPDATE products SET active = 0 WHERE id = ?", (product_id,))
        db.execute("DELETE FROM cart_items WHERE product_id = ?", (product_id,))


def read_draft(fields: Mapping[str, object]) -> Draft:
    """Read a product from JSON or a form; Problem 422 where something is missing."""
    description = fields.get("description", "")
    return Draft(
        name=text(fields, "name", limit=120),
        description=description if isinstance(description, str) else "",
        category=text(fields, "category", limit=60),
        price_cents=whole(fields, "price_cents"),
        stock=whole(fields, "stock"),
    )


def read_wish(query: Mapping[str, str]) -> Wish:
    """Read a search from the query of an address; Problem 422 for a number that is none."""
    return Wish(
        search=query.get("search", "").strip(),
        category=query.get("category", ""),
        max_cents=whole(query, "max_cents") if query.get("max_cents") else None,
        page=whole(query, "page", low=1, high=10_000) if query.get("page") else 1,
    )


def _columns(draft: Draft) -> tuple[str, str, int, int]:
    return draft.name, draft.description, draft.price_cents, draft.stock


def _category(db: sqlite3.Connection, name: str) -> int:
    db.execute("INSERT OR IGNORE INTO categories (name) VALUES (?)", (name,))
    return int(db.execute("SELECT id FROM categories WHERE name = ?", (name,)).fetchone()["id"])


def _literal(words: str) -> str:
    """Take the wildcards out of LIKE: who looks for 100% means the sign."""
    return words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


# --- JSON ------------------------------------------------------------------------------------


@routes.on("GET", "/api/products")
def _browse(request: Request) -> Response:
    shelf = find(request.db, read_wish(request.query))
    return answer({**asdict(shelf), "pages": shelf.pages})


@routes.on("POST", "/api/products")
def _create(request: Request) -> Response:
    require_admin(request)
    return answer(asdict(create(request.db, read_draft(request.json))), 201)


@routes.on("GET", "/api/products/{id}")
def _get(request: Request) -> Response:
    return answer(asdict(get(request.db, request.number("id"))))


@routes.on("PUT", "/api/products/{id}")
def _update(request: Request) -> Response:
    require_admin(request)
    return answer(asdict(update(request.db, request.number("id"), read_draft(request.json))))


@routes.on("DELETE", "/api/products/{id}")
def _retire(request: Request) -> Response:
    require_admin(request)
    retire(request.db, request.number("id"))
    return Response(204)
