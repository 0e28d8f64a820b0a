"""TASK-018 Admin dashboard API."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import CARD, Client

from shop.catalog import Product
from shop.notifications import Outbox

pytestmark = [pytest.mark.admin, pytest.mark.api]


@pytest.fixture
def ordered(customer: Client, stock: dict[str, Product]) -> int:
    """The id of an order of one kettle."""
    customer.api("POST", "/api/cart/items", product_id=stock["Kettle"].id, quantity=1)
    body = {"address": "1 Main Street", **CARD}
    return int(customer.api("POST", "/api/checkout", key="order-0001", **body).json["id"])


@pytest.mark.criterion("TASK-018/AC-001")
def test_the_shop_at_a_glance(admin: Client, ordered: int) -> None:
    assert admin.get("/api/admin/summary").json == {
        "customers": 1,
        "orders": 1,
        "unshipped": 1,
        "revenue_cents": 6400,
        "low_stock": ["Lamp", "Kettle"],
    }


@pytest.mark.criterion("TASK-018/AC-001")
def test_a_new_shop_has_earned_nothing(admin: Client) -> None:
    summary = admin.get("/api/admin/summary").json
    assert (summary["orders"], summary["revenue_cents"], summary["low_stock"]) == (0, 0, [])


@pytest.mark.criterion("TASK-018/AC-002")
def test_shipping_tells_the_customer_once(admin: Client, ordered: int, outbox: Outbox) -> None:
    path = f"/api/admin/orders/{ordered}/ship"
    assert admin.api("POST", path, tracking="TRACK-1").json["status"] == "shipped"
    assert outbox.messages[-1].subject == f"Your order {ordered} is on its way"
    sent = len(outbox.messages)
    assert admin.api("POST", path, tracking="TRACK-2").status == 409
    assert len(outbox.messages) == sent
    assert admin.get("/api/admin/orders").json[0]["tracking"] == "TRACK-1"


@pytest.mark.criterion("TASK-018/AC-002")
def test_an_unknown_order_cannot_be_shipped(admin: Client) -> None:
    assert admin.api("POST", "/api/admin/orders/404/ship", tracking="TRACK-1").status == 404


@pytest.mark.security
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "summary"), ("GET", "orders"), ("POST", "orders/1/ship")],
)
def test_is_for_administrators(customer: Client, guest: Client, method: str, path: str) -> None:
    assert guest.api(method, f"/api/admin/{path}").status == 401
    assert customer.api(method, f"/api/admin/{path}").status == 403


@pytest.mark.contract
def test_the_contract_holds(undocumented: Callable[[str, str], object]) -> None:
    assert undocumented("admin.yaml", "/api/admin") == set()
