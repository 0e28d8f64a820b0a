"""TASK-010 Admin dashboard UI."""

from __future__ import annotations

import pytest
from conftest import CARD, Client

from shop.catalog import Product
from shop.notifications import Outbox

pytestmark = [pytest.mark.admin, pytest.mark.ui]

BOWL = {"name": "Bowl", "category": "Kitchen", "price_cents": 900, "stock": 4}


@pytest.mark.criterion("TASK-010/AC-001")
def test_products_come_and_go(admin: Client, stock: dict[str, Product]) -> None:
    assert admin.post("/admin/products", **BOWL).status == 303
    assert "€9.00" in admin.get("/admin").text
    admin.post(f"/admin/products/{stock['Cup'].id}/retire")
    assert f"/admin/products/{stock['Cup'].id}/retire" not in admin.get("/admin").text
    assert "Cup" not in admin.get("/").text


@pytest.mark.criterion("TASK-010/AC-001")
def test_a_mistake_is_shown(admin: Client) -> None:
    reply = admin.post("/admin/products", **{**BOWL, "price_cents": "free"})
    assert (reply.status, "price_cents" in reply.text) == (422, True)


@pytest.mark.criterion("TASK-010/AC-002")
def test_an_order_is_shipped(
    admin: Client, customer: Client, stock: dict[str, Product], outbox: Outbox
) -> None:
    customer.post("/cart", product_id=stock["Kettle"].id, quantity=1)
    customer.api("POST", "/api/checkout", key="order-0001", address="1 Main Street", **CARD)
    assert "€64.00" in admin.get("/admin").text
    admin.post("/admin/orders/1/ship", tracking="TRACK-1")
    assert "shipped: TRACK-1" in admin.get("/admin").text
    assert outbox.messages[-1].to == "ann@example.org"


@pytest.mark.security
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin"),
        ("POST", "/admin/products"),
        ("POST", "/admin/products/1/retire"),
        ("POST", "/admin/orders/1/ship"),
    ],
)
def test_customers_stay_in_front_of_the_counter(
    customer: Client, guest: Client, stock: dict[str, Product], method: str, path: str
) -> None:
    assert guest.send(method, path).headers["Location"] == "/login"
    assert customer.send(method, path).status == 403
    assert "Dashboard" not in customer.get("/").text
