"""Where a task that takes part has a coverage gate, its process measures; nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from pytest_tracks.core.roster import Collected
    from pytest_tracks.plugin.items import Shared

__all__ = ["measure_gates"]


def measure_gates(
    config: pytest.Config,
    shared: Shared,
    publish: Callable[[Collected, tuple[str, ...]], None],
    base: str,
) -> Callable[[Collected, tuple[str, ...]], None]:
    """Set the measurement up where it is needed; returns what is to be published to."""
    tasks = {
        task: shared.plan.tasks[task]
        for task in shared.plan.tasks
        if task in shared.taking_part and shared.plan.tasks[task].coverage is not None
    }
    if not tasks:
        return publish
    from pytest_tracks.plugin.coverage_items import JUDGE
    from pytest_tracks.plugin.coverage_meter import CoverageMeter

    meter = CoverageMeter(config, tasks, shared.tracks, scratch=shared.scratch, base=base)
    config.stash[JUDGE] = meter
    shared.environment = meter.environment
    config.pluginmanager.register(meter, "tracks-coverage")

    def publish_and_learn(collected: Collected, unknown: tuple[str, ...]) -> None:
        meter.learn(collected)
        publish(collected, unknown)

    return publish_and_learn
