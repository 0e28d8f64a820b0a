"""Accounts: registration, sign-in, password reset."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import sqlite3
from dataclasses import dataclass

from shop.db import transaction
from shop.notifications import password_reset
from shop.web import Problem, Request, Response, Routes, answer, text

SESSION_SECONDS = 7 * 24 * 3600
RESET_SECONDS = 3600
PASSWORD_LENGTH = 8
SCRYPT_COST = 2**14  # 16 MB and some 40 ms a guess; stored with each hash, so it can grow

routes = Routes()


@dataclass(frozen=True)
class User:
    """Somebody with an account."""

    id: int
    email: str
    is_admin: bool


# --- rules -----------------------------------------------------------------------------------


def register(db: sqlite3.Connection, email: str, password: str, now: float) -> User:
    """Open an account; Problem 422 for what is no address or password, 409 where it is taken."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise Problem(422, "email: expected an address")
    hashed = _hash_new(password)
    try:
        cursor = db.execute(
            "INSERT INTO users (email, password_hash, created_at) VALUES (?, ?, ?)",
            (email, hashed, now),
        )
    except sqlite3.IntegrityError:
        raise Problem(409, "there is an account with this address") from None
    return User(cursor.lastrowid or 0, email, is_admin=False)


def sign_in(db: sqlite3.Connection, email: str, password: str, now: float) -> str:
    """Open a session and return its token; Problem 401 whichever of the two was wrong."""
    row = db.execute("SELECT id, password_hash FROM users WHERE email = ?", (email,)).fetchone()
    # An unknown address costs a hash as well: the time taken must not tell who has an account.
    known = row["password_hash"] if row else f"scrypt${SCRYPT_COST}${'0' * 32}$"
    if not _matches(password, known) or row is None:
        raise Problem(401, "wrong address or password")
    token = secrets.token_urlsafe(32)
    session = (_digest(token), row["id"], now + SESSION_SECONDS)
    with transaction(db):
        db.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,))
        db.execute("INSERT INTO sessions VALUES (?, ?, ?)", session)
    return token


def sign_out(db: sqlite3.Connection, token: str) -> None:
    """Close a session."""
    db.execute("DELETE FROM sessions WHERE token_hash = ?", (_digest(token),))


def user_of(db: sqlite3.Connection, token: str, now: float) -> User | None:
    """Say whose session it is; None where it is nobody's or has expired."""
    row = db.execute(
        "SELECT id, email, is_admin FROM users JOIN sessions ON user_id = id"
        " WHERE token_hash = ? AND expires_at > ?",
        (_digest(token), now),
    ).fetchone()
    return User(row["id"], row["email"], bool(row["is_admin"])) if row else None


def request_reset(db: sqlite3.Connection, email: str, now: float) -> str | None:
    """Make a token that resets the password once, within the hour; None for an unknown address."""
    row = db.execute("SELECT id FROM users WHERE email = ?", (email,)).fetchone()
    if row is None:
        return None
    token = secrets.token_urlsafe(32)
    db.execute(
        "INSERT INTO password_resets VALUES (?, ?, ?)",
        (_digest(token), row["id"], now + RESET_SECONDS),
    )
    return token


def reset_password(db: sqlite3.Connection, token: str, password: str, now: float) -> None:
    """Set a new password and close all sessions; Problem 410 where the token is used or old."""
    hashed = _hash_new(password)
    with transaction(db):
        row = db.execute(
            "SELECT user_id FROM password_resets WHERE token_hash = ? AND expires_at > ?",
            (_digest(token), now),
        ).fetchone()
        if row is None:
            raise Problem(410, "this link has been used or has expired")
        user = (row["user_id"],)
        db.execute("UPDATE users SET password_hash = ? WHERE id = ?", (hashed, *user))
        db.execute("DELETE FROM password_resets WHERE user_id = ?", user)
        db.execute("DELETE FROM sessions WHERE user_id = ?", user)


def require_user(request: Request) -> User:
    """Say who calls the API; Problem 401 where nobody is signed in."""
    user = user_of(request.db, request.bearer, request.now)
    if user is None:
        raise Problem(401, "sign in first")
    return user


def require_admin(request: Request) -> User:
    """Say which administrator calls the API; Problem 403 for everybody else."""
    user = require_user(request)
    if not user.is_admin:
        raise Problem(403, "for administrators only")
    return user


def _hash_new(password: str) -> str:
    if len(password) < PASSWORD_LENGTH:
        raise Problem(422, f"password: at least {PASSWORD_LENGTH} characters")
    return _hash(password)


def _hash(password: str, salt: str | None = None, cost: int | None = None) -> str:
    salt, cost = salt or secrets.token_hex(16), cost or SCRYPT_COST
    key = hashlib.scrypt(password.encode(), salt=salt.encode(), n=cost, r=8, p=1)
    return f"scrypt${cost}${salt}${key.hex()}"


def _matches(password: str, stored: str) -> bool:
    _, cost, salt, _ = stored.split("$")
    return hmac.compare_digest(_hash(password, salt, int(cost)), stored)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# --- JSON ------------------------------------------------------------------------------------


@routes.on("POST", "/api/auth/register")
def _register(request: Request) -> Response:
    fields = request.json
    user = register(
        request.db, text(fields, "email"), text(fields, "password", exact=True), request.now
    )
    return answer({"id": user.id, "email": user.email}, 201)


@routes.on("POST", "/api/auth/login")
def _login(request: Request) -> Response:
    fields = request.json
    token = sign_in(
        request.db, text(fields, "email"), text(fields, "password", exact=True), request.now
    )
    return answer({"token": token})


@routes.on("POST", "/api/auth/logout")
def _logout(request: Request) -> Response:
    require_user(request)
    sign_out(request.db, request.bearer)
    return Response(204)


@routes.on("GET", "/api/auth/me")
def _me(request: Request) -> Response:
    user = require_user(request)
    return answer({"id": user.id, "email": user.email, "is_admin": user.is_admin})


@routes.on("POST", "/api/auth/forgot")
def _forgot(request: Request) -> Response:
    email = text(request.json, "email")
    token = request_reset(request.db, email, request.now)
    if token is not None:
        request.services.mailer.send(password_reset(email, token))
    return Response(202)  # the same for everybody: it must not tell who has an account


@routes.on("POST", "/api/auth/reset")
def _reset(request: Request) -> Response:
    fields = request.json
    reset_password(
        request.db, text(fields, "token"), text(fields, "password", exact=True), request.now
    )
    return Response(204)
