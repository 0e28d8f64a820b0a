"""What a change takes out of a coverage gate's sight: the percent rises, and nothing is tested.

Counted are the lines that say ``pragma: no cover`` in what the gates measure, and what coverage's
own configuration leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from pytest_tracks.core.model import Plan
from pytest_tracks.core.weakening import Weakening, lost

__all__ = ["EXCLUDING", "count_pragmas", "is_measured", "weaker_coverage"]

EXCLUDING = ("omit", "exclude_lines", "exclude_also", "partial_branches", "partial_also")
"""Names of coverage's configuration by which lines are left out of the count."""

_PRAGMA = re.compile(r"#\s*pragma[:\s]?\s*no\s*(?:cover|branch)", re.IGNORECASE)


def count_pragmas(source: str) -> int:
    """Count the lines that ask not to be measured."""
    return sum(_PRAGMA.search(line) is not None for line in source.splitlines())


def is_measured(path: str, plan: Plan) -> bool:
    """Whether a gate of the plan is about a file."""
    gates = (task.coverage for task in plan.tasks.values() if task.coverage is not None)
    sources = {source.strip("/").removeprefix("./") for gate in gates for source in gate.source}
    return any(
        source in (".", path) or path.startswith(f"{source}/") or _names(source, path)
        for source in sources
    )


def _names(source: str, path: str) -> bool:
    """Whether a source is written as a package: ``shop.auth``."""
    folder = source.replace(".", "/")
    return path == f"{folder}.py" or f"/{path}".startswith((f"/{folder}/", f"/src/{folder}/"))


def weaker_coverage(
    before: Mapping[str, int],
    after: Mapping[str, int],
    excluded_before: Mapping[str, Collection[str]],
    excluded_after: Mapping[str, Collection[str]],
) -> Iterator[Weakening]:
    """Compare pragmas by path, and what the configuration leaves out by its name."""
    for path, count in after.items():
        known = before.get(path, 0)
        if count > known:
            message = f"{path}: {count} lines ask not to be measured, was {known}"
            yield Weakening(path, "pragma", message, known, count)
    for name, entries in excluded_after.items():
        more = lost(entries, excluded_before.get(name, ()))
        if more:
            message = f"coverage's {name} leaves out {', '.join(more)} too"
            yield Weakening("coverage", name, message, excluded_before.get(name, ()), entries)
