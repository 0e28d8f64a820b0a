"""Which languages a project is written in, by the names of its files."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable

__all__ = ["languages"]

_BY_ENDING = {
    ".c": "C",
    ".cc": "C++",
    ".cpp": "C++",
    ".cs": "C#",
    ".css": "CSS",
    ".ex": "Elixir",
    ".go": "Go",
    ".html": "HTML",
    ".java": "Java",
    ".js": "JavaScript",
    ".jsx": "JavaScript",
    ".kt": "Kotlin",
    ".lua": "Lua",
    ".php": "PHP",
    ".pl": "Perl",
    ".py": "Python",
    ".r": "R",
    ".rb": "Ruby",
    ".rs": "Rust",
    ".scala": "Scala",
    ".sh": "Shell",
    ".sql": "SQL",
    ".swift": "Swift",
    ".tf": "Terraform",
    ".ts": "TypeScript",
    ".tsx": "TypeScript",
    ".vue": "Vue",
    ".zig": "Zig",
}
_BY_NAME = {"dockerfile": "Docker", "makefile": "Make"}


def languages(paths: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Count the files of each language, most first; what has no known ending is left out."""
    found = Counter(name for path in paths if (name := _language(path)))
    return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _language(path: str) -> str | None:
    name = posixpath.basename(path).lower()
    known = _BY_NAME.get(name.partition(".")[0])
    return known or _BY_ENDING.get(posixpath.splitext(name)[1])
