"""Random splits of facts over shards, merged in random orders, groups and repetitions.

::

    1,000 facts ──► 2 to 8 shards ──► some merged with each other first, some twice ──► one file

The file must be the same, byte for byte, whatever way it was come by; and better than what its
shards say it must never be: a task that is FAIL in one of them is not PASS.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml
from kills import Make
from ledger import Tally
from subjects import Reading, merge_tracks

__all__ = ["Merge", "merge_naively", "merge_tracks", "merge_without_order"]

Merge = Callable[[Path, Sequence[Path]], None]
"""Joins the states of shards (folders) into the one in a folder."""

TASKS = 200
MOST_SHARDS = 8


def merge_without_order(
    make: Make, merge: Merge, folder: Path, seed: int, splits: int, orders: int, facts: int
) -> Tally:
    """Split and merge again and again; ``lost`` counts merges that come to other bytes."""
    tally, chance = Tally(), random.Random(seed)
    for number in range(splits):
        place = folder / f"split-{number}"
        place.mkdir()
        shards = _split(make, place, chance, facts)
        tally.acknowledged += facts
        worst = _worst([make.read(shard).verdicts for shard in shards])  # type: ignore[attr-defined]
        found = []
        for order in range(orders):
            target = _join(merge, place / f"order-{order}", shards, chance)
            tally.rounds += 1
            found.append(make.state_file(target).read_bytes())  # type: ignore[attr-defined]
            verdicts = _words(make.read(target))  # type: ignore[attr-defined]
            tally.invented += sum(verdicts.get(task) != word for task, word in worst.items())
        tally.lost += sum(content != found[0] for content in found)
    return tally


def _split(make: Make, place: Path, chance: random.Random, facts: int) -> list[Path]:
    """Let each shard settle its part of the facts; some tasks are settled by several."""
    shards = [place / f"shard-{number}" for number in range(chance.randint(2, MOST_SHARDS))]
    subjects = []
    for shard in shards:
        shard.mkdir()
        subjects.append(make(shard))
        subjects[-1].begin()
    for number in range(facts):
        word = chance.choice(("PASS", "PASS", "PASS", "FAIL"))
        task = f"T-{chance.randrange(TASKS)}"
        chance.choice(subjects).settle(task, f"{word}#{number}")
    for subject in subjects:
        subject.end()
    return shards


def _join(merge: Merge, place: Path, shards: Sequence[Path], chance: random.Random) -> Path:
    """Merge in a random way that leaves no shard out."""
    place.mkdir()
    left = chance.sample(list(shards), len(shards))
    group = [left.pop() for _ in range(chance.randint(1, len(left) - 1))]
    halfway, target = place / "halfway", place / "target"
    for folder in (halfway, target):
        folder.mkdir()
    merge(halfway, group)
    steps = [[shard] for shard in left] + [[halfway], chance.sample(list(shards), 2)]
    for step in chance.sample(steps, len(steps)):
        merge(target, step)
    return target


def _worst(shards: Sequence[dict[str, str]]) -> dict[str, str]:
    """Say for each task what no merge may make better."""
    worst: dict[str, str] = {}
    for verdicts in shards:
        for task, verdict in verdicts.items():
            word = verdict.partition("#")[0]
            worst[task] = "FAIL" if "FAIL" in (word, worst.get(task)) else word
    return worst


def _words(reading: Reading) -> dict[str, str]:
    return {task: verdict.partition("#")[0] for task, verdict in reading.verdicts.items()}


def merge_naively(root: Path, shards: Sequence[Path]) -> None:
    """Take from each shard what it has: the last one wins."""
    path = root / "state.yaml"
    known = yaml.safe_load(path.read_text())["tasks"] if path.exists() else {}
    for shard in shards:
        known.update(yaml.safe_load((shard / "state.yaml").read_text())["tasks"])
    path.write_text(yaml.safe_dump({"tasks": known}))
