"""``sqlite: {database, query, finds}``: the one value that a query finds decides.

The database is opened read-only: a check changes nothing.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from urllib.parse import quote

import pytest

from pytest_tracks.core.kinds import CheckContext, CheckResult
from pytest_tracks.core.model import Check, Criterion
from pytest_tracks.core.tree import Keys, Node, Reader
from pytest_tracks.core.verdict import Outcome

KEYS = frozenset({"database", "query", "finds"})


class SqliteKind:
    """Criteria about a database; ``params`` holds the three texts."""

    name = "sqlite"
    options: frozenset[str] = frozenset()

    def read(self, value: Node, criterion: Keys, reader: Reader) -> Check | None:
        """Type the mapping; what is missing or not a text is noted at its place."""
        keys = reader.mapping(value, "'sqlite'")
        if keys is None or not reader.known_keys(keys, KEYS, "'sqlite'"):
            return None
        params: dict[str, str | None] = {}
        for key in sorted(KEYS):
            node = keys.get(key)
            if node is None:
                reader.problems.error(keys.location, "missing-key", f"'sqlite' has no {key!r}")
                return None
            params[key] = reader.text(node, f"'sqlite: {key}'")
        return None if None in params.values() else Check(self.name, params)

    def run(self, criterion: Criterion, context: CheckContext) -> CheckResult:
        """Ask the database."""
        params = criterion.check.params
        place = os.path.join(context.root, str(params["database"]))
        try:
            found = _ask(place, str(params["query"]))
        except (sqlite3.Error, LookupError) as error:
            return CheckResult(Outcome.FAILED, gap=f"{params['database']}: {error}")
        if found == params["finds"]:
            return CheckResult(Outcome.PASSED, evidence=(f"{params['query']}: {found}",))
        gap = f"found {found!r}, not {params['finds']!r}"
        return CheckResult(Outcome.FAILED, gap=gap, detail=str(params["query"]))


def _ask(place: str, query: str) -> str:
    """Return the one value as text; raises sqlite3.Error, or LookupError for any other count."""
    with closing(sqlite3.connect(f"file:{quote(place)}?mode=ro", uri=True)) as connection:
        rows = connection.execute(query).fetchmany(2)
    if len(rows) != 1 or len(rows[0]) != 1:
        raise LookupError("the query does not find one value")
    return str(rows[0][0])


@pytest.hookimpl
def pytest_tracks_check_kinds(config: pytest.Config) -> Sequence[SqliteKind]:
    """Add the kind."""
    return [SqliteKind()]
