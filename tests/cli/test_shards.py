"""CI's shards: a clone and a track each, one after another, gated by what the earlier ones found.

::

    clone 1 ── --track=1 ──► artifact ─┐ merge ──► clone 2 ── --track=2 ──► artifact ─┐ merge ──► …
"""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from .calling import FOLDER, Shop
from .test_state import STATE, git, last_line, merge, state, verdicts
from .test_state_driver import record

PLAN = """\
project: Shop
tracks: {1: {name: Data}, 2: {name: Service}, 3: {name: Pages}}
tasks:
  - {id: BASE, title: Schema, track: 1, files: [base.txt],
     acceptance_criteria: [{text: It is there, file: base.txt}]}
  - {id: API, title: Endpoints, track: 2, depends_on: [BASE], files: [api.txt],
     acceptance_criteria: [{text: It is there, run: test -e api.txt}]}
  - {id: PAGE, title: Pages, track: 3, depends_on: [API], files: [page.txt],
     acceptance_criteria: [{text: It is there, file: page.txt}]}
  - {id: NOTE, title: Notes, track: 3, files: [note.txt],
     acceptance_criteria: [{text: It is there, file: note.txt}]}
"""
ALL_PASS = dict.fromkeys(("BASE", "API", "PAGE", "NOTE"), "PASS")


@pytest.fixture
def origin(tmp_path: Path) -> Shop:
    made = Shop.make(tmp_path / "origin", PLAN)
    for name in ("api", "page", "note"):
        (made.root / f"{name}.txt").write_text("1")
    git(made.root, "init", "-q", "-b", "main")
    (made.root / ".gitignore").write_text("__pycache__\n")
    git(made.root, "add", ".")
    git(made.root, "commit", "-qm", "plan")
    return made


def clone(origin: Shop, name: str) -> Shop:
    folder = origin.root.parent / name
    git(origin.root, "clone", "-q", ".", str(folder))
    return Shop(folder)


def shard(origin: Shop, track: str, *known: Path) -> Path:
    """Let a machine of its own validate a track; returns its artifact, the state file alone."""
    machine = clone(origin, f"machine-{track}")
    if known:
        merge(machine, *known)
    machine.validate(f"--track={track}")
    artifact = origin.root.parent / f"artifact-{track}"
    artifact.mkdir()
    shutil.copy(machine.root / STATE, artifact)
    return artifact


@pytest.fixture
def artifacts(origin: Shop) -> list[Path]:
    """Return what three shards have left, each begun from the states of those before it."""
    found: list[Path] = []
    for track in ("1", "2", "3"):
        found.append(shard(origin, track, *found))
    return found


def test_fault_39_shards_are_gated_by_the_merged_state_of_the_earlier_ones(
    origin: Shop, artifacts: list[Path]
) -> None:
    checked = clone(origin, "checked")
    without = merge(checked, artifacts[1])
    assert without.status == 1
    assert "No shard has a verdict for Track 3 (Pages) (NOTE, PAGE)" in without.out
    assert verdicts(checked) == {**ALL_PASS, "PAGE": None, "NOTE": None}
    answer = merge(checked, *artifacts)
    assert (answer.status, last_line(answer)) == (0, "exit 0: all 4 tasks PASS")
    merged = state(checked)
    again = merge(checked, *reversed(artifacts), *artifacts)
    assert (again.status, again.out[:11]) == (0, "Nothing new")
    assert state(checked) == merged, "any number of times gives the same bytes"
    for number, order in enumerate([*itertools.permutations(artifacts)][1:4]):
        target = clone(origin, f"target-{number}")
        merge(target, *order)
        assert state(target) == merged, "and so does any order"
    target = clone(origin, "one-by-one")
    for artifact in reversed(artifacts):
        merge(target, artifact)
    assert state(target) == merged
    assert verdicts(checked) == ALL_PASS
    assert "4 done" in checked.validate("--tracks=1", "-n", "0").out


def test_a_shard_without_the_state_of_the_earlier_ones_is_blocked(origin: Shop) -> None:
    alone = clone(origin, "alone")
    answer = alone.validate("--track=2")
    assert answer.status == 1
    assert "1 BLOCKED by BASE" in last_line(answer)


def test_fault_39_two_verdicts_of_one_attempt_are_a_conflict(origin: Shop) -> None:
    shards = []
    for name, verdict in (("good", "PASS"), ("bad", "FAIL")):
        machine = clone(origin, name)
        record(machine.root, verdict)
        shards.append(machine.root)
    found = set()
    for number, order in enumerate((shards, [*shards[::-1], *shards])):
        target = clone(origin, f"target-{number}")
        answer = merge(target, *order)
        assert answer.status == 1
        assert verdicts(target)["BASE"] == "CONFLICT"
        found.add(state(target))
    assert len(found) == 1
    assert "CONFLICT (shards disagree: BASE)" in answer.out
    folder = origin.root.parent / "target-0" / FOLDER
    text = (folder / ".project-state.yaml").read_text()
    assert "verdict: PASS" in text, "both are kept"
    assert "verdict: FAIL" in text
