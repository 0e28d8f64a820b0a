from __future__ import annotations

import copy
import json
import pickle
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.core.model import (
    Acknowledgement,
    Check,
    Contract,
    Coverage,
    Criterion,
    Location,
    Plan,
    Requirement,
    Sprint,
    Statement,
    Step,
    Task,
    TaskKind,
    Track,
)
from pytest_tracks.errors import Problem
from pytest_tracks.formats.native import load_plan
from pytest_tracks.formats.plan_bytes import digest_files, list_quietly
from pytest_tracks.formats.plan_json import plan_from_json, plan_to_json

EXAMPLE = Path(__file__).parents[2] / "examples" / "ecommerce"
PLACE = Location("docs/planning/a.yaml", 3, 5)
CRITERION = Criterion(
    "X", "text", Check("run", {"argv": ("a", "b"), "timeout": 1.5}), PLACE, False,
    frozenset({"skip"}), "Security", True,
)  # fmt: skip
TASK = Task(
    id="T", title="title", location=PLACE, kind=TaskKind.SYNC_POINT, criteria=(CRITERION,),
    predecessors=("S",), pin=2, component="c", owner="o", requirements=("R",), hours=2.5,
    files=("f",), uses=("u",), resources={"r": 2}, steps=(Step("s", True),),
    coverage=Coverage(("src",), 80.0, True), description="d", priority="p", value="v",
    tags=("t",), claim="completed", metadata={"m": [1, {"n": None}]},
)  # fmt: skip
PLAN = Plan(
    "P", {"T": TASK}, "docs/planning", ("a",), ("b",), (Track(1, "n", "c", "o"),),
    (Sprint("SPRINT-001-01", 1, "s", ("T",), PLACE),), (Requirement("R", "r", PLACE, False),),
    {"r": 2}, {"sprint_hours": 40}, (Problem("p", 1, 2, "c", "m", "h"),), "d" * 64,
    (Contract("c.yaml", "T", PLACE),),
    ("ada",),
    (Acknowledgement("T removed", "d", "why", PLACE),),
    "phase plan", (Statement("t", "f", True, PLACE),),
)  # fmt: skip


def test_a_plan_goes_to_another_process_whole() -> None:
    example = load_plan(EXAMPLE, "docs/planning", sprints="docs/sprints", kinds=builtin_kinds())
    for plan in (PLAN, example):
        assert pickle.loads(pickle.dumps(plan)) == plan
        assert copy.deepcopy(plan) == plan


def there_and_back(plan: Plan) -> Plan:
    return plan_from_json(json.loads(json.dumps(plan_to_json(plan))))


def test_every_field_comes_back() -> None:
    assert there_and_back(PLAN) == PLAN
    for value in (PLAN, TASK, CRITERION):
        empty = [f.name for f in fields(value) if getattr(value, f.name) in (None, "", (), {})]
        assert empty == []  # a field that is added is to be filled above


def test_the_example_comes_back_and_its_digest_is_that_of_its_bytes() -> None:
    kinds = builtin_kinds()
    plan = load_plan(EXAMPLE, "docs/planning", sprints="docs/sprints", kinds=kinds)
    assert there_and_back(plan) == plan
    listing = list_quietly(str(EXAMPLE), "docs/planning", "docs/sprints")
    assert listing is not None
    assert listing.files == plan.files
    assert digest_files(str(EXAMPLE), listing.files) == plan.digest


@pytest.mark.parametrize("value", [{1, 2}, b"x", float("nan"), {"()": 1}, {1: "x"}, object()])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    task = replace(TASK, metadata={"m": value})
    with pytest.raises(ValueError):
        plan_to_json(replace(PLAN, tasks={"T": task}))


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, width=32),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
)


@given(plain)
def test_whatever_is_taken_comes_back(value: object) -> None:
    plan = replace(PLAN, tasks={"T": replace(TASK, metadata={"m": value})})
    try:
        document = plan_to_json(plan)
    except ValueError:
        return
    back = plan_from_json(json.loads(json.dumps(document)))
    assert repr(back.tasks["T"].metadata) == repr(plan.tasks["T"].metadata)


def test_a_pipe_or_a_link_in_the_place_of_a_file_neither_hangs_nor_matches(tmp_path: Path) -> None:
    import os

    (tmp_path / "plan").mkdir()
    os.mkfifo(tmp_path / "plan" / "tracks.yaml")
    assert digest_files(str(tmp_path), ("plan/tracks.yaml",)) != ""
    (tmp_path / "plan" / "other.yaml").symlink_to("/dev/zero")
    assert digest_files(str(tmp_path), ("plan/other.yaml",)) != ""
    with pytest.raises(OSError):
        digest_files(str(tmp_path), ("plan/missing.yaml",))
