"""``pytest-tracks plan`` on real projects: what it prints, what it writes, what it leaves alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pytest_tracks.project.plan_files import is_untouched

EXAMPLE = Path(__file__).parents[2] / "examples" / "ecommerce"
GOLDEN = Path(__file__).parent / "golden"
STATE = "docs/planning/.project-state.yaml"
SPRINTS = "docs/sprints"


class Answer:
    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.status, self.out, self.errors = done.returncode, done.stdout, done.stderr
        self.lines = done.stdout.splitlines()


class Project:
    """A project in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def plan(self, *arguments: str, status: int = 0) -> Answer:
        """Run ``pytest-tracks plan`` and compare its exit status."""
        answer = self.run("pytest_tracks", "plan", *arguments)
        assert answer.status == status, answer.errors
        return answer

    def run(self, module: str, *arguments: str) -> Answer:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")
        }
        environment.update(COLUMNS="80", PYTHONIOENCODING="utf-8")
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(
            command,
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=60,
        )
        return Answer(done)

    def contents(self) -> dict[str, tuple[bytes, int]]:
        """Return content and time of every file that a planning may write."""
        paths = [*self.root.glob(f"{SPRINTS}/*"), *self.root.glob(STATE)]
        paths += self.root.glob("docs/planning/.tracks/*.jsonl")
        return {
            path.relative_to(self.root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in paths
        }

    def sprint(self, name: str) -> Path:
        return self.root / SPRINTS / f"{name}.yaml"

    def tasks_of(self, name: str) -> list[str]:
        tasks: list[str] = yaml.safe_load(self.sprint(name).read_text(encoding="utf-8"))["tasks"]
        return tasks

    def edit(self, name: str, old: str, new: str) -> None:
        text = self.sprint(name).read_text(encoding="utf-8")
        assert old in text
        self.sprint(name).write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """Return a copy of the example's plan, without its program and tests."""
    shutil.copytree(EXAMPLE / "docs" / "planning", tmp_path / "docs" / "planning")
    for leftover in (tmp_path / STATE, tmp_path / "docs/planning/.tracks"):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        leftover.unlink(missing_ok=True)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return Project(tmp_path)


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """Return a plan of four tasks with commands, on no declared tracks."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:randomly\n")
    tasks = [
        {
            "id": f"T-{number}",
            "title": f"Task {number}",
            "estimated_hours": 2,
            "component": "api" if number % 2 else "ui",
            "files": [f"src/{number}.py"],
            "depends_on": [f"T-{number - 2}"] if number > 2 else [],
            "acceptance_criteria": [{"text": "runs", "run": "true"}],
        }
        for number in (1, 2, 3, 4)
    ]
    folder = tmp_path / "docs" / "planning"
    folder.mkdir(parents=True)
    (folder / "tracks.yaml").write_text(yaml.safe_dump({"project": "Small", "tasks": tasks}))
    return Project(tmp_path)


def compare(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("TRACKS_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        pytest.skip(f"wrote {path.name}")
    assert text == path.read_text(encoding="utf-8")


def test_the_example_reads_like_the_source(shop: Project) -> None:
    answer = shop.plan("3", "--gantt")
    assert max(map(len, answer.lines)) <= 80
    compare("plan-ecommerce-80", answer.out)
    assert not (shop.root / SPRINTS).exists()
    assert not (shop.root / STATE).exists()


def test_a_request_above_the_useful_maximum(shop: Project) -> None:
    answer = shop.plan("5")
    assert "- Requested 5 tracks, but max possible is 3. Using 3 tracks." in answer.lines


def test_json_is_one_object_beside_what_is_said(shop: Project) -> None:
    answer = shop.plan("3", "--json", "--prove", "--write")
    document = json.loads(answer.out)
    assert (document["makespan"], document["lower_bound"], document["max_tracks"]) == (44, 44, 3)
    assert "Optimality: proven" in answer.errors


def test_write_makes_sprints_that_load_and_a_state(shop: Project) -> None:
    answer = shop.plan("3", "--write")
    assert f"State tracking initialized at: {STATE}" in answer.lines
    names = {path.name for path in (shop.root / SPRINTS).iterdir()}
    assert names == {
        "SPRINT_OVERVIEW.md",
        *(f"SPRINT-00{number}-0{track}.yaml" for number in (1, 2) for track in (1, 2, 3)),
    }
    state = yaml.safe_load((shop.root / STATE).read_text(encoding="utf-8"))
    tracks = state["parallel_tracks"]
    assert (tracks["mode"], tracks["total_tracks"], tracks["max_possible_tracks"]) == (
        "planned",
        3,
        3,
    )
    assert [track["estimated_hours"] for track in tracks["track_info"].values()] == [42, 44, 42]
    assert (state["statistics"]["total_sprints"], state["current_execution"]) == (6, None)
    laid = {name: task["track"] for name, task in state["tasks"].items()}
    assert {laid[name] for name in laid if name.startswith("TASK-")} == {1, 2, 3}
    assert laid["SYNC-01"] is laid["REVIEW-FINAL"] is None


def test_where_nothing_differs_nothing_is_written(shop: Project) -> None:
    shop.plan("3", "--write")
    before = shop.contents()
    answer = shop.plan("3", "--write")
    assert "Nothing to write: all is as planned." in answer.lines
    assert shop.contents() == before


def test_a_run_after_it_keeps_the_tracks_and_shows_the_sprints(small: Project) -> None:
    small.plan("2", "--write")
    ran = small.run("pytest", "--tracks=2", "-n", "0")
    assert ran.status == 0, ran.out
    assert "SPRINT-001-01" in ran.out
    assert "2 sprints" in ran.out
    before = small.contents()
    answer = small.plan("2", "--write")
    assert "Nothing to write: all is as planned." in answer.lines
    assert "- Completed, kept on their tracks: T-1, T-2, T-3, T-4" in answer.lines
    assert small.contents() == before
    only = small.run("pytest", "--track=02", "--tracks-rerun")
    assert only.status == 0, only.out


def test_a_replan_after_progress_keeps_what_has_passed(small: Project) -> None:
    small.plan("1", "--write")
    assert small.run("pytest", "--task=T-1").status == 0
    answer = small.plan("2", "--write")
    assert "- Completed, kept on their tracks: T-1" in answer.lines
    assert "T-1" in small.tasks_of("SPRINT-001-01")
    moved = [line for line in answer.lines if line.startswith("- Moved: ")]
    assert len(moved) == 2
    assert all(line.endswith("from track 1 to track 2") for line in moved)
    assert f"State tracking updated at: {STATE}" in answer.lines


def test_fewer_tracks_remove_the_sprints_of_the_others(small: Project) -> None:
    small.plan("2", "--write")
    answer = small.plan("1", "--write")
    assert f"Removed {SPRINTS}/SPRINT-001-02.yaml" in answer.lines
    assert not small.sprint("SPRINT-001-02").exists()
    assert "- Using: 1 track" in small.plan().lines


class TestAPersonsEdits:
    def test_a_title_is_kept(self, shop: Project) -> None:
        shop.plan("3", "--write")
        shop.edit("SPRINT-001-01", '"Backend API, part 1 of 2"', "Foundation")
        edited = shop.sprint("SPRINT-001-01").read_bytes()
        answer = shop.plan("3", "--write")
        assert shop.sprint("SPRINT-001-01").read_bytes() == edited
        assert any("SPRINT-001-01: Foundation" in line for line in answer.lines)
        assert any(line.startswith(f"Kept {SPRINTS}/SPRINT-001-01.yaml") for line in answer.lines)

    def test_a_task_that_was_moved_stays_where_it_was_put(self, shop: Project) -> None:
        shop.plan("3", "--write")
        shop.edit("SPRINT-002-03", "  - TASK-018\n", "")
        shop.edit("SPRINT-002-01", "  - TASK-016\n", "  - TASK-016\n  - TASK-018\n")
        answer = shop.plan("3", "--write")
        assert "- Moved: TASK-018 from track 3 to track 1" in answer.lines
        assert shop.tasks_of("SPRINT-002-01")[-1] == "TASK-018"
        before = shop.contents()
        shop.plan("3", "--write")
        assert shop.contents() == before

    def test_what_cannot_be_kept_stops_the_write_until_it_is_forced(self, small: Project) -> None:
        small.plan("2", "--write")
        small.edit("SPRINT-001-02", "track: 2\n", "track: 2  # mine\n")
        before = small.contents()
        answer = small.plan("1", "--write", status=4)
        assert answer.errors == (
            f"ERROR: {SPRINTS}/SPRINT-001-02.yaml was changed by hand and does not fit this plan"
            " of 1 tracks: change or remove it, or write over it with --force\n"
        )
        assert small.contents() == before
        small.plan("1", "--write", "--force")
        assert not small.sprint("SPRINT-001-02").exists()

    def test_force_writes_over_an_edit(self, small: Project) -> None:
        small.plan("2", "--write")
        overview = small.root / SPRINTS / "SPRINT_OVERVIEW.md"
        overview.write_text("mine")
        small.plan("2", "--write")
        assert overview.read_text() == "mine"
        small.plan("2", "--write", "--force")
        assert is_untouched(overview.read_bytes())


def test_sprints_of_tracks_that_are_not_declared_are_taken_back(small: Project) -> None:
    path = small.root / "docs/planning/tracks.yaml"
    path.write_text(path.read_text() + "tracks: {1: Only}\n")
    answer = small.plan("2", "--write", status=4)
    assert "SPRINT-001-02 is of track 2, which does not exist" in answer.errors
    assert small.contents() == {}
    small.plan("1", "--write")


def test_titles_and_ids_that_yaml_would_misread_come_back(small: Project) -> None:
    path = small.root / "docs/planning/tracks.yaml"
    text = path.read_text().replace("T-1", "'no'").replace("component: api", "component: 'a: #b'")
    path.write_text(text)
    small.plan("1", "--write")
    assert "no" in small.tasks_of("SPRINT-001-01")
    before = small.contents()
    small.plan("1", "--write")
    assert small.contents() == before


def test_history_in_place_of_estimates(small: Project) -> None:
    small.plan("1", "--write")
    assert small.run("pytest", "--tracks=1", "-n", "0").status == 0
    document = json.loads(small.plan("1", "--from-history", "--json").out)
    assert document["total_hours"] < 1
    assert "4 of 4 tasks have a recorded duration" in document["warnings"][0]["message"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["0"], "is not a number of tracks"),
        (["--sprint-hours", "nan"], "is not a number of hours above 0"),
        (["--force"], "--force is for --write"),
        (["--by", "owner", "--write"], "nothing to --write"),
        (["2", "--by", "owner"], "leave out the number"),
        (["--by", "owner"], "no track has an owner"),
    ],
)
def test_contradictions_are_refused(small: Project, arguments: list[str], words: str) -> None:
    answer = small.run("pytest_tracks", "plan", *arguments)
    assert answer.status != 0
    assert words in answer.errors
    assert "Traceback" not in answer.errors


def test_a_pin_above_the_number_of_tracks_is_an_error(small: Project) -> None:
    path = small.root / "docs/planning/tracks.yaml"
    path.write_text(path.read_text().replace("title: Task 4", "title: Task 4\n  track: 3"))
    answer = small.plan("2", status=4)
    assert "T-4 is pinned to track 3" in answer.errors
