"""The sources' own documents as plans: they load, plan and run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.core.model import Plan, TaskKind
from pytest_tracks.formats.loading import load_plan
from pytest_tracks.state.store import Store

SOURCES = Path(__file__).parents[1] / "corpus" / "sources"
PHASES, TRACKS, STAGES = (
    "parallel-phase-plan.md",
    "parallel-execution-tracks.md",
    "parallel-stages-guide.md",
)
PLACE = "docs/plan.md"
HOME = f"{PLACE}.tracks"


@dataclass(frozen=True)
class Run:
    status: int
    out: str


@dataclass(frozen=True)
class Project:
    """A project whose plan is a document."""

    root: Path

    @classmethod
    def make(cls, root: Path, source: str, ini: str = "") -> Project:
        (root / "docs").mkdir()
        (root / PLACE).write_bytes((SOURCES / source).read_bytes())
        (root / "pytest.ini").write_text(f"[pytest]\n{ini}")
        (root / "there.txt").write_text("yes")
        return cls(root)

    def plan(self) -> Plan:
        return load_plan(self.root, PLACE, sprints="none", kinds=builtin_kinds())

    def bind_everything(self) -> None:
        """Bind each criterion, by id, to a check that passes here."""
        checks = {
            f"{task.id}/{criterion.id}": {"file": "there.txt"}
            for task in self.plan().tasks.values()
            for criterion in task.criteria
        }
        self.write_side({"criteria": checks})

    def write_side(self, content: Mapping[str, object]) -> None:
        path = self.root / HOME / "tracks.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(dict(content), allow_unicode=True))

    def pytest(self, *arguments: str) -> Run:
        # No other plugins: they take longer to load than the plan to run.
        plugins = ["-p", "xdist.plugin", "-p", "pytest_tracks.plugin", "-p", "no:cacheprovider"]
        return self._run("pytest", *plugins, f"--tracks-plan={PLACE}", *arguments, alone="1")

    def tracks(self, *arguments: str) -> Run:
        return self._run("pytest_tracks", *arguments)

    def verdicts(self) -> dict[str, str | None]:
        plan = self.plan()
        state = self.root / HOME / ".project-state.yaml"
        record = Store.open(self.root, plan, state).record()
        found = {name: record.task(name).verdict for name in plan.tasks}
        return {name: verdict and verdict.value for name, verdict in found.items()}

    def _run(self, module: str, *arguments: str, alone: str = "") -> Run:
        outer = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root,
            env={
                **outer,
                "COLUMNS": "80",
                "PYTHONIOENCODING": "utf-8",
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": alone,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        return Run(done.returncode, done.stdout)


@pytest.mark.parametrize(("source", "tasks"), [(PHASES, 5), (TRACKS, 30), (STAGES, 4)])
def test_with_a_check_for_every_criterion_everything_passes(
    tmp_path: Path, source: str, tasks: int
) -> None:
    project = Project.make(tmp_path, source)
    project.bind_everything()
    run = project.pytest("--tracks=2")
    assert run.status == 0, run.out
    verdicts = project.verdicts()
    assert verdicts == dict.fromkeys(project.plan().tasks, "PASS")
    assert len(verdicts) == tasks
    # What belongs to a document stands beside it, and nowhere else.
    assert (project.root / HOME / ".project-state.yaml").is_file()
    assert not (project.root / "docs" / "planning").exists()


UNTOUCHED = {
    PHASES: {"PHASE-1": "UNVERIFIED"},
    TRACKS: dict.fromkeys(["A.1", "A.2", "A.3", "B.1", "B.2", "B.3", "B.4"], "UNVERIFIED"),
    STAGES: dict.fromkeys(["STAGE-9.1", "STAGE-9.2", "STAGE-9.3"], "UNVERIFIED"),
}


@pytest.mark.parametrize("source", UNTOUCHED)
def test_without_checks_the_first_are_unverified_and_the_rest_blocked(
    tmp_path: Path, source: str
) -> None:
    project = Project.make(tmp_path, source)
    run = project.pytest("--tracks=2", "-n", "0")
    assert run.status == 1
    expected = {**dict.fromkeys(project.plan().tasks, "BLOCKED"), **UNTOUCHED[source]}
    assert project.verdicts() == expected


def test_open_lets_what_is_only_unverified_through(tmp_path: Path) -> None:
    """The phases: all that stops them now is a command that fails."""
    project = Project.make(tmp_path, PHASES, "tracks_unverified = open\n")
    project.write_side({"criteria": {"PHASE-4/AC-002": {"run": "exit 3"}}})
    run = project.pytest("--tracks=2", "-n", "0")
    assert run.status == 1
    assert project.verdicts() == {
        "PHASE-1": "UNVERIFIED",
        "PHASE-2": "UNVERIFIED",
        "PHASE-3": "UNVERIFIED",
        "PHASE-4": "FAIL",
        "REVIEW-FINAL": "BLOCKED",
    }


@pytest.mark.parametrize("source", [TRACKS, STAGES])
def test_open_reaches_the_end_of_plans_in_prose(tmp_path: Path, source: str) -> None:
    project = Project.make(tmp_path, source, "tracks_unverified = open\n")
    run = project.pytest("--tracks=2", "-n", "0")
    assert run.status == 0, run.out
    assert set(project.verdicts().values()) == {"UNVERIFIED"}


def test_commands_are_announced_once_and_listed_without_running(tmp_path: Path) -> None:
    project = Project.make(tmp_path, PHASES)
    project.write_side({"criteria": {"PHASE-1/AC-001": {"run": "touch made.txt"}}})
    listed = project.pytest("--tracks-no-run", "--tracks=2")
    assert listed.status == 0
    assert "docs/plan.md:58: PHASE-1/AC-001 Verify project structure\n    touch made.txt" in (
        listed.out
    )
    assert "2 commands in docs/plan.md, docs/plan.md.tracks/tracks.yaml; nothing has run." in (
        " ".join(listed.out.split("\n"))
    )
    assert not (project.root / "made.txt").exists()
    assert not (project.root / HOME / ".project-state.yaml").exists()
    announced = "commands: {} of docs/plan.md (phase plan) ha{} never run here; --tracks-no-run"
    first = project.pytest("--tracks=1", "-n", "0")
    assert announced.format(2, "ve") in first.out
    assert (project.root / "made.txt").exists()
    again = project.pytest("--tracks=1", "-n", "0", "--tracks-rerun")
    assert announced.format(1, "s") in again.out


def test_a_criterion_of_a_document_is_named_by_its_node_id(tmp_path: Path) -> None:
    project = Project.make(tmp_path, STAGES)
    project.bind_everything()
    run = project.pytest(f"{PLACE}::STAGE-9.2::AC-001", "-v")
    assert run.status == 0, run.out
    assert f"{PLACE}::STAGE-9.2::AC-001" in run.out
    assert project.verdicts()["STAGE-9.2"] == "PASS"
    assert project.verdicts()["STAGE-9.1"] is None


def test_a_test_is_bound_to_a_criterion_of_a_document(tmp_path: Path) -> None:
    project = Project.make(tmp_path, STAGES)
    (tmp_path / "test_charts.py").write_text(
        'import pytest\n@pytest.mark.criterion("STAGE-9.2/AC-001")\ndef test_charts(): pass\n'
    )
    run = project.pytest("--task=STAGE-9.2")
    assert run.status == 0, run.out


def test_a_document_that_is_no_plan_ends_in_words(tmp_path: Path) -> None:
    project = Project.make(tmp_path, PHASES)
    (tmp_path / PLACE).write_text("# Notes\n\nNothing planned.\n")
    run = project.pytest("--tracks=2")
    assert run.status == 4
    assert "ERROR: docs/plan.md:1: no-plan is no plan in any format" in run.out
    assert "ERROR: docs/plan.md:1:1: not-this-format is no phase plan" in run.out
    assert "Traceback" not in run.out


def _waves(plan: Plan) -> list[set[str]]:
    """Waves of tasks, gates left out, in the simplest way there is."""
    tasks = {name: one for name, one in plan.tasks.items() if one.kind is TaskKind.TASK}
    done: set[str] = set()
    waves = []
    while len(done) < len(tasks):
        ready = {
            name
            for name, task in tasks.items()
            if name not in done and {one for one in task.predecessors if one in tasks} <= done
        }
        waves.append(ready)
        done |= ready
    return waves


def _ids(prefix: str, numbers: Iterable[object]) -> set[str]:
    return {f"{prefix}{number}" for number in numbers}


def test_waves_and_groups_are_those_of_the_documents(tmp_path: Path) -> None:
    for source, expected in (
        (PHASES, [_ids("PHASE-", wave) for wave in ([1], [2, 3], [4])]),
        (STAGES, [_ids("STAGE-9.", wave) for wave in ([1, 2, 3], [4])]),
    ):
        (tmp_path / source).mkdir()
        assert _waves(Project.make(tmp_path / source, source).plan()) == expected


def test_tracks_wait_for_what_their_table_of_progress_says(tmp_path: Path) -> None:
    project = Project.make(tmp_path, TRACKS, f"tracks_plan = {PLACE}\n")
    weeks = [{name[0] for name in wave} for wave in _waves(project.plan())]
    assert weeks == [{"A", "B"}, {"C", "G"}, {"D"}, {"E"}, {"F"}]
    stated = (
        (SOURCES / TRACKS).read_text().partition("## Progress Tracking")[2].partition("---\n")[0]
    )
    rows = [line for line in stated.splitlines() if line.startswith("| ")]
    table = project.tracks("status", "--table").out.splitlines()
    # Its blockers leave out what D's own list of dependencies says; the list wins.
    rows[4] = rows[4].replace("B.2, B.3", "B.2, B.3, C")
    assert [line for line in table if not line.startswith("|-")] == rows


def test_resource_allocation_is_a_plan_by_owner(tmp_path: Path) -> None:
    project = Project.make(tmp_path, TRACKS)
    run = project.tracks("plan", PLACE, "--by", "owner", "--allocation", "multiple")
    assert run.status == 0, run.out
    order: dict[str, list[str]] = {}
    person = ""
    for line in run.out.partition("Track Distribution:")[2].splitlines():
        if line.startswith("Track "):
            person = line.partition("(")[2].partition(")")[0]
        elif line.strip().startswith("* "):
            letters = order.setdefault(person, [])
            letter = line.split()[1][0]
            letters += [letter] if letter not in letters else []
    assert order == {"Dev 1": ["A", "C", "E"], "Dev 2": ["B", "D", "F"], "Dev 3": ["G"]}


def test_the_plan_compares_what_the_document_says(tmp_path: Path) -> None:
    project = Project.make(tmp_path, PHASES)
    run = project.tracks("plan", PLACE)
    assert run.status == 0, run.out
    assert (
        "  = Speedup: 33% faster (10 minutes saved)\n    30 min → 20 min, 33 % saved\n" in run.out
    )
    assert "  = Wave 2: Phases 2 and 3 (parallel)\n    wave 2 is PHASE-2, PHASE-3\n" in run.out
    assert f"pytest --tracks-plan={PLACE} --tracks=2" in run.out


def test_plan_writes_sprints_beside_the_document(tmp_path: Path) -> None:
    project = Project.make(tmp_path, PHASES)
    assert project.tracks("plan", PLACE, "2", "--write").status == 0
    assert (tmp_path / HOME / "sprints" / "SPRINT-001-01.yaml").is_file()
    assert not (tmp_path / "docs" / "sprints").exists()
    again = project.tracks("plan", PLACE, "2", "--write")
    assert "Nothing to write: all is as planned." in again.out


def test_the_checklist_of_the_guide(tmp_path: Path) -> None:
    project = Project.make(tmp_path, STAGES)
    run = project.tracks("plan", PLACE, "--checklist")
    assert run.status == 1
    assert "[x] Merge Order: STAGE-9.1 → STAGE-9.2 → STAGE-9.3 → STAGE-9.4" in run.out
    assert "[ ] Independence\n    docs/plan.md:302: STAGE-9.1 has no check of its own" in run.out
    assert "6 of 8 points met" in run.out
    stages = [f"STAGE-9.{number}" for number in (1, 2, 3, 4)]
    project.bind_everything()
    side = yaml.safe_load((tmp_path / HOME / "tracks.yaml").read_text())
    project.write_side({**side, "tasks": {name: {"value": "charts"} for name in stages}})
    assert project.tracks("plan", PLACE, "--checklist").status == 0
