from __future__ import annotations

import pytest

from pytest_tracks.core.claims import Claim, ClaimKind, compare
from pytest_tracks.core.model import Location, Task, TaskKind

AT = Location("plan.md", 3)
EDGES = {"A": (), "B": ("A",), "C": ("A",), "D": ("B", "C")}


def tasks(hours: float | None = 2.0) -> dict[str, Task]:
    found = {
        name: Task(name, name, AT, predecessors=before, hours=hours)
        for name, before in EDGES.items()
    }
    gate = Task("REVIEW-FINAL", "r", AT, kind=TaskKind.FINAL_REVIEW, predecessors=("D",))
    return {**found, gate.id: gate}


def judge(kind: ClaimKind, *value: str | float) -> bool:
    (statement,) = compare([Claim(kind, value, AT, "text")], tasks())
    assert (statement.text, statement.location) == ("text", AT)
    assert statement.found
    return statement.agrees


@pytest.mark.parametrize(
    ("kind", "value", "agrees"),
    [
        (ClaimKind.TASKS, (4.0,), True),
        (ClaimKind.TASKS, (5.0,), False),
        (ClaimKind.PARALLEL_TASKS, (2.0,), True),
        (ClaimKind.PARALLEL_TASKS, (3.0,), False),
        (ClaimKind.WAVE, (2.0, "C", "B"), True),
        (ClaimKind.WAVE, (2.0, "B"), False),
        (ClaimKind.WAVE, (9.0, "B"), False),
        (ClaimKind.SEQUENTIAL_HOURS, (8.0, 8.0), True),
        (ClaimKind.SEQUENTIAL_HOURS, (6.0, 7.0), False),
        (ClaimKind.SEQUENTIAL_HOURS, (6.0, 10.0), True),
        (ClaimKind.PARALLEL_HOURS, (6.0, 6.0), True),
        (ClaimKind.PARALLEL_HOURS, (4.0, 4.0), False),
        (ClaimKind.SAVING, (25.0, 25.0), True),
        (ClaimKind.SAVING, (26.0, 26.0), True),
        (ClaimKind.SAVING, (30.0, 40.0), False),
        (ClaimKind.BESIDE, ("B", "C"), True),
        (ClaimKind.BESIDE, ("D", "A"), False),
        (ClaimKind.BESIDE, ("A", "C", "B"), False),
        (ClaimKind.GROUP, ("1", "B", "C"), True),
        (ClaimKind.GROUP, ("1", "B", "D"), False),
    ],
)
def test_a_claim_is_judged(kind: ClaimKind, value: tuple[str | float, ...], agrees: bool) -> None:
    assert judge(kind, *value) is agrees


@pytest.mark.parametrize(
    "kind", [ClaimKind.SEQUENTIAL_HOURS, ClaimKind.PARALLEL_HOURS, ClaimKind.SAVING]
)
def test_durations_are_compared_only_where_all_are_stated(kind: ClaimKind) -> None:
    assert compare([Claim(kind, (1.0, 1.0), AT)], tasks(hours=None)) == ()
