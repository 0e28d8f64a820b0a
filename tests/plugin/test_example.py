"""``examples/ecommerce`` as a person works with it: run, resume, break, mend, one track, sprints.

Golden files under ``golden/`` hold what ``--track=02`` prints, with times, versions and paths
masked; ``TRACKS_WRITE_GOLDEN=1`` writes them anew.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

EXAMPLE = Path(__file__).parents[2] / "examples" / "ecommerce"
GOLDEN = Path(__file__).parent / "golden"
OTHERS = ("sugar", "html", "metadata", "randomly", "cov", "hypothesispytest", "rerunfailures")
OTHERS += ("timeout", "cacheprovider", "allure_pytest")
"""Plugins that change what is printed or take time; they have tests of their own."""

NEVER_COPIED = ("__pycache__", ".tracks", ".project-state.yaml", ".*_cache", ".benchmarks")
TRACK_1 = ("TASK-001", "TASK-004", "TASK-008", "TASK-012", "TASK-016")
BEHIND_RESET = ("TASK-008", "TASK-012", "TASK-016")
ALL_TASKS = (*(f"TASK-{number:03}" for number in range(1, 19)), "SYNC-01", "REVIEW-FINAL")
BEHIND_ALL = ("SYNC-01", "REVIEW-FINAL")


class Shop:
    """A copy of the example in git, and the commands of the README."""

    def __init__(self, root: Path) -> None:
        self.root = root
        ignored = shutil.ignore_patterns(*NEVER_COPIED)
        shutil.copytree(EXAMPLE, root, ignore=ignored)
        for command in (["git", "init", "-q"], ["git", "add", "-A"]):
            subprocess.run(command, cwd=root, env=clean_environment(), check=True)
        self.state_file = root / "docs" / "planning" / ".project-state.yaml"

    def run(self, *arguments: str, status: int = 0) -> list[str]:
        """Run pytest and return what it printed, line by line."""
        without = [part for name in OTHERS for part in ("-p", f"no:{name}")]
        return self._run("pytest", *without, *arguments, status=status)

    def command(self, *arguments: str) -> list[str]:
        """Run ``pytest-tracks``."""
        return self._run("pytest_tracks", *arguments, status=0)

    def _run(self, module: str, *arguments: str, status: int) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root,
            env=clean_environment(),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout.splitlines()

    def state(self) -> dict[str, Any]:
        state = yaml.safe_load(self.state_file.read_text(encoding="utf-8"))
        assert isinstance(state, dict)
        return state

    def task(self, name: str) -> dict[str, Any]:
        task = self.state()["tasks"][name]
        assert isinstance(task, dict)
        return task

    def verdicts(self) -> dict[str, str | None]:
        return {name: task["validation_result"] for name, task in self.state()["tasks"].items()}

    def replace(self, path: str, old: str, new: str) -> None:
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), encoding="utf-8")

    def break_the_reset(self) -> None:
        self.replace("shop/auth.py", '"/api/auth/reset"', '"/api/auth/rest"')

    def mend_the_reset(self) -> None:
        self.replace("shop/auth.py", '"/api/auth/rest"', '"/api/auth/reset"')

    def sign(self, *sprints: str) -> None:
        """Sign what the product owner has to see of sprints."""
        for sprint in sprints:
            task = f"REVIEW-{sprint}"
            self.command("sign-off", task, "AC-002", "--by=Product owner", "--yes")

    def write_sprint(self, name: str, title: str, *tasks: str) -> None:
        folder = self.root / "docs" / "sprints"
        folder.mkdir(exist_ok=True)
        text = yaml.safe_dump({"id": name, "title": title, "tasks": list(tasks)}, sort_keys=False)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def clean_environment() -> dict[str, str]:
    """Leave out what the outer run has set; 80 columns, no colour."""
    outer = ("PYTEST_", "TRACKS_", "COV_CORE_", "COVERAGE_", "GIT_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(outer)}
    plain = {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**kept, **plain}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


# -- the whole plan ------------------------------------------------------------------------------


def test_all_pass_and_what_holds_is_not_run_again(shop: Shop) -> None:
    lines = shop.run("--tracks=3")
    assert lines[-1] == "exit 0: all 20 tasks PASS"
    assert shop.verdicts() == dict.fromkeys(ALL_TASKS, "PASS")
    before = shop.state_file.read_bytes()
    lines = shop.run("--tracks=3")
    assert lines[-1] == "exit 0: all 20 tasks PASS (20 before, skipped)"
    assert not [line for line in lines if re.search(r"\d+ (passed|failed)", line)]
    assert shop.state_file.read_bytes() == before


def test_a_broken_reset_closes_the_gate_and_a_mended_one_opens_it(shop: Shop) -> None:
    shop.break_the_reset()
    lines = shop.run("--tracks=3", status=1)
    assert lines[-1] == "exit 1: 1 failed, 5 BLOCKED by TASK-004"
    words = (
        r"TASK-004 .+ FAIL +AC-002 Password can be reset.+",
        r"TASK-008 .+BLOCKED +by TASK-004",
    )
    for pattern in words:
        assert len([line for line in lines if re.fullmatch(pattern, line)]) == 1
    blocked = (*BEHIND_RESET, *BEHIND_ALL)
    others = set(ALL_TASKS) - {"TASK-004", *blocked}
    expected = dict.fromkeys(others, "PASS") | dict.fromkeys(blocked, "BLOCKED")
    assert shop.verdicts() == expected | {"TASK-004": "FAIL"}
    broken = shop.task("TASK-004")
    criteria = {name: one["verdict"] for name, one in broken["criteria"].items()}
    assert criteria == dict.fromkeys(criteria, "PASS") | {"AC-002": "FAIL"}
    assert [shop.task(name)["iterations"] for name in ("TASK-004", "TASK-008")] == [1, 0]
    assert shop.task("TASK-008")["blocked_by"] == ["TASK-004"]

    shop.mend_the_reset()
    lines = shop.run("--tracks=3")
    assert lines[-1] == "exit 0: all 20 tasks PASS (14 before, skipped)"
    assert shop.verdicts() == dict.fromkeys(ALL_TASKS, "PASS")
    assert shop.task("TASK-004")["iterations"] == 2
    assert {shop.task(name)["iterations"] for name in (*blocked, *others)} == {1}


# -- the state -----------------------------------------------------------------------------------


def test_the_state_has_the_keys_of_the_source(shop: Shop) -> None:
    shop.write_sprint("SPRINT-001-02", "Foundation", "TASK-002", "TASK-005", "TASK-009")
    shop.sign("SPRINT-001-02")
    shop.run("--track=02", "--tracks-meta=tier=T1")
    state = shop.state()
    top = ["version", "type", "created_at", "updated_at", "parallel_tracks", "tasks", "sprints"]
    assert [key for key in state if key in top] == top
    assert state["version"] == "1.0"
    assert state["type"] == "project"
    assert state["current_execution"] is None
    tracks = state["parallel_tracks"]
    assert tracks["enabled"] is True
    assert tracks["total_tracks"] == tracks["max_possible_tracks"] == 3
    info = {key: tracks["track_info"][2][key] for key in SOURCE_TRACK}
    assert info == SOURCE_TRACK
    assert list(tracks["track_info"]) == [1, 2, 3]
    task = state["tasks"]["TASK-002"]
    assert [key for key in task if key in SOURCE_TASK] == SOURCE_TASK
    assert (task["status"], task["track"], task["tier_used"]) == ("completed", 2, "T1")
    assert (task["iterations"], task["validation_result"]) == (1, "PASS")
    assert task["started_at"] <= task["completed_at"]
    sprint = state["sprints"]["SPRINT-001-02"]
    assert sprint.pop("completed_at") >= task["completed_at"]
    assert sprint == SOURCE_SPRINT


SOURCE_TASK = ["status", "track", "started_at", "completed_at", "duration_minutes", "tier_used"]
SOURCE_TASK += ["iterations", "validation_result"]
SOURCE_TRACK = {
    "name": "Frontend",
    "estimated_hours": 44,
    "completed_hours": 44,
    "status": "completed",
}
SOURCE_SPRINT = {
    "status": "completed",
    "track": 2,
    "tasks_completed": 3,
    "tasks_total": 3,
    "quality_gates_passed": True,
}


def test_statistics_add_up_and_status_shows_them(shop: Shop) -> None:
    shop.break_the_reset()
    shop.run("--tracks=3", "--tracks-meta=tier=T1", status=1)
    statistics = shop.state()["statistics"]
    assert statistics == {
        "total_tasks": 18,
        "completed_tasks": 14,
        "in_progress_tasks": 0,
        "pending_tasks": 0,
        "failed_tasks": 1,
        "blocked_tasks": 3,
        "total_sprints": 0,
        "completed_sprints": 0,
        "t1_tasks": 15,  # of what was attempted
        "t2_tasks": 0,
    }
    lines = shop.command("status")
    assert [line for line in lines if re.match(r" +TASK-004 .+ FAIL +5/6 +1 ", line)]
    assert [line for line in lines if re.match(r" +TASK-008 .+ BLOCKED +0/5 .+TASK-004$", line)]
    assert [line for line in lines if line.startswith("Track 1 (Backend API)")]
    assert "20 tasks: 14 PASS, 1 FAIL, 5 BLOCKED" in "\n".join(lines)
    document = json.loads("\n".join(shop.command("status", "--json")))
    assert "TASK-004" in json.dumps(document)


# -- one track, told in the words of the source ---------------------------------------------------


MASKS = (
    (re.compile(r"\b\d+(\.\d+)? ?(s|min)\b"), "N s"),
    (re.compile(r"  +N s$"), " N s"),
    (re.compile(r"^=+ (.+) =+$"), r"= \1 ="),
)
VARYING = ("platform ", "rootdir: ", "plugins: ", "configfile: ", "cachedir: ")


def masked(lines: list[str]) -> str:
    """Take out what differs from machine to machine and from run to run.

    The closing table of the whole plan goes too: it has golden files of its own (tests/reports).
    """
    kept = []
    for line in _without_table(lines):
        if not line.startswith(VARYING):
            for pattern, mask in MASKS:
                line = pattern.sub(mask, line)
            kept.append(line.rstrip())
    return "\n".join([*kept, ""])


def _without_table(lines: list[str]) -> list[str]:
    start = next(n for n, line in enumerate(lines) if re.fullmatch("=+ tracks =+", line))
    end = next(n for n, line in enumerate(lines) if re.match(r"\d+ tasks: ", line))
    return lines[:start] + lines[end:]


def compare(name: str, lines: list[str]) -> None:
    """Compare with a golden file, or write it where the environment says so."""
    file, found = GOLDEN / f"{name}.txt", masked(lines)
    if os.environ.get("TRACKS_WRITE_GOLDEN"):
        file.write_text(found, encoding="utf-8")
    assert found.splitlines() == file.read_text(encoding="utf-8").splitlines()


def in_order(lines: list[str], *expected: str) -> None:
    """Check that these lines (as patterns of whole lines) come in this order."""
    rest = iter(lines)
    for pattern in expected:
        assert any(re.fullmatch(pattern, line) for line in rest), f"not found in order: {pattern}"


def test_one_track_is_told_in_the_words_of_the_source(shop: Shop) -> None:
    first = shop.run("--track=02")
    in_order(
        first,
        r"Loading state file: docs/planning/\.project-state\.yaml",
        r"Track 2 \(Frontend\) - 6 tasks to execute",
        r"Task 1/6: TASK-002 - React project setup",
        r"  TASK-002 complete \(1 iteration, .+\)",
        r"  State updated: TASK-002 marked as completed",
        r"TRACK 2 COMPLETE.*",
        r"Total tasks: 6/6",
        r"Next: Wait for other tracks to complete before final project review",
        r"exit 0: all 6 tasks PASS",
    )
    compare("track-02", first)
    before = shop.state_file.read_bytes()
    again = shop.run("--track=Frontend")
    in_order(
        again,
        r"Loading state file: docs/planning/\.project-state\.yaml",
        r"Checking track 2 status\.\.\.",
        r"Found completed task: TASK-002 \(skipping\)",
        r"exit 0: all 6 tasks PASS \(6 before, skipped\)",
    )
    compare("track-02-resumed", again)
    assert shop.state_file.read_bytes() == before


def test_a_track_waits_for_nobody_and_says_what_blocks_it(shop: Shop) -> None:
    """Predecessors on the track itself gate it; what is on other tracks is not run."""
    shop.break_the_reset()
    lines = shop.run("--track=1", status=1)
    assert "1 failed, 3 BLOCKED by TASK-004" in lines[-1]
    state = shop.state()["tasks"]
    assert {name for name, task in state.items() if task["validation_result"]} == set(TRACK_1)


def test_sprints_are_told_counted_and_resumed(shop: Shop) -> None:
    shop.write_sprint("SPRINT-001-02", "Foundation", "TASK-002", "TASK-005", "TASK-009")
    shop.write_sprint("SPRINT-002-02", "Advanced Features", "TASK-013", "TASK-017", "TASK-010")
    first = ("TASK-002", "TASK-005", "TASK-009", "REVIEW-SPRINT-001-02", "TASK-013")
    lines = shop.run(*(f"--task={name}" for name in first), status=1)
    assert lines[-1].startswith("exit 1: 0 failed, 1 PENDING (sign off: ")
    shop.sign("SPRINT-001-02", "SPRINT-002-02")
    shop.run("--task=REVIEW-SPRINT-001-02")
    sprints = shop.state()["sprints"]
    assert {name: one["status"] for name, one in sprints.items()} == {
        "SPRINT-001-02": "completed",
        "SPRINT-002-02": "in_progress",
    }
    lines = shop.run("--track=02")
    in_order(
        lines,
        r"Loading state file: docs/planning/\.project-state\.yaml",
        r"Checking track 2 status\.\.\.",
        r"Found completed sprint: SPRINT-001-02 \(skipping\)",
        r"Found in-progress sprint: SPRINT-002-02 \(resuming\)",
        r"  Found completed task: TASK-013 \(skipping\)",
        r"  Resuming from task: TASK-017",
        r"SPRINT-002-02: Advanced Features \(RESUMING\)",
        r"Task 2/3: TASK-017 - Checkout flow UI",
        r"SPRINT-002-02 COMPLETE.*",
        r"Tasks: 3/3 completed",
    )
    compare("sprints-resumed", lines)
    statistics = shop.state()["statistics"]
    assert (statistics["total_sprints"], statistics["completed_sprints"]) == (2, 2)


def test_two_sprints_from_nothing(shop: Shop) -> None:
    shop.write_sprint("SPRINT-001-02", "Foundation", "TASK-002", "TASK-005", "TASK-009")
    shop.write_sprint("SPRINT-002-02", "Advanced Features", "TASK-013", "TASK-017", "TASK-010")
    shop.sign("SPRINT-001-02", "SPRINT-002-02")
    lines = shop.run("--track=2")
    in_order(
        lines,
        r"Track 2 \(Frontend\) - 2 sprints to execute",
        r"=+",
        r"SPRINT-001-02: Foundation",
        r"=+",
        r"Task 1/3: TASK-002 - React project setup",
        r"SPRINT-001-02 COMPLETE.*",
        r"State updated: SPRINT-001-02 marked as completed",
        r"SPRINT-002-02: Advanced Features",
        r"TRACK 2 COMPLETE.*",
        r"Total sprints: 2/2",
    )
    compare("sprints", lines)
