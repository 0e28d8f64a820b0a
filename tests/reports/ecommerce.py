"""The source's e-commerce platform as values: 18 tasks, 3 tracks, 6 sprints, and its verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_tracks.core.model import Check, Criterion, Location, Plan, Sprint, Task, Track
from pytest_tracks.core.record import ProjectRecord, TaskRecord, TrackRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict

FOLDER = "docs/planning"
STATE = f"{FOLDER}/.project-state.yaml"
CRITICAL_PATH = ("TASK-001", "TASK-004", "TASK-008", "TASK-012", "TASK-016")

# id, title, hours, predecessors, minutes, iterations, criteria
_TASKS = (
    ("TASK-001", "Database schema design", 6, "", 45, 2, ("Eight tables", "Normalised")),
    ("TASK-002", "React project setup", 4, "", 30, 1, ("Builds", "Lint is clean")),
    ("TASK-003", "Docker containers", 4, "", 25, 1, ("Images build", "No root user")),
    (
        "TASK-004",
        "User authentication API",
        10,
        "TASK-001",
        62,
        3,
        ("Login returns a token", "Password can be reset", "Sessions expire"),
    ),
    ("TASK-005", "Login/registration UI", 8, "TASK-002", 50, 2, ("Form posts", "Errors shown")),
    ("TASK-006", "Email notification service", 6, "", 33, 1, ("Order mail", "Shipping mail")),
    ("TASK-007", "CI/CD pipeline", 8, "TASK-003", 40, 1, ("Workflow parses", "Tests gate")),
    ("TASK-008", "Product catalog API", 8, "TASK-004", 38, 1, ("Browse", "Search")),
    ("TASK-009", "Product catalog UI", 8, "TASK-005", 44, 1, ("Grid", "Filter")),
    ("TASK-010", "Admin dashboard UI", 6, "", 36, 1, ("Lists orders", "Edits products")),
    ("TASK-011", "Kubernetes manifests", 10, "TASK-007", 55, 2, ("They parse", "Probes set")),
    ("TASK-012", "Shopping cart API", 8, "TASK-008", 41, 1, ("Add", "Remove")),
    ("TASK-013", "Shopping cart UI", 8, "TASK-009", 47, 1, ("Quantities", "Total")),
    ("TASK-014", "Database backups", 4, "", 20, 1, ("Backup runs", "Restore works")),
    ("TASK-015", "Monitoring setup", 6, "TASK-011", 35, 1, ("Metrics", "Alerts")),
    ("TASK-016", "Payment integration API", 10, "TASK-012", 58, 2, ("Charge", "Refund")),
    ("TASK-017", "Checkout flow UI", 10, "TASK-013", 52, 2, ("Address", "Confirmation")),
    ("TASK-018", "Admin dashboard API", 4, "", 28, 1, ("Lists orders", "Needs a role")),
)
_SPRINTS = (
    ("SPRINT-001-01", 1, "Foundation", (1, 4, 8)),
    ("SPRINT-002-01", 1, "Advanced Features", (12, 16, 6, 18)),
    ("SPRINT-001-02", 2, "Foundation", (2, 5, 9)),
    ("SPRINT-002-02", 2, "Advanced Features", (13, 17, 10)),
    ("SPRINT-001-03", 3, "Foundation", (3, 7)),
    ("SPRINT-002-03", 3, "Production Ready", (11, 15, 14)),
)
TRACKS = (Track(1, "Backend API"), Track(2, "Frontend"), Track(3, "Infrastructure"))
IN_ORDER = {
    number: [
        f"TASK-{task:03}" for _, track, _, tasks in _SPRINTS if track == number for task in tasks
    ]
    for number in (1, 2, 3)
}


def criterion(criterion_id: str, text: str) -> Criterion:
    return Criterion(criterion_id, text, Check(), Location(f"{FOLDER}/tracks.yaml"))


def make_task(task_id: str, title: str, texts: Sequence[str] = ("It works",)) -> Task:
    criteria = tuple(criterion(f"AC-{at:03}", text) for at, text in enumerate(texts, start=1))
    return Task(task_id, title, Location(f"{FOLDER}/tasks/{task_id}.yaml"), criteria=criteria)


def make_plan(*, sprints: bool = True) -> Plan:
    tasks = {
        task_id: replace(
            make_task(task_id, title, texts), hours=hours, predecessors=tuple(before.split())
        )
        for task_id, title, hours, before, _, _, texts in _TASKS
    }
    cuts = tuple(
        Sprint(name, track, title, tuple(f"TASK-{at:03}" for at in members), Location(FOLDER))
        for name, track, title, members in _SPRINTS
    )
    return Plan("E-Commerce Platform", tasks, FOLDER, tracks=TRACKS, sprints=cuts * sprints)


def passed(plan: Plan, task_id: str, **changes: object) -> TaskRecord:
    """The record of a task that passed as the source tells it."""
    minutes, iterations = next((row[4], row[5]) for row in _TASKS if row[0] == task_id)
    known = TaskRecord(
        TaskVerdict.PASS,
        duration_minutes=minutes,
        run_seconds=minutes / 50,
        iterations=iterations,
        attempts=iterations,
        tier_used="T1",
        criteria={
            each.id: CriterionResult(each.id, CriterionVerdict.PASS)
            for each in plan.tasks[task_id].criteria
        },
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def reset_is_missing(plan: Plan) -> TaskRecord:
    """TASK-004 as it failed first."""
    criteria = dict(passed(plan, "TASK-004").criteria)
    criteria["AC-002"] = CriterionResult("AC-002", CriterionVerdict.FAIL, "assert 404 == 200")
    return passed(
        plan,
        "TASK-004",
        verdict=TaskVerdict.FAIL,
        criteria=criteria,
        iterations=1,
        attempts=1,
        duration_minutes=None,
        tier_used=None,
    )


def blocked(by: str) -> TaskRecord:
    return TaskRecord(TaskVerdict.BLOCKED, blocked_by=(by,))


def make_record(plan: Plan, tasks: dict[str, TaskRecord] | None = None) -> ProjectRecord:
    tracks = {
        track.number: TrackRecord(track.number, track.name, tuple(IN_ORDER[track.number]))
        for track in TRACKS
    }
    if tasks is None:
        tasks = {task_id: passed(plan, task_id) for task_id in plan.tasks}
    return ProjectRecord(tasks=tasks, tracks=tracks)


def make_broken_record(plan: Plan) -> ProjectRecord:
    """The run in which the password reset is missing: one FAIL, what waits for it BLOCKED."""
    tasks = {task_id: passed(plan, task_id) for task_id in plan.tasks}
    tasks["TASK-004"] = reset_is_missing(plan)
    tasks["TASK-008"] = blocked("TASK-004")
    tasks["TASK-012"] = blocked("TASK-008")
    tasks["TASK-016"] = blocked("TASK-012")
    return make_record(plan, tasks)
