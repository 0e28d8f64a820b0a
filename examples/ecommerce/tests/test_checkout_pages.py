"""TASK-017 Checkout flow UI."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import CARD, Client

from shop.catalog import Product
from shop.gateway import DECLINED_CARD, SandboxGateway

pytestmark = [pytest.mark.payments, pytest.mark.ui]

FORM = {"address": "1 Main Street\n<b>Town</b>", **CARD}


@pytest.fixture
def shopper(customer: Client, stock: dict[str, Product]) -> Client:
    customer.post("/cart", product_id=stock["Cup"].id, quantity=2)
    return customer


@pytest.mark.criterion("TASK-017/AC-001")
def test_address_payment_confirmation(shopper: Client) -> None:
    form = shopper.get("/checkout")
    assert "Pay €25.00" in form.text
    done = shopper.post("/checkout", **FORM, key=form.fields["key"])
    assert done.status == 303
    confirmation = shopper.get(done.headers["Location"]).text
    for part in ("is paid", "2 × Cup", "€25.00", "1 Main Street"):
        assert part in confirmation
    assert "<b>Town</b>" not in confirmation


def test_a_second_click_buys_nothing_more(shopper: Client, gateway: SandboxGateway) -> None:
    form = {**FORM, "key": shopper.get("/checkout").fields["key"]}
    first, second = shopper.post("/checkout", **form), shopper.post("/checkout", **form)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(gateway.charges) == 1


def test_a_declined_card_keeps_the_address_and_forgets_the_card(shopper: Client) -> None:
    form = {**FORM, "card_number": DECLINED_CARD, "key": shopper.get("/checkout").fields["key"]}
    reply = shopper.post("/checkout", **form)
    assert (reply.status, "the card was declined" in reply.text) == (402, True)
    assert "1 Main Street" in reply.text
    assert DECLINED_CARD not in reply.text
    assert reply.fields["key"] == form["key"]
    assert shopper.post("/checkout", **{**form, **CARD}).status == 303


def test_nothing_to_pay_for(customer: Client) -> None:
    assert customer.get("/checkout").headers["Location"] == "/cart"


@pytest.mark.security
def test_orders_of_others_do_not_exist(
    shopper: Client, account: Callable[[str], Client], guest: Client
) -> None:
    key = shopper.get("/checkout").fields["key"]
    path = shopper.post("/checkout", **FORM, key=key).headers["Location"]
    assert account("bob@example.org").get(path).status == 404
    assert guest.get(path).headers["Location"] == "/login"
