"""What a kind of check is: the seam between plan formats, check kinds and the plugin.

A format calls ``read`` while it loads a plan; the plugin calls ``run`` in the process that runs
the criterion. Kinds whose criteria are real tests of the user's suite (``prose``, ``test``,
``mark``) have no ``run`` of their own: ``core.binding`` joins them to collected tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pytest_tracks.core.measure import Measure, Measured
from pytest_tracks.core.model import Check, Criterion, Location
from pytest_tracks.core.sign_off import Standing
from pytest_tracks.core.tree import Keys, Node, Reader
from pytest_tracks.core.verdict import Outcome

__all__ = ["CheckContext", "CheckKind", "CheckResult", "Remembered", "RunnableKind"]


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the state knows of a criterion: checks run where nobody reads the state."""

    baseline: Measure | None = None
    """What the last PASS was given for."""
    standing: Standing | None = None
    """Whether a person has signed, where one has to."""


@dataclass(frozen=True, slots=True)
class CheckContext:
    """Where and for whom a check runs. ``root`` is rootdir, the folder of relative paths."""

    root: str
    task: str
    track: str
    """Two digits, as in sprint ids; empty where the task has no track."""
    criterion: str
    location: Location
    scratch: str
    """A folder of this run for the outputs of commands."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The environment that the check starts from."""
    remembered: Remembered = Remembered()
    started_ns: int = 0
    """When the run began, by the clock of the file system, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check showed."""

    outcome: Outcome
    gap: str = ""
    """In a line: why it did not pass."""
    detail: str = ""
    """What stands in the place of a traceback: last lines of output, expected and found."""
    evidence: tuple[str, ...] = ()
    recommended_fix: str = ""
    measured: Measured | None = None
    """The number that decided, whichever way: it is kept with the verdict."""


class CheckKind(Protocol):
    """One kind of check, one file; third parties add theirs by ``pytest_tracks_check_kinds``."""

    name: str
    """The key that chooses it in a criterion: ``run``, ``file``."""
    options: frozenset[str]
    """Further keys that may stand beside it: ``timeout``."""

    def read(self, value: Node, criterion: Keys, reader: Reader) -> Check | None:
        """Type the value of the key (and its options, from the whole criterion).

        Notes problems with the reader; None where there was one.
        """
        ...


class RunnableKind(CheckKind, Protocol):
    """A kind that decides by doing something itself."""

    def run(self, criterion: Criterion, context: CheckContext) -> CheckResult:
        """Carry the check out; never raises for what the checked thing does."""
        ...
