"""TASK-005 Login/registration UI."""

from __future__ import annotations

import pytest
from conftest import PASSWORD, Client

pytestmark = [pytest.mark.accounts, pytest.mark.ui]


@pytest.mark.criterion("TASK-005/AC-001")
def test_register_sign_out_sign_in(guest: Client) -> None:
    welcome = guest.post("/register", email="ann@example.org", password=PASSWORD)
    assert (welcome.status, welcome.headers["Location"]) == (303, "/")
    assert "ann@example.org" in guest.get("/").text
    guest.post("/logout")
    assert "ann@example.org" not in guest.get("/").text
    guest.post("/login", email="ann@example.org", password=PASSWORD)
    assert "ann@example.org" in guest.get("/").text


@pytest.mark.parametrize("path", ["/login", "/register"])
class TestForms:
    def test_keep_the_address_and_say_what_is_wrong(self, guest: Client, path: str) -> None:
        reply = guest.post(path, email="ann@example.org", password="short")
        assert reply.status in (401, 422)
        assert 'role="alert"' in reply.text
        assert reply.fields["email"] == "ann@example.org"
        assert "short" not in reply.fields.values()

    def test_help_password_managers(self, guest: Client, path: str) -> None:
        assert 'autocomplete="username"' in guest.get(path).text
        assert "-password" in guest.get(path).text

    @pytest.mark.security
    def test_escape_what_was_typed(self, guest: Client, path: str) -> None:
        reply = guest.post(path, email='"><script>', password=PASSWORD)
        assert "<script>" not in reply.text
        assert "&lt;script&gt;" in reply.text


@pytest.mark.security
def test_the_session_cookie_is_out_of_reach(guest: Client) -> None:
    cookie = guest.post("/register", email="ann@example.org", password=PASSWORD)
    flags = cookie.headers["Set-Cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(flags)


@pytest.mark.security
def test_the_reset_page_carries_the_token_safely(guest: Client) -> None:
    reply = guest.get("/reset?token=abc%22%3E%3Cscript%3E")
    assert "data-reset" in reply.text
    assert reply.fields["token"] == "abc&quot;&gt;&lt;script&gt;"
