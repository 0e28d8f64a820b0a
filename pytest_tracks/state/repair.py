"""Repair: what is wrong with a state, and writing a whole one from its journal and its backup.

Opening a state recovers what it can anyway and writes nothing; a repair makes that lasting. The
damaged file is kept beside it. What neither journal nor backup hold cannot be repaired: that is
an error of opening.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from pytest_tracks.core.model import Plan
from pytest_tracks.errors import Problem
from pytest_tracks.state.clock import Surroundings, SystemSurroundings
from pytest_tracks.state.durable import replace_file
from pytest_tracks.state.journal import FOLDER
from pytest_tracks.state.recovery import LAST_GOOD
from pytest_tracks.state.store import Store

__all__ = ["Repair", "plan_repair"]

_MENDED = frozenset({"recovered", "edited", "cut-off", "journal-loss"})
"""Codes of warnings that writing the state file anew does away with."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What is wrong with a state."""

    store: Store
    damage: tuple[Problem, ...]
    """What a repair mends."""
    remarks: tuple[Problem, ...]
    """What it cannot mend: lines of the journal that are lost, claims of other tools."""
    kept: Path | None
    """Where the damaged file is going to be kept; None where there is none."""

    @property
    def tasks(self) -> int:
        """How many tasks have a verdict after the repair."""
        return sum(known.verdict is not None for known in self.store.record().tasks.values())

    def carry_out(self) -> None:
        """Keep the damaged file and write a whole one; raises StateError."""
        path = self.store.path
        self.store.check_writable()
        if self.kept is not None:
            shutil.copyfile(path, self.kept)
        self.store.snapshot(force=True)
        replace_file(path.parent / FOLDER / LAST_GOOD, path.read_bytes())


def plan_repair(
    root: Path, plan: Plan, path: Path, surroundings: Surroundings | None = None
) -> Repair:
    """Find out what is wrong; writes nothing. Raises StateError where nothing can be recovered."""
    around = surroundings or SystemSurroundings()
    store = Store.open(root, plan, path, surroundings=around)
    damage = [problem for problem in store.warnings if problem.code in _MENDED]
    if not damage and not path.exists() and store.record().serial:
        message = "the state file is missing: recovered from the journal"
        damage.append(Problem(store.name, 0, 0, "recovered", message))
    remarks = tuple(problem for problem in store.warnings if problem.code not in _MENDED)
    stamp = around.now().replace(":", "").replace("-", "")
    kept = path.with_name(f"{path.name}.corrupt-{stamp}") if path.exists() else None
    return Repair(store, tuple(damage), remarks, kept if damage else None)
