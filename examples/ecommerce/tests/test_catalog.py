"""TASK-008 Product catalog API."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Client

from shop import catalog
from shop.catalog import Draft, Product, Wish

pytestmark = [pytest.mark.catalog, pytest.mark.api]

BOWL: dict[str, Any] = {"name": "Bowl", "category": "Kitchen", "price_cents": 900, "stock": 4}


def names(client: Client, query: str = "") -> list[str]:
    return [product["name"] for product in client.get(f"/api/products{query}").json["products"]]


@pytest.mark.criterion("TASK-008/AC-001")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Cup", "Kettle", "Lamp"]),
        ("?search=tea", ["Kettle"]),
        ("?search=LAMP", ["Lamp"]),
        ("?search=100%25", ["Cup"]),
        ("?search=%25", ["Cup"]),
        ("?category=Kitchen", ["Cup", "Kettle"]),
        ("?max_cents=6400", ["Cup", "Kettle"]),
        ("?category=Kitchen&max_cents=6399&search=p", ["Cup"]),
        ("?category=Garden", []),
    ],
)
def test_browse_search_filter(
    guest: Client, stock: dict[str, Product], query: str, found: list[str]
) -> None:
    assert names(guest, query) == found


@pytest.mark.criterion("TASK-008/AC-001")
def test_pages_hold_everything_once(guest: Client, database: sqlite3.Connection) -> None:
    for number in range(30):
        catalog.create(database, Draft(f"Thing {number:02d}", "", "Things", 1, 1))
    assert guest.get("/api/products").json["pages"] == 3
    seen = [name for page in (1, 2, 3, 4) for name in names(guest, f"?page={page}")]
    assert seen == [f"Thing {number:02d}" for number in range(30)]


class TestAdministration:
    def test_create_read_update_delete(self, admin: Client) -> None:
        created = admin.api("POST", "/api/products", **BOWL)
        path = f"/api/products/{created.json['id']}"
        assert (created.status, admin.get(path).json["name"]) == (201, "Bowl")
        assert admin.api("PUT", path, **{**BOWL, "price_cents": 950}).json["price_cents"] == 950
        assert admin.api("DELETE", path).status == 204
        assert (admin.get(path).status, names(admin)) == (404, [])

    @pytest.mark.parametrize(
        "change",
        [
            {"name": " "},
            {"price_cents": -1},
            {"price_cents": True},
            {"stock": "many"},
            {"stock": 1.5},
        ],
    )
    def test_nonsense_is_refused(self, admin: Client, change: dict[str, object]) -> None:
        reply = admin.api("POST", "/api/products", **{**BOWL, **change})
        assert (reply.status, next(iter(change)) in reply.json["error"]) == (422, True)
        assert names(admin) == []

    @pytest.mark.security
    @pytest.mark.parametrize(("method", "path"), [("POST", ""), ("PUT", "/1"), ("DELETE", "/1")])
    def test_is_for_administrators(
        self, customer: Client, guest: Client, stock: dict[str, Product], method: str, path: str
    ) -> None:
        assert guest.api(method, f"/api/products{path}", **BOWL).status == 401
        assert customer.api(method, f"/api/products{path}", **BOWL).status == 403
        assert names(guest) == ["Cup", "Kettle", "Lamp"]


@pytest.mark.criterion("TASK-008/AC-003")
def test_the_number_of_queries_does_not_grow(database: sqlite3.Connection) -> None:
    def queries() -> int:
        traced: list[str] = []
        database.set_trace_callback(traced.append)
        catalog.find(database, Wish())
        database.set_trace_callback(None)
        return len(traced)

    catalog.create(database, Draft("First", "", "Things", 1, 1))
    alone = queries()
    for number in range(catalog.PAGE_SIZE):
        catalog.create(database, Draft(f"Thing {number}", "", f"Category {number}", 1, 1))
    assert queries() == alone == 2


@pytest.mark.contract
def test_the_contract_holds(undocumented: Callable[[str, str], object]) -> None:
    assert undocumented("catalog.yaml", "/api/products") == set()
