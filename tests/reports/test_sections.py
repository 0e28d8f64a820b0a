from __future__ import annotations

from dataclasses import replace

from pytest_tracks.core.model import Plan, TaskKind, Track
from pytest_tracks.core.record import ProjectRecord, TaskRecord, TrackRecord
from pytest_tracks.reports.sections import sections

from .ecommerce import IN_ORDER, make_plan, make_record, make_task


def test_sprints_give_the_order_within_a_track() -> None:
    plan = make_plan()
    arranged = sections(plan, ProjectRecord())
    assert [section.label for section in arranged] == [track.label for track in plan.tracks]
    assert [list(section.members) for section in arranged] == list(IN_ORDER.values())
    assert [len(section.sprints) for section in arranged] == [2, 2, 2]


def test_without_sprints_the_recorded_tracks_give_it() -> None:
    plan = make_plan(sprints=False)
    arranged = sections(plan, make_record(plan, {}))
    assert [list(section.members) for section in arranged] == list(IN_ORDER.values())
    assert [section.sprints for section in arranged] == [(), (), ()]


def test_a_review_belongs_to_its_sprint_and_the_rest_comes_last() -> None:
    plan = make_plan()
    review = replace(make_task("REVIEW-SPRINT-001-01", "Review"), kind=TaskKind.SPRINT_REVIEW)
    extra = replace(make_task("TASK-019", "More"), pin=1)
    final = replace(make_task("REVIEW-FINAL", "All"), kind=TaskKind.FINAL_REVIEW)
    added = {task.id: task for task in (review, extra, final)}
    first, _, _, last = sections(replace(plan, tasks={**plan.tasks, **added}), ProjectRecord())
    assert first.groups[0].reviews == ("REVIEW-SPRINT-001-01",)
    assert first.groups[0].tasks == ("TASK-001", "TASK-004", "TASK-008")
    assert (first.groups[2].sprint, first.groups[2].tasks) == (None, ("TASK-019",))
    assert (last.track, last.members) == (None, ("REVIEW-FINAL",))


def test_recorded_track_before_pin_and_the_name_from_either() -> None:
    tasks = {name: replace(make_task(name, name), pin=1) for name in "ABC"}
    plan = Plan("p", tasks, "docs", tracks=(Track(1, "Written"),))
    record = ProjectRecord(
        {"B": TaskRecord(track=3)}, {2: TrackRecord(2, "Recorded", ("A",)), 3: TrackRecord(3, "")}
    )
    arranged = {section.label: section.members for section in sections(plan, record)}
    assert arranged == {
        "Track 1 (Written)": ("C",),
        "Track 2 (Recorded)": ("A",),
        "Track 3": ("B",),
    }


def test_only_some() -> None:
    plan = make_plan()
    (section,) = sections(plan, make_record(plan), only={"TASK-016", "TASK-012"})
    assert section.members == ("TASK-012", "TASK-016")


def test_a_task_of_two_sprints_stands_in_the_first() -> None:
    plan = make_plan()
    again = replace(plan.sprints[2], id="SPRINT-009-02", tasks=("TASK-001", "TASK-001"))
    first, *others = sections(replace(plan, sprints=(*plan.sprints, again)), ProjectRecord())
    assert "TASK-001" in first.members
    assert not any("TASK-001" in section.members for section in others)
