"""How the file of a sprint is called: imported without what reads such a file."""

from __future__ import annotations

import re

__all__ = ["SPRINT_FILE", "is_sprint_file"]

SPRINT_FILE = re.compile(r"(SPRINT-\d{3}-(\d{2}))\.yaml", re.ASCII)
"""The sprint's id, and in it the number of its track."""


def is_sprint_file(name: str) -> bool:
    """Tell by its name whether a file is a sprint."""
    return SPRINT_FILE.fullmatch(name) is not None
