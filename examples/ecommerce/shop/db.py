"""The database: one SQLite file whose schema is a row of numbered migrations.

``PRAGMA user_version`` counts the migrations that a file has seen, so that opening an old file
brings it up to date and opening a new one changes nothing.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MIGRATIONS = Path(__file__).parent / "migrations"
PRAGMAS = ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL")
"""Of every connection; writing ahead lets readers read on while somebody writes."""


def connect(path: str | Path) -> sqlite3.Connection:
    """Open a database; transactions are ours to begin (``transaction``)."""
    connection = sqlite3.connect(path, timeout=5, isolation_level=None)
    connection.row_factory = sqlite3.Row
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing; the write lock is taken at once, so that what is read stays true."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def version(connection: sqlite3.Connection) -> int:
    """How many migrations the database has seen."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, folder: Path = MIGRATIONS) -> int:
    """Apply the migrations that are missing, each in a transaction of its own; count them."""
    seen = version(connection)
    missing = sorted(folder.glob("*.sql"))[seen:]
    for number, script in enumerate(missing, start=seen + 1):
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE;\n{script.read_text('utf-8')}\n"
                f"PRAGMA user_version = {number};\nCOMMIT;"
            )
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    return len(missing)


def defects(connection: sqlite3.Connection) -> list[str]:
    """What SQLite itself finds wrong with a database; empty where it is sound."""
    integrity = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    orphans = [
        f"{row['table']}: row {row['rowid']} points to a missing {row['parent']}"
        for row in connection.execute("PRAGMA foreign_key_check")
    ]
    return [line for line in integrity if line != "ok"] + orphans


def main(path: str) -> int:
    """``python -m shop.db FILE``: bring a database up to date and check it."""
    connection = connect(path)
    try:
        applied, found = migrate(connection), defects(connection)
        print(f"{path}: version {version(connection)} ({applied} applied)")
        print("\n".join(found) or "sound")
        return 1 if found else 0
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
