"""TASK-002 React project setup: here the frame of the server-rendered pages."""

from __future__ import annotations

import re

import pytest
from conftest import Client

from shop.pages.layout import STATIC, TEMPLATES, Html, render

pytestmark = [pytest.mark.layout, pytest.mark.ui]


@pytest.mark.criterion("TASK-002/AC-001")
def test_values_are_escaped() -> None:
    shown = render("notice", message="<script>alert('&')</script>")
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


@pytest.mark.criterion("TASK-002/AC-001")
def test_html_is_escaped_once() -> None:
    assert render("notice", message=Html("<b>safe</b>")).count("<b>safe</b>") == 1


@pytest.mark.criterion("TASK-002/AC-001")
def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="message"):
        render("notice")


class TestStaticFiles:
    @pytest.mark.parametrize(("name", "kind"), [("shop.css", "css"), ("shop.js", "javascript")])
    def test_are_served(self, guest: Client, name: str, kind: str) -> None:
        reply = guest.get(f"/static/{name}")
        assert reply.body == (STATIC / name).read_bytes()
        assert kind in reply.headers["Content-Type"]
        assert "max-age" in reply.headers["Cache-Control"]

    @pytest.mark.security
    @pytest.mark.parametrize("name", ["..", "../db.py", "%2e%2e", "shop.css/", "nothing.css"])
    def test_nothing_else_is(self, guest: Client, name: str) -> None:
        assert guest.get(f"/static/{name}").status == 404

    def test_templates_name_only_what_exists(self) -> None:
        sources = "".join(path.read_text("utf-8") for path in TEMPLATES.glob("*.html"))
        named = set(re.findall(r'"/static/([^"]+)"', sources))
        assert named == {path.name for path in STATIC.iterdir()}


@pytest.mark.security
def test_no_script_in_line() -> None:
    """The content security policy forbids them: they would silently do nothing."""
    for path in TEMPLATES.glob("*.html"):
        assert not re.search(r"<script>| on\w+=|javascript:", path.read_text("utf-8")), path


@pytest.mark.security
def test_forms_of_other_sites_are_refused(guest: Client) -> None:
    assert guest.send("POST", "/logout", origin="https://evil.test").status == 403
    assert guest.send("POST", "/logout", origin="https://shop.test").status == 303


def test_an_unknown_page_is_a_page(guest: Client) -> None:
    reply = guest.get("/nowhere")
    assert reply.status == 404
    assert "<main>" in reply.text
