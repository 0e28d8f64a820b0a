"""TASK-016 Payment integration API."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from conftest import CARD, Client, Reply

from shop.catalog import Product
from shop.gateway import DECLINED_CARD, Card, SandboxGateway
from shop.notifications import Outbox

pytestmark = [pytest.mark.payments, pytest.mark.api]


@pytest.fixture
def shopper(customer: Client, stock: dict[str, Product]) -> Client:
    """Somebody with two kettles, all there are, in the cart."""
    customer.api("POST", "/api/cart/items", product_id=stock["Kettle"].id, quantity=2)
    return customer


def buy(client: Client, key: str = "order-0001", **change: str) -> Reply:
    body = {"address": "1 Main Street", **CARD, **change}
    return client.api("POST", "/api/checkout", key=key, **body)


def left(database: sqlite3.Connection) -> int:
    row = database.execute("SELECT stock FROM products WHERE name = 'Kettle'").fetchone()
    return int(row["stock"])


@pytest.mark.criterion("TASK-016/AC-001")
def test_a_cart_becomes_an_order(
    shopper: Client, gateway: SandboxGateway, outbox: Outbox, database: sqlite3.Connection
) -> None:
    order = buy(shopper)
    assert (order.status, order.json["total_cents"], order.json["status"]) == (201, 12800, "paid")
    assert list(gateway.charges.values()) == [12800]
    assert (left(database), shopper.get("/api/cart").json["lines"]) == (0, [])
    assert "Total: €128.00" in outbox.messages[-1].body
    assert [found["id"] for found in shopper.get("/api/orders").json] == [order.json["id"]]


@pytest.mark.criterion("TASK-016/AC-002")
def test_twice_the_same_key_buys_once(
    shopper: Client, gateway: SandboxGateway, outbox: Outbox
) -> None:
    assert buy(shopper).json == buy(shopper).json
    assert (len(gateway.charges), len(outbox.messages)) == (1, 1)


class TestNothingHappens:
    """Whatever goes wrong, stock, cart and purse stay as they were."""

    @pytest.fixture(autouse=True)
    def unchanged(
        self,
        shopper: Client,
        gateway: SandboxGateway,
        outbox: Outbox,
        database: sqlite3.Connection,
    ) -> object:
        before = (left(database), shopper.get("/api/cart").json)
        yield
        assert (left(database), shopper.get("/api/cart").json) == before
        assert (gateway.charges, outbox.messages) == ({}, [])
        assert shopper.get("/api/orders").json == []

    def test_declined(self, shopper: Client) -> None:
        reply = buy(shopper, card_number=DECLINED_CARD)
        assert (reply.status, reply.json["error"]) == (402, "the card was declined")

    def test_mistyped(self, shopper: Client) -> None:
        assert buy(shopper, card_number="4242 4242 4242 4241").status == 402

    def test_no_key(self, shopper: Client) -> None:
        assert buy(shopper, key="").status == 400

    def test_no_address(self, shopper: Client) -> None:
        assert buy(shopper, address=" ").status == 422


@pytest.mark.criterion("TASK-016/AC-003")
def test_the_last_one_is_sold_once(
    shopper: Client, account: Callable[[str], Client], stock: dict[str, Product]
) -> None:
    rival = account("bob@example.org")
    rival.api("POST", "/api/cart/items", product_id=stock["Kettle"].id, quantity=1)
    assert buy(shopper).status == 201
    assert (buy(rival).status, buy(rival, "order-0002").status) == (409, 409)


@pytest.mark.criterion("TASK-016/AC-003")
def test_an_empty_cart_buys_nothing(customer: Client) -> None:
    assert buy(customer).status == 409


@pytest.mark.security
def test_cards_are_neither_kept_nor_printed(
    shopper: Client, outbox: Outbox, database: sqlite3.Connection
) -> None:
    reply = buy(shopper)
    everything = "\n".join([*database.iterdump(), reply.text, outbox.messages[-1].body])
    assert "4242" not in everything
    assert "4242" not in repr(Card("4242424242424242", "12/99", "123"))


@pytest.mark.security
def test_orders_are_private(shopper: Client, account: Callable[[str], Client]) -> None:
    buy(shopper)
    assert account("bob@example.org").get("/api/orders").json == []


@pytest.mark.contract
@pytest.mark.parametrize("prefix", ["/api/checkout", "/api/orders"])
def test_the_contract_holds(undocumented: Callable[[str, str], set[str]], prefix: str) -> None:
    assert not [row for row in undocumented("payment.yaml", prefix) if row[1].startswith(prefix)]
