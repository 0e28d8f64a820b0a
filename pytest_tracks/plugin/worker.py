"""The worker's half: collects with the controller's plan and hands the binding table over.

Before the run only node ids reach the controller, and no marks; so each worker writes its table
into the run's folder before xdist sends the ids.
"""

from __future__ import annotations

import filecmp
import gc
import json
import pickle
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_tracks.core.binding import Binding, BoundItem
from pytest_tracks.core.nodeids import CriterionKey
from pytest_tracks.core.roster import Collected
from pytest_tracks.plugin.collection import PlanCollection
from pytest_tracks.plugin.coverage_setup import measure_gates
from pytest_tracks.plugin.encodable import EncodableReports
from pytest_tracks.plugin.items import CriterionReports, Shared
from pytest_tracks.plugin.park import ParkProtocol
from pytest_tracks.plugin.termination import announce_process
from pytest_tracks.project.kinds import find_kinds

if TYPE_CHECKING:
    import pytest

    from pytest_tracks.core.kinds import Remembered
    from pytest_tracks.core.model import Plan

__all__ = ["Briefing", "is_same_file", "read_table", "register_worker"]


@dataclass(frozen=True, slots=True)
class Briefing:
    """What the controller tells each worker, by xdist's ``workerinput``."""

    plan: bytes
    """The plan, pickled by the controller of the same run: parsed once, equal everywhere."""
    taking_part: tuple[str, ...]
    tracks: Mapping[str, int]
    asked: tuple[str, ...]
    folder: str
    """The run's folder: binding tables, outputs of commands."""
    remembered: bytes
    """What the state knows of criteria, pickled: a worker never reads it."""
    started_ns: int
    base: str = ""
    """The ref since which changed lines have to be covered; empty: the default branch."""

    @classmethod
    def of(
        cls,
        plan: Plan,
        taking_part: tuple[str, ...],
        tracks: Mapping[str, int],
        *,
        asked: tuple[str, ...],
        folder: str,
        remembered: Mapping[str, Remembered],
        started_ns: int,
        base: str = "",
    ) -> Briefing:
        """Pack what the workers need."""
        known = pickle.dumps(dict(remembered))
        return cls(
            pickle.dumps(plan), taking_part, dict(tracks), asked, folder, known, started_ns, base
        )

    def as_input(self) -> dict[str, Any]:
        """Make the value that travels to the worker."""
        return asdict(self)


def register_worker(config: pytest.Config, received: Mapping[str, Any]) -> None:
    """Take part in a run as a worker."""
    briefing = Briefing(**received)
    folder = Path(briefing.folder)
    workerid = config.workerinput["workerid"]  # type: ignore[attr-defined]
    shared = Shared(
        plan=pickle.loads(briefing.plan),
        taking_part=frozenset(briefing.taking_part),
        kinds=find_kinds(config),
        scratch=str(folder),
        tracks=briefing.tracks,
        remembered=pickle.loads(briefing.remembered),
        started_ns=briefing.started_ns,
    )

    def publish(collected: Collected, unknown: tuple[str, ...]) -> None:
        _table_path(folder, workerid).write_text(_dump(collected, unknown), encoding="utf-8")

    announce_process(folder)
    listener = measure_gates(config, shared, publish, briefing.base)
    collection = PlanCollection(shared, asked=briefing.asked, publish=listener)
    config.pluginmanager.register(collection, "tracks-collection")
    config.pluginmanager.register(CriterionReports(), "tracks-criterion-reports")
    config.pluginmanager.register(EncodableReports(), "tracks-encodable-reports")
    config.pluginmanager.register(ParkProtocol(append=True), "tracks-park")
    # What stands now stays to the end, and no test module has been imported: the collector need
    # not look at modules, plan and hooks again and again while tests are collected and run.
    gc.freeze()


def _table_path(folder: Path, workerid: str) -> Path:
    return folder / f"table-{workerid}.json"


def _dump(collected: Collected, unknown: tuple[str, ...]) -> str:
    items = [
        [
            item.id,
            item.handle,
            item.selected,
            [[*one.key, one.by, one.text] for one in item.bindings],
        ]
        for item in collected.items
    ]
    return json.dumps({"items": items, "own": collected.own, "unknown": unknown})


def is_same_file(folder: str, one: str, other: str) -> bool:
    """Whether the tables of two workers are equal byte for byte, as they should be."""
    return filecmp.cmp(_table_path(Path(folder), one), _table_path(Path(folder), other), False)


def read_table(folder: str, workerid: str) -> tuple[Collected, tuple[str, ...]]:
    """Read the table of one worker, and the criteria that marks name and the plan does not have.

    Raises FileNotFoundError where the worker has written none.
    """
    table = json.loads(_table_path(Path(folder), workerid).read_text(encoding="utf-8"))
    items = [
        BoundItem(
            node_id,
            handle,
            selected,
            tuple(
                Binding(CriterionKey(task, criterion), by, text)
                for task, criterion, by, text in bindings
            ),
        )
        for node_id, handle, selected, bindings in table["items"]
    ]
    return Collected(items, table["own"]), tuple(table["unknown"])
