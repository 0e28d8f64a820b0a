from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tracks.core.model import Coverage, Plan
from pytest_tracks.errors import PlanError
from tests.formats.plans import load, write

TASKS = (
    "tasks:\n- {id: A, acceptance_criteria: [x]}\n- {id: B, track: 2, acceptance_criteria: [x]}\n"
)


def plan(root: Path, text: str) -> Plan:
    write(root, {"docs/planning/tracks.yaml": text})
    return load(root)


def test_a_task_comes_before_its_track_and_that_before_the_plan(tmp_path: Path) -> None:
    found = plan(
        tmp_path,
        "coverage: {source: [src], min: 50, branch: true}\n"
        "tracks:\n  1: {name: One}\n  2: {name: Two, coverage: {min: 60, per_file_min: 20}}\n"
        "tasks:\n"
        "- {id: A, acceptance_criteria: [x]}\n"
        "- {id: B, track: 2, acceptance_criteria: [x]}\n"
        "- {id: C, track: Two, coverage: {min: 70, branch: false, source: lib,"
        " diff_min: 90, isolated: true}, acceptance_criteria: [x]}\n"
        "- {id: D, track: 2, coverage: false, acceptance_criteria: [x]}\n",
    )
    gates = {name: task.coverage for name, task in found.tasks.items()}
    assert gates == {
        "A": Coverage(("src",), 50.0, branch=True),
        "B": Coverage(("src",), 60.0, branch=True, per_file_minimum=20.0),
        "C": Coverage(("lib",), 70.0, False, 20.0, 90.0, isolated=True),
        "D": None,
    }


def test_the_tasks_of_a_tracks_list_and_sprints_have_its_gate(tmp_path: Path) -> None:
    found = plan(
        tmp_path,
        "tracks:\n  1: {coverage: {source: [src], min: 50}, tasks: [A]}\n  2: {name: Two}\n"
        + TASKS,
    )
    assert found.tasks["A"].coverage == Coverage(("src",), 50.0)
    assert found.tasks["B"].coverage is None


def test_a_task_is_measured_over_its_own_files_where_no_source_is_named(tmp_path: Path) -> None:
    found = plan(
        tmp_path,
        "coverage: {min: 50}\ntasks:\n- {id: A, files: ['src/**'], acceptance_criteria: [x]}\n",
    )
    assert found.tasks["A"].coverage == Coverage(("src/**",), 50.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("coverage: {min: 50}\n" + TASKS, "coverage of A has no source"),
        ("coverage: {source: src}\n" + TASKS, "coverage of A has no min"),
        ("coverage: {min: 50, sauce: 1}\n" + TASKS, "coverage has no key 'sauce'"),
        ("coverage: {min: 0}\n" + TASKS, "min of coverage is '0'"),
        ("coverage: true\n" + TASKS, "coverage is 'true'"),
        ("tracks: {1: {coverage: {diff_min: 101}}}\n" + TASKS, "diff_min of coverage is '101'"),
    ],
)
def test_gates_that_say_too_little_or_too_much(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PlanError) as raised:
        plan(tmp_path, text)
    assert message in str(raised.value)
