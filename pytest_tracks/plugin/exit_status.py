"""What the exit status of a run says: whether each selected task passed, or nothing got worse."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import pytest

from pytest_tracks.core.verdict import TaskVerdict

if TYPE_CHECKING:
    from pytest_tracks.plugin.goal import Goal
    from pytest_tracks.plugin.recorder import Recorder
    from pytest_tracks.plugin.terminal import TerminalView
    from pytest_tracks.project.settings import Settings

__all__ = ["ExitStatus"]

_OK, _FAILED = int(pytest.ExitCode.OK), int(pytest.ExitCode.TESTS_FAILED)


class ExitStatus:
    """Decides, and says why; pytest's own status counts where it is no verdict of tests."""

    def __init__(
        self, settings: Settings, recorder: Recorder, view: TerminalView, goal: Goal | None
    ) -> None:
        self._settings = settings
        self._recorder = recorder
        self._view = view
        self._goal = goal
        self.has_tasks = False
        """Whether any task takes part."""
        self.failed_elsewhere = 0
        """Failures of tests that serve no task."""

    def decide(
        self,
        status: int,
        selected: Collection[str],
        verdicts: Mapping[str, TaskVerdict],
        *,
        has_failures: bool,
    ) -> int:
        """Return the status; ``has_failures`` says that something could not be loaded."""
        if status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            return self._judge(status, selected, verdicts)
        # Failures may be none: of tasks that nobody asks to pass yet.
        only_of_tasks = not self.failed_elsewhere and not has_failures
        if status == pytest.ExitCode.TESTS_FAILED and self._goal is not None and only_of_tasks:
            return self._judge(_OK, selected, verdicts)
        return status

    def _judge(
        self, status: int, selected: Collection[str], verdicts: Mapping[str, TaskVerdict]
    ) -> int:
        if not self.has_tasks:
            return status or int(pytest.ExitCode.NO_TESTS_COLLECTED)
        if self._goal is not None:
            is_fine = self._goal.decide().is_fine
        else:
            fine = {TaskVerdict.PASS}
            if self._settings.open_unverified:
                fine.add(TaskVerdict.UNVERIFIED)
            is_fine = all(verdicts.get(task) in fine for task in selected)
        return _OK if is_fine and not self._differs() else _FAILED

    def _differs(self) -> bool:
        return self._settings.verify and self._view.differences(self._recorder)

    def explain(self, status: int, selected: Collection[str]) -> str:
        """Say why it is this one, in the very last line; returns what was said."""
        if self._goal is not None and self.has_tasks and status in (_OK, _FAILED):
            return self._view.explain_goal(self._goal, status, self.failed_elsewhere)
        return self._view.sentence(status, selected, self.failed_elsewhere)
