from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_tracks.core.model import Plan

from .foreign_plans import load_foreign, refuse_foreign, warned

PLACE = ".taskmaster/tasks/tasks.json"


def load(root: Path, value: Any) -> Plan:
    return load_foreign(root, PLACE, {PLACE: json.dumps(value, indent=1)})


def task(number: Any, *before: Any, **more: Any) -> dict[str, Any]:
    return {"id": number, "title": f"t{number}", "dependencies": [*before], **more}


def edges(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {name: one.predecessors for name, one in plan.tasks.items()}


def test_subtasks_have_relative_ids(tmp_path: Path) -> None:
    subtasks = [task(1), task("2", 1), task(3, "2.1", "1"), task("2.4", "1.1"), task(5, 9)]
    below = {"subtasks": [task(1)], "details": "d"}
    plan = load(tmp_path, {"tasks": [task(1, **below), task("2", 1, subtasks=subtasks), task(9)]})
    assert edges(plan) == {
        "1.1": (),
        "1": ("1.1",),
        "2.1": ("1",),
        "2.2": ("2.1",),
        "2.3": ("2.1",),
        "2.4": ("1", "1.1"),
        "2.5": ("1", "9"),
        "2": ("1", "2.1", "2.2", "2.3", "2.4", "2.5"),
        "9": (),
    }


def test_tags_keep_their_ids_apart(tmp_path: Path) -> None:
    one = {"tasks": [task(1, testStrategy="run it"), task(2, 1)], "metadata": {}}
    plan = load(tmp_path, {"master": one, "feature x": one, "empty": {"tasks": []}})
    assert edges(plan) == {
        "master:1": (),
        "master:2": ("master:1",),
        "feature-x:1": (),
        "feature-x:2": ("feature-x:1",),
    }
    assert plan.tasks["feature-x:1"].component == "feature x"


def test_strategies_are_prose_and_statuses_claims(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        [
            task(1, testStrategy="  run\n it ", status="done", priority="high"),
            task(2, description="what", details="how", status="cancelled"),
            task(3, testStrategy=""),
        ],
    )
    texts = {name: [c.text for c in one.criteria] for name, one in plan.tasks.items()}
    assert texts == {"1": ["run it"], "2": ["what"], "3": ["t3"]}
    assert (plan.tasks["1"].claim, plan.tasks["1"].priority) == ("done", "high")
    assert plan.tasks["2"].metadata == {"source": {"details": "how"}}
    assert [code for code, _ in warned(plan)] == ["not-planned"]


def test_a_dangling_dependency_is_a_gate(tmp_path: Path) -> None:
    plan = load(tmp_path, {"tasks": [task(1, 26, 27, details="d")]})
    assert edges(plan) == {"1": ("26", "27"), "26": (), "27": ()}
    assert warned(plan) == [
        ("outside-predecessor", 7),
        ("outside-predecessor", 8),
    ]


def test_faults_have_their_places(tmp_path: Path) -> None:
    text = '{"tasks": [\n {"id": 1, "details": "a", "dependencies": [2]},\n'
    text += ' {"id": 2, "dependencies": [1]},\n {"title": "b"},\n 7]}'
    problems = refuse_foreign(tmp_path, PLACE, {PLACE: text})
    assert [(one.code, one.line) for one in problems] == [
        ("cycle", 2),
        ("missing-key", 4),
        ("wrong-type", 5),
    ]


def test_other_json_is_refused_with_the_reason(tmp_path: Path) -> None:
    problems = refuse_foreign(tmp_path, PLACE, {PLACE: '{"tasks": [{"label": "build"}]}'})
    assert problems[0].code == "no-plan"
    assert any("no list of tasks with subtasks" in one.message for one in problems)
