"""TASK-004 User authentication API."""

from __future__ import annotations

import sqlite3

import pytest
from conftest import PASSWORD, Client, Clock

from shop import auth
from shop.notifications import Outbox
from shop.web import Problem

pytestmark = [pytest.mark.accounts, pytest.mark.api]

ANN = {"email": "ann@example.org", "password": PASSWORD}


@pytest.mark.criterion("TASK-004/AC-001")
def test_login_returns_a_token(guest: Client) -> None:
    assert guest.api("POST", "/api/auth/register", **ANN).status == 201
    guest.token = guest.api("POST", "/api/auth/login", **ANN).json["token"]
    assert guest.api("GET", "/api/auth/me").json["email"] == "ann@example.org"


@pytest.mark.criterion("TASK-004/AC-001")
def test_logout_ends_it(customer: Client) -> None:
    assert customer.api("POST", "/api/auth/logout").status == 204
    assert customer.api("GET", "/api/auth/me").status == 401


def test_password_can_be_reset(guest: Client, customer: Client, outbox: Outbox) -> None:
    """From the forgotten password to the first sign-in with the new one."""
    assert guest.api("POST", "/api/auth/forgot", email="ann@example.org").status == 202
    token = outbox.messages[-1].body.partition("token=")[2].strip()
    reply = guest.api("POST", "/api/auth/reset", token=token, password="battery staple")
    assert reply.status == 204, reply.text
    new = {**ANN, "password": "battery staple"}
    assert guest.api("POST", "/api/auth/login", **ANN).status == 401
    assert guest.api("POST", "/api/auth/login", **new).status == 200


class TestRegistration:
    @pytest.mark.parametrize(
        "email", ["", "ann", "ann@", "@example.org", "a b@c.d", "a@b.c\nBcc:x"]
    )
    def test_no_address(self, guest: Client, email: str) -> None:
        reply = guest.api("POST", "/api/auth/register", email=email, password=PASSWORD)
        assert (reply.status, "email" in reply.json["error"]) == (422, True)

    def test_short_password(self, guest: Client) -> None:
        reply = guest.api("POST", "/api/auth/register", email="ann@example.org", password="1234567")
        assert reply.status == 422

    def test_taken(self, guest: Client, customer: Client) -> None:
        assert guest.api("POST", "/api/auth/register", **ANN).status == 409


@pytest.mark.security
class TestSecrets:
    """The rules themselves, below the routes."""

    def test_passwords_are_salted_hashes(self, database: sqlite3.Connection) -> None:
        for name in ("ann", "bob"):
            auth.register(database, f"{name}@example.org", PASSWORD, 0)
        stored = [row[0] for row in database.execute("SELECT password_hash FROM users")]
        assert len(set(stored)) == 2
        assert all(row.startswith("scrypt$") and PASSWORD not in row for row in stored)

    def test_tokens_are_not_in_the_database(self, database: sqlite3.Connection) -> None:
        auth.register(database, "ann@example.org", PASSWORD, 0)
        token = auth.sign_in(database, "ann@example.org", PASSWORD, 0)
        assert token not in "\n".join(database.iterdump())

    def test_sessions_expire(self, database: sqlite3.Connection) -> None:
        auth.register(database, "ann@example.org", PASSWORD, 0)
        token = auth.sign_in(database, "ann@example.org", PASSWORD, 0)
        assert auth.user_of(database, token, auth.SESSION_SECONDS - 1) is not None
        assert auth.user_of(database, token, auth.SESSION_SECONDS) is None

    def test_a_reset_token_works_once(self, database: sqlite3.Connection) -> None:
        auth.register(database, "ann@example.org", PASSWORD, 0)
        session = auth.sign_in(database, "ann@example.org", PASSWORD, 0)
        token = auth.request_reset(database, "ann@example.org", 0)
        assert token is not None
        auth.reset_password(database, token, "battery staple", 1)
        assert auth.user_of(database, session, 1) is None
        with pytest.raises(Problem, match="used or has expired"):
            auth.reset_password(database, token, "battery staple", 2)

    def test_a_reset_token_expires(self, database: sqlite3.Connection) -> None:
        auth.register(database, "ann@example.org", PASSWORD, 0)
        token = auth.request_reset(database, "ann@example.org", 0)
        assert token is not None
        with pytest.raises(Problem, match="used or has expired"):
            auth.reset_password(database, token, "battery staple", auth.RESET_SECONDS)

    def test_nobody_learns_who_has_an_account(
        self, guest: Client, customer: Client, outbox: Outbox, clock: Clock
    ) -> None:
        known = guest.api("POST", "/api/auth/forgot", email="ann@example.org")
        unknown = guest.api("POST", "/api/auth/forgot", email="bob@example.org")
        assert (known.status, known.body) == (unknown.status, unknown.body)
        assert [message.to for message in outbox.messages] == ["ann@example.org"]
        wrong = guest.api("POST", "/api/auth/login", **{**ANN, "password": "wrong wrong"})
        nobody = guest.api("POST", "/api/auth/login", email="bob@example.org", password=PASSWORD)
        assert (wrong.status, wrong.body) == (nobody.status, nobody.body)
