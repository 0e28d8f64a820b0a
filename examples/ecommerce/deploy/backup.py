"""Backups of the shop's database: made while it is open, checked, put back.

python -m deploy.backup create DATABASE FOLDER [--keep 14]
python -m deploy.backup restore BACKUP DATABASE
python -m deploy.backup drill          make a shop, lose it, get it back, compare
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from shop import auth, db
from shop.seed import sow


class BackupError(Exception):
    """A backup that cannot be made, or must not be put back."""


def create(database: Path, folder: Path, keep: int = 14) -> Path:
    """Copy an open database, check the copy, let go of the oldest beyond ``keep``."""
    if not database.is_file():
        raise BackupError(f"there is no database {database}")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"shop-{time.strftime('%Y%m%dT%H%M%S')}-{time.time_ns() % 10**9:09d}.sqlite3"
    _copy(database, target)
    for old in sorted(folder.glob("shop-*.sqlite3"))[: -max(keep, 1)]:
        old.unlink()
    return target


def restore(backup: Path, database: Path) -> None:
    """Put a backup in the place of a database, whole or not at all; stop the shop first."""
    if not backup.is_file():
        raise BackupError(f"there is no backup {backup}")
    _copy(backup, database)
    for leftover in ("-wal", "-shm"):  # of the old database; they would be replayed into the new
        Path(f"{database}{leftover}").unlink(missing_ok=True)


def contents(database: Path) -> str:
    """Everything in a database as SQL text: two with the same text are the same."""
    with closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump())


def drill() -> None:
    """Lose a shop and get it back."""
    from deploy.staging import staging_shop

    with staging_shop() as folder:
        database = folder / "shop.sqlite3"
        with closing(db.connect(database)) as connection:
            db.migrate(connection)
        sow(database)
        before, backup = contents(database), create(database, folder / "backups")
        with closing(db.connect(database)) as connection:
            auth.register(connection, "late@shop.example", "after the backup", time.time())
            connection.execute("DELETE FROM products")
        if contents(database) == before:
            raise BackupError("the drill lost nothing, so it shows nothing")
        restore(backup, database)
        if contents(database) != before:
            raise BackupError("what came back is not what was backed up")
    print(f"{len(before.splitlines())} statements lost and restored")


def _copy(source: Path, target: Path) -> None:
    """Copy by SQLite's own backup, which sees one moment even while others write."""
    unfinished = target.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(unfinished)) as new,
        ):
            old.backup(new)
            new.row_factory = sqlite3.Row
            new.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
            found = db.defects(new) or ([] if db.version(new) else ["not a shop's database"])
        if found:
            raise BackupError(f"{source}: {'; '.join(found[:3])}")
        os.replace(unfinished, target)
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{source}: {error}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; 1 with a line on stderr where it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m deploy.backup")
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("create")
    make.add_argument("database", type=Path)
    make.add_argument("folder", type=Path)
    make.add_argument("--keep", type=int, default=14)
    back = commands.add_parser("restore")
    back.add_argument("backup", type=Path)
    back.add_argument("database", type=Path)
    commands.add_parser("drill")
    options = parser.parse_args(arguments)
    try:
        if options.command == "create":
            print(create(options.database, options.folder, options.keep))
        elif options.command == "restore":
            restore(options.backup, options.database)
        else:
            drill()
    except BackupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
