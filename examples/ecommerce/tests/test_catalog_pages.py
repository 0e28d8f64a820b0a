"""TASK-009 Product catalog UI."""

from __future__ import annotations

import sqlite3

import pytest
from conftest import Client

from shop import catalog
from shop.catalog import Draft, Product

pytestmark = [pytest.mark.catalog, pytest.mark.ui]


@pytest.mark.criterion("TASK-009/AC-001")
def test_a_search_shows_what_fits_and_stays_in_the_form(
    guest: Client, stock: dict[str, Product]
) -> None:
    shown = guest.get("/?search=tea&category=Kitchen")
    assert ("Kettle" in shown.text, "Lamp" in shown.text) == (True, False)
    assert "€64.00" in shown.text
    assert shown.fields["search"] == "tea"
    assert "<option selected>Kitchen</option>" in shown.text


@pytest.mark.criterion("TASK-009/AC-001")
def test_an_empty_shelf_says_so(guest: Client) -> None:
    assert "Nothing fits" in guest.get("/?search=unicorn").text


def test_links_to_other_pages_keep_the_search(guest: Client, database: sqlite3.Connection) -> None:
    for number in range(catalog.PAGE_SIZE + 1):
        catalog.create(database, Draft(f"Tea & cup {number:02d}", "", "Kitchen", 1, 1))
    reply = guest.get("/?search=Tea+%26+cup")
    assert "/?search=Tea+%26+cup&amp;category=&amp;max_cents=&amp;page=2" in reply.text
    assert reply.text.count('aria-current="page"') == 1
    second = guest.get("/?search=Tea+%26+cup&category=&max_cents=&page=2")
    assert second.text.count("Tea &amp; cup 12") == 1


def test_what_is_sold_out_cannot_be_bought(guest: Client, stock: dict[str, Product]) -> None:
    lamp = guest.get(f"/products/{stock['Lamp'].id}").text
    cup = guest.get(f"/products/{stock['Cup'].id}").text
    assert ("Sold out" in lamp, "Add to cart" in lamp) == (True, False)
    assert ("Sold out" in cup, "Add to cart" in cup) == (False, True)


@pytest.mark.security
def test_products_cannot_bring_a_script(guest: Client, database: sqlite3.Connection) -> None:
    evil = "<script>alert(1)</script>"
    product = catalog.create(database, Draft(evil, evil, evil, 1, 1))
    for path in ("/", f"/products/{product.id}"):
        assert "<script>alert" not in guest.get(path).text


@pytest.mark.parametrize("path", ["/products/404", "/products/x", "/?page=x", "/?max_cents=-1"])
def test_a_bad_address_is_a_page_not_a_crash(guest: Client, path: str) -> None:
    reply = guest.get(path)
    assert reply.status in (404, 422)
    assert 'role="alert"' in reply.text
