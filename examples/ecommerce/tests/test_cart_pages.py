"""TASK-013 Shopping cart UI."""

from __future__ import annotations

import pytest
from conftest import Client

from shop.catalog import Product

pytestmark = [pytest.mark.cart, pytest.mark.ui]


@pytest.mark.criterion("TASK-013/AC-001")
def test_from_the_shelf_to_the_cart_and_out(customer: Client, stock: dict[str, Product]) -> None:
    cup = stock["Cup"].id
    product_id = customer.get(f"/products/{cup}").fields["product_id"]
    assert customer.post("/cart", product_id=product_id, quantity=2).headers["Location"] == "/cart"
    assert "€25.00" in customer.get("/cart").text
    customer.post(f"/cart/{cup}", quantity=3)
    assert "€37.50" in customer.get("/cart").text
    customer.post(f"/cart/{cup}", quantity=0)
    assert "Your cart is empty" in customer.get("/cart").text


def test_the_way_to_the_checkout_is_there_when_needed(
    customer: Client, stock: dict[str, Product]
) -> None:
    assert "/checkout" not in customer.get("/cart").text
    customer.post("/cart", product_id=stock["Cup"].id, quantity=1)
    assert "/checkout" in customer.get("/cart").text


def test_too_many_are_refused_with_a_word(customer: Client, stock: dict[str, Product]) -> None:
    reply = customer.post("/cart", product_id=stock["Kettle"].id, quantity=3)
    assert (reply.status, "only 2 of Kettle left" in reply.text) == (409, True)


def test_a_guest_is_asked_to_sign_in(guest: Client) -> None:
    for reply in (guest.get("/cart"), guest.post("/cart", product_id=1, quantity=1)):
        assert (reply.status, reply.headers["Location"]) == (303, "/login")


def test_every_input_has_a_label(customer: Client, stock: dict[str, Product]) -> None:
    customer.post("/cart", product_id=stock["Cup"].id, quantity=1)
    assert 'aria-label="Quantity of Cup"' in customer.get("/cart").text
