from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from pytest_tracks.core.record import CoverageResult
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict
from pytest_tracks.state.facts import (
    Entry,
    RunStarted,
    TaskSettled,
    UnknownFact,
    entry_from_json,
    entry_to_text,
)

from .test_fold import journals
from .worlds import DIGEST, entries, settled


def test_a_fact_in_full_comes_back():
    fact = settled(
        tests={"AC-001": ("tests/test_a.py::test_b",)},
        texts={"AC-001": "Login → token"},
        criteria={
            "AC-001": CriterionResult("AC-001", CriterionVerdict.FAIL, "no token", ("x::y", "z"))
        },
        blocked_by=("TASK-0",),
        assumes=("TASK-9",),
        run_seconds=1.25,
        coverage=CoverageResult(87.5, 80.0, 40),
        meta={"tier_used": "T1", "cost_usd": "0.4"},
    )
    [entry] = entries(fact)
    line = json.loads(entry_to_text(entry))
    assert entry_from_json(line) == entry
    assert line["digest"] == {"definition": "d1", "files": "f1", "tests": "t1", "shared": "s1"}


@settings(deadline=None)  # the machine may be busy
@given(journals)
def test_every_entry_comes_back(all_entries: list[Entry]):
    for entry in all_entries:
        assert entry_from_json(json.loads(entry_to_text(entry))) == entry


def test_an_unknown_fact_is_kept_as_it_was():
    line = {
        "serial": 3,
        "at": "t",
        "elapsed": 0.5,
        "id": "w-3",
        "fact": "wave",
        "wave": [1, {"a": None}],
    }
    entry = entry_from_json(line)
    assert entry.fact == UnknownFact("wave", {"wave": [1, {"a": None}]})
    assert json.loads(entry_to_text(entry)) == line


def test_an_unknown_key_of_a_known_fact_is_read_over():
    line = json.loads(entry_to_text(entries(RunStarted("r1", 1, "here"))[0]))
    assert entry_from_json({**line, "moon": "full"}).fact == RunStarted("r1", 1, "here")


@pytest.mark.parametrize(
    "change",
    [
        {"serial": "1"},
        {"at": None},
        {"verdict": "GREEN"},
        {"verdict": None},
        {"criteria": ["AC-001"]},
        {"tests": {"AC-001": "one"}},
        {"track": "1"},
        {"run_seconds": "fast"},
        {"digest": {"files": 7}},
    ],
)
def test_a_fact_of_another_shape_is_refused(change: dict[str, object]):
    line = json.loads(entry_to_text(entries(settled())[0]))
    with pytest.raises(ValueError):
        entry_from_json({**line, **change})


@pytest.mark.parametrize("missing", ["serial", "at", "id", "fact", "task"])
def test_a_fact_without_a_necessary_key_is_refused(missing: str):
    line = json.loads(entry_to_text(entries(settled())[0]))
    del line[missing]
    with pytest.raises(ValueError):
        entry_from_json(line)


def test_what_has_its_default_is_not_written():
    line = json.loads(
        entry_to_text(entries(TaskSettled("r1", "TASK-1", settled("BLOCKED").verdict))[0])
    )
    assert line.keys() == {"serial", "at", "elapsed", "id", "fact", "run", "task", "verdict"}
    assert DIGEST.predecessors == ""
