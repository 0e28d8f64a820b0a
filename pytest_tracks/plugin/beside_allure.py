"""allure-pytest shows tracks as epics and tasks as features, in its tab of behaviours.

It reads labels off a test's marks, in the process that runs the test; labels that the test has
itself are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_tracks.core.binding import Binding
    from pytest_tracks.plugin.items import Shared

__all__ = ["is_allure_here", "label_items"]

_PLUGIN = "allure_pytest"
_MARK = "allure_label"


def is_allure_here(config: pytest.Config) -> bool:
    """Whether allure-pytest writes results in this run."""
    asked = getattr(config.option, "allure_report_dir", None)
    return bool(asked) and config.pluginmanager.hasplugin(_PLUGIN)


def label_items(bindings: Mapping[pytest.Item, Iterable[Binding]], shared: Shared) -> None:
    """Mark the items of tasks; one that serves several tasks is in all of them."""
    names = {track.number: track.label for track in shared.plan.tracks}
    for item, found in bindings.items():
        own = getattr(item, "plan_task", None)
        tasks = [own.id] if own is not None else [one.key.task for one in found]
        for task in dict.fromkeys(tasks):
            number = shared.tracks.get(task)
            if number is not None:
                _label(item, "epic", names.get(number, f"Track {number}"))
            _label(item, "feature", f"{task} {shared.plan.tasks[task].title}")


def _label(item: pytest.Item, kind: str, text: str) -> None:
    given = [one for one in item.iter_markers(_MARK) if one.kwargs.get("label_type") == kind]
    if all(one.kwargs.get("by") == "tracks" for one in given):
        item.add_marker(getattr(pytest.mark, _MARK)(text, label_type=kind, by="tracks"))
