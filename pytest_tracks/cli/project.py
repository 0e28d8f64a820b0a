"""How a command learns where it is: rootdir, ini file and hooks, through pytest itself.

``pytest.main`` runs with a plugin that returns before anything is collected, so that rootdir, ini
values and conftest hooks are exactly what a run would see.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.errors import TracksError, UsageError
from pytest_tracks.formats.native import load_plan
from pytest_tracks.project.kinds import find_kinds
from pytest_tracks.project.settings import Settings
from pytest_tracks.project.validity import digests_now, holding
from pytest_tracks.state.store import Store

__all__ = ["Project", "open_project"]


@dataclass(frozen=True, slots=True)
class Project:
    """A project as a command sees it."""

    settings: Settings
    plan: Plan
    store: Store

    def record(self) -> ProjectRecord:
        """Return what is remembered, with every PASS that holds no longer as STALE."""
        record = self.store.record()
        if not any(known.verdict is TaskVerdict.PASS for known in record.tasks.values()):
            return record
        settings = self.settings
        digests = digests_now(settings.root, self.plan, {}, record, settings.digest_ignore)
        fresh = holding(digests, record)
        tasks = {
            name: replace(known, verdict=TaskVerdict.STALE)
            if known.verdict is TaskVerdict.PASS and name not in fresh
            else known
            for name, known in record.tasks.items()
        }
        return replace(record, tasks=tasks)


class _Probe:
    """Looks at the configuration of a run that ends before it begins."""

    def __init__(self) -> None:
        self.project: Project | None = None
        self.error: TracksError | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int:
        """Open the project, and let nothing else happen."""
        try:
            settings = Settings.read(config)
            kinds = find_kinds(config)
            plan = load_plan(settings.root, settings.plan, sprints=settings.sprints, kinds=kinds)
            store = Store.open(settings.root, plan, settings.root / settings.state)
            self.project = Project(settings, plan, store)
        except TracksError as error:
            self.error = error
        return 0


def open_project(arguments: Sequence[str] = ()) -> Project:
    """Find and load the project of the working directory; ``arguments`` go to pytest.

    Raises TracksError, also where pytest itself refuses its configuration.
    """
    probe = _Probe()
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = pytest.main([*arguments, "-p", "no:cacheprovider"], plugins=[probe])
    if probe.error is not None:
        raise probe.error
    if probe.project is None:
        raise UsageError(said.getvalue().strip() or f"pytest ended with status {status}")
    return probe.project
