from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.core.model import Acknowledgement, Location, Plan
from pytest_tracks.errors import PlanError
from pytest_tracks.formats.native import load_plan
from pytest_tracks.formats.plan_json import plan_from_json, plan_to_json

TASKS = "tasks: [{id: A, title: A, acceptance_criteria: [It works]}]\n"


def load(root: Path, text: str) -> Plan:
    (root / "plan").mkdir()
    (root / "plan/tracks.yaml").write_text(TASKS + text)
    return load_plan(root, "plan", sprints="sprints", kinds=builtin_kinds())


def test_acknowledgements(tmp_path: Path) -> None:
    text = 'acknowledged:\n  - {id: A/AC-001 max, digest: "012345678901", reason: slower}\n'
    plan = load(tmp_path, text)
    place = Location("plan/tracks.yaml", 3, 5)
    assert plan.acknowledged == (Acknowledgement("A/AC-001 max", "012345678901", "slower", place),)
    assert plan_from_json(plan_to_json(plan)).acknowledged == plan.acknowledged


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("acknowledged: yes\n", "2:15: wrong-type acknowledged is no list"),
        (
            "acknowledged: [{id: A, digest: b}]\n",
            "2:16: missing-key an acknowledgement has no reason",
        ),
        ("acknowledged: [{id: A, digest: b, reason: ''}]\n", "reason"),
        ("acknowledged: [{id: A, digest: b, raeson: c}]\n", "did you mean 'reason'?"),
    ],
)
def test_what_is_not_whole(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PlanError) as caught:
        load(tmp_path, text)
    assert said in str(caught.value)
