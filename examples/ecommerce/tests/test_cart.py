"""TASK-012 Shopping cart API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import Client, Reply

from shop.catalog import Product

pytestmark = [pytest.mark.cart, pytest.mark.api]


def add(client: Client, product: Product, quantity: int = 1) -> Reply:
    return client.api("POST", "/api/cart/items", product_id=product.id, quantity=quantity)


@pytest.mark.criterion("TASK-012/AC-001")
def test_add_change_remove(customer: Client, stock: dict[str, Product]) -> None:
    add(customer, stock["Cup"])
    assert add(customer, stock["Cup"], 2).json["total_cents"] == 3 * 1250
    add(customer, stock["Kettle"])
    path = f"/api/cart/items/{stock['Cup'].id}"
    assert customer.api("PUT", path, quantity=1).json["total_cents"] == 1250 + 6400
    assert [line["name"] for line in customer.api("DELETE", path).json["lines"]] == ["Kettle"]


@pytest.mark.criterion("TASK-012/AC-001")
def test_the_price_is_that_of_the_catalog(
    customer: Client, admin: Client, stock: dict[str, Product]
) -> None:
    add(customer, stock["Cup"])
    cup: dict[str, Any] = {"name": "Cup", "category": "Kitchen", "price_cents": 1000, "stock": 10}
    admin.api("PUT", f"/api/products/{stock['Cup'].id}", **cup)
    assert customer.get("/api/cart").json["total_cents"] == 1000


class TestLimits:
    def test_no_more_than_there_is(self, customer: Client, stock: dict[str, Product]) -> None:
        assert add(customer, stock["Kettle"], 2).status == 200
        reply = add(customer, stock["Kettle"])
        assert (reply.status, reply.json["error"]) == (409, "only 2 of Kettle left")
        assert customer.get("/api/cart").json["lines"][0]["quantity"] == 2

    @pytest.mark.parametrize("quantity", [0, -1, 100, "one", None, True])
    def test_no_nonsense(
        self, customer: Client, stock: dict[str, Product], quantity: object
    ) -> None:
        body: dict[str, Any] = {"product_id": stock["Cup"].id, "quantity": quantity}
        assert customer.api("POST", "/api/cart/items", **body).status == 422

    def test_nothing_that_is_not_sold(
        self, customer: Client, admin: Client, stock: dict[str, Product]
    ) -> None:
        add(customer, stock["Cup"])
        admin.api("DELETE", f"/api/products/{stock['Cup'].id}")
        assert customer.get("/api/cart").json["lines"] == []
        assert add(customer, stock["Cup"]).status == 404


@pytest.mark.security
def test_everybody_has_a_cart_of_their_own(
    customer: Client, account: Callable[[str], Client], guest: Client, stock: dict[str, Product]
) -> None:
    add(customer, stock["Cup"])
    assert account("bob@example.org").get("/api/cart").json["lines"] == []
    assert guest.get("/api/cart").status == 401


@pytest.mark.contract
def test_the_contract_holds(undocumented: Callable[[str, str], object]) -> None:
    assert undocumented("cart.yaml", "/api/cart") == set()
