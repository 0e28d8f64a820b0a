"""The tree of all errors.

::

    TracksError             every error that a person can cause and mend
    ├── PlanError           the plan's files: all problems of all files at once
    ├── StateError          the state file or its journal
    └── UsageError          options that contradict the plan or each other

An error carries data and formats itself; it is caught once, at the top (``plugin`` and ``cli``).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PlanError", "Problem", "StateError", "TracksError", "UsageError"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing found wrong: where it stands, what it is, and what to do next.

    ``line`` and ``col`` count from 1; 0 means that the whole file (or line) is meant.
    """

    path: str
    line: int
    col: int
    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = self.path
        if self.line:
            place += f":{self.line}"
            if self.col:
                place += f":{self.col}"
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}: {self.code} {self.message}{hint}"


class TracksError(Exception):
    """Base of all errors that a person can cause and mend."""


class _ProblemsError(TracksError):
    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class PlanError(_ProblemsError):
    """The plan cannot be read; holds every problem of every file, in file order."""


class StateError(_ProblemsError):
    """The recorded state cannot be read or written."""


class UsageError(TracksError):
    """Options that contradict the plan or each other."""
