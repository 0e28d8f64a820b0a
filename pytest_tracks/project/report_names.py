"""Where reports stand, and the names of all that is ever written there.

No verdict may depend on a report, and nothing but reports may be left out for that: the names are
exact, whatever folder is given.
"""

from __future__ import annotations

__all__ = ["DEFAULT", "WRITTEN", "names_in"]

DEFAULT = "tracks-report"
WRITTEN = (
    *("index.html", "completion.md", "report.json", ".gitignore"),
    *("tasks/*.md", "tasks/*.json", "tasks/*.txt", "tracks/*.md", "sprints/*.md"),
)


def names_in(folder: str) -> tuple[str, ...]:
    """List the patterns of a report in a folder, which is relative to the root."""
    return tuple(f"{folder}/{name}" for name in WRITTEN)
