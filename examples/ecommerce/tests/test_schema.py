"""TASK-001 Database schema design."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from shop import db

TABLES = {
    *("users", "sessions", "password_resets", "categories", "products"),
    *("cart_items", "orders", "order_lines"),
}


def tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {row["name"] for row in rows}


@pytest.mark.criterion("TASK-001/AC-001")
def test_eight_tables(database: sqlite3.Connection) -> None:
    assert tables(database) == TABLES


@pytest.mark.criterion("TASK-001/AC-002")
def test_each_migration_is_applied_once(database: sqlite3.Connection) -> None:
    assert db.version(database) == len(list(db.MIGRATIONS.glob("*.sql")))
    assert db.migrate(database) == 0


@pytest.mark.criterion("TASK-001/AC-002")
def test_a_failing_migration_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "0001_good.sql").write_text("CREATE TABLE good (id INTEGER);")
    (tmp_path / "0002_bad.sql").write_text("CREATE TABLE half (id INTEGER); CREATE TABLE oops (;")
    with closing(db.connect(":memory:")) as connection:
        with pytest.raises(sqlite3.OperationalError):
            db.migrate(connection, tmp_path)
        assert (db.version(connection), tables(connection)) == (1, {"good"})


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO sessions VALUES ('hash', 404, 0)",
        "INSERT INTO cart_items VALUES (404, 404, 1)",
        "INSERT INTO products (category_id, name, price_cents, stock) VALUES (1, 'x', -1, 1)",
        "INSERT INTO products (category_id, name, price_cents, stock) VALUES (1, 'x', 1, -1)",
        "INSERT INTO products (category_id, name, price_cents, stock) VALUES (404, 'x', 1, 1)",
    ],
)
def test_nonsense_is_refused(database: sqlite3.Connection, statement: str) -> None:
    database.execute("INSERT INTO categories VALUES (1, 'Kitchen')")
    with pytest.raises(sqlite3.IntegrityError):
        database.execute(statement)


def test_addresses_differ_by_more_than_case(database: sqlite3.Connection) -> None:
    insert = "INSERT INTO users (email, password_hash, created_at) VALUES (?, '', 0)"
    database.execute(insert, ("ann@example.org",))
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        database.execute(insert, ("Ann@Example.org",))


def test_every_foreign_key_has_an_index(database: sqlite3.Connection) -> None:
    """Without one, deleting a parent reads every child."""
    unindexed = []
    for table in TABLES:
        led = {
            database.execute(f"PRAGMA index_info({index['name']})").fetchone()["name"]
            for index in database.execute(f"PRAGMA index_list({table})")
        }
        keys = database.execute(f"PRAGMA foreign_key_list({table})")
        unindexed += [f"{table}.{key['from']}" for key in keys if key["from"] not in led]
    assert unindexed == []


def test_a_failed_transaction_changes_nothing(database: sqlite3.Connection) -> None:
    with pytest.raises(RuntimeError), db.transaction(database):
        database.execute("INSERT INTO categories (name) VALUES ('Kitchen')")
        raise RuntimeError
    assert database.execute("SELECT count(*) FROM categories").fetchone()[0] == 0
