"""``--tracks-report`` and ``pytest-tracks report`` in real runs."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import pytest_tracks.reports
from tests.plugin.conftest import WAYS, Project

SCHEMA = json.loads(
    (Path(pytest_tracks.reports.__file__).parent / "validation_result.schema.json").read_text()
)
LOUD = "import sys; print('first line'); print('x' * 300_000); print('last line'); sys.exit(3)"


def tasks_of(page: Path) -> list[dict[str, Any]]:
    """Return what the script of a page is told of each task."""
    text = page.read_text(encoding="utf-8")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    tasks: list[dict[str, Any]] = json.loads(data[1])["tasks"]
    return tasks


def outputs(task: dict[str, Any]) -> str:
    """Join what the page shows of a task's outputs."""
    lists = [criterion[6] for criterion in task["criteria"] if len(criterion) > 6]
    return "\n".join(text for each in lists for _, text in each)


@pytest.fixture
def two(project: Project) -> Project:
    """A task that fails by a command, and one that waits for it."""
    project.task("TASK-001", {"text": "Runs", "run": [sys.executable, "-c", LOUD]})
    project.task("TASK-002", {"text": "Later", "run": "exit 0"}, after=("TASK-001",))
    return project


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_run_leaves_a_report(two: Project, way: tuple[str, ...]) -> None:
    ran = two.run(*way, "--tracks-report=out")
    assert ran.status == 1
    assert "report: out/index.html" in ran.lines
    first, second = tasks_of(two.root / "out/index.html")
    assert "last line" in outputs(first)
    assert len(outputs(first)) < 10_000, "the page has head and tail only"
    assert first["attempts"][0][1] == "FAIL"
    assert second["blockedBy"] == [0]
    names = sorted(path.relative_to(two.root / "out").as_posix() for path in _files(two, "out"))
    assert names == [
        ".gitignore",
        "completion.md",
        "index.html",
        "report.json",
        "tasks/TASK-001.json",
        "tasks/TASK-001.md",
        "tasks/TASK-001.txt",
        "tasks/TASK-002.json",
        "tasks/TASK-002.md",
        "tracks/TRACK-01.md",
        *(["tracks/TRACK-02.md"] if "tracks/TRACK-02.md" in names else []),
    ]
    assert "PROJECT NOT COMPLETE" in (two.root / "out/completion.md").read_text()


def _files(project: Project, folder: str) -> list[Path]:
    return [path for path in (project.root / folder).rglob("*") if path.is_file()]


def test_reports_per_task_keep_to_the_schema(two: Project) -> None:
    two.run("--tracks=2", "-n0", "--tracks-report=out")
    schema = {**SCHEMA, "$ref": "#/$defs/validation_result"}
    for key in ("type", "required", "properties", "additionalProperties"):
        schema.pop(key)
    for name, status in (("TASK-001", "FAIL"), ("TASK-002", "BLOCKED")):
        document = json.loads((two.root / f"out/tasks/{name}.json").read_text())
        jsonschema.validate(document, schema)
        assert (document["task_id"], document["status"]) == (name, status)
    text = (two.root / "out/tasks/TASK-001.md").read_text()
    assert "❌ **FAIL**, 0 of 1 criteria met, 1 failed" in text
    assert "pytest --task=TASK-001" in text


def test_a_report_made_later_has_the_outputs_of_verdicts_that_stand(two: Project) -> None:
    two.run("--tracks=2", "-n0", "--tracks-report=out")
    made = two.command("report", "out")
    assert made.ret == 0, made.stderr.str()
    made.stdout.fnmatch_lines(["out/index.html"])
    assert "last line" in outputs(tasks_of(two.root / "out/index.html")[0])
    two.task("TASK-001", {"text": "Runs", "run": "exit 0"})
    assert two.run("--tracks=2", "-n0").status == 0
    two.command("report", "out")
    first, _ = tasks_of(two.root / "out/index.html")
    assert "last line" not in outputs(first), "they are of another attempt"
    assert [attempt[1] for attempt in first["attempts"]] == ["FAIL", "PASS"]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_run_knows_of_attempts_what_the_journal_knows(two: Project, way: tuple[str, ...]) -> None:
    two.run("--tracks=2", "-n0")
    two.task("TASK-001", {"text": "Runs", "run": "exit 0"})
    two.run(*way, "--tracks-report=out")
    assert two.command("report", "later").ret == 0
    shown, told = (tasks_of(two.root / name / "index.html") for name in ("out", "later"))
    assert [task["attempts"] for task in shown] == [task["attempts"] for task in told]
    assert [[one[1] for one in task["attempts"]] for task in shown] == [["FAIL", "PASS"], ["PASS"]]


def test_the_state_alone_is_enough(two: Project) -> None:
    two.run("--tracks=2", "-n0")
    made = two.command("report")
    assert made.ret == 0, made.stderr.str()
    first, second = tasks_of(two.root / "tracks-report/index.html")
    assert first["criteria"][0][2:4] == ["FAIL", "exit status 3"]
    assert second["blockedBy"] == [0]


def test_no_verdict_depends_on_a_report(two: Project) -> None:
    two.task("TASK-001", {"text": "Runs", "run": "exit 0"})
    assert two.run("--tracks=2", "-n0", "--tracks-report=out").status == 0
    again = two.run("--tracks=2", "-n0", "--tracks-report=out")
    assert again.status == 0
    assert "(2 before, skipped)" in again.out
    page = tasks_of(two.root / "out/index.html")
    assert [len(task["attempts"]) for task in page] == [1, 1]


def test_the_ini_file_can_ask_for_it(two: Project) -> None:
    two.ini("tracks_report = reports/plan")
    two.run("--tracks=2", "-n0")
    assert (two.root / "reports/plan/index.html").is_file()


@pytest.mark.fault(45)
def test_fault_45_secrets_are_masked(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "hunter2-hunter2")
    project.task("TASK-001", {"text": "Runs", "run": "echo $DEPLOY_TOKEN; false"}, "Bound")
    project.write(
        "tests/test_it.py",
        """
        import os, pytest
        @pytest.mark.criterion("TASK-001/AC-002")
        def test_it():
            print(os.environ["DEPLOY_TOKEN"])
            assert os.environ["DEPLOY_TOKEN"] == "x"
        """,
    )
    project.run("--tracks=2", "-n0", "--tracks-report=out")
    texts = [path.read_text(encoding="utf-8") for path in _files(project, "out")]
    assert any("***" in text for text in texts)
    assert not any("hunter2" in text for text in texts)


@pytest.mark.fault(44)
def test_fault_44_controls_are_stripped(project: Project) -> None:
    noise = (
        r"import sys; sys.stdout.buffer.write(b'\x1b[31mred\x1b]0;t\x07\x00\xff\x9b'); sys.exit(1)"
    )
    project.task("TASK-001", {"text": "Runs", "run": [sys.executable, "-c", noise]})
    project.run("--tracks=2", "-n0", "--tracks-report=out")
    assert "red" in outputs(tasks_of(project.root / "out/index.html")[0])
    for path in _files(project, "out"):
        text = path.read_text(encoding="utf-8")
        assert not set(map(chr, (0, 7, 0x1B, 0x9B))) & set(text), path


def test_a_report_of_a_task_that_is_no_more_is_removed(two: Project) -> None:
    two.run("--tracks=2", "-n0", "--tracks-report=out")
    (two.root / "docs/planning/tasks/TASK-002.yaml").unlink()
    two.run("--tracks=2", "-n0", "--tracks-report=out")
    assert not (two.root / "out/tasks/TASK-002.md").exists()
    assert (two.root / "out/tasks/TASK-001.md").exists()


def test_a_folder_of_something_else_is_refused_before_anything_runs(two: Project) -> None:
    two.write("tests/test_it.py", "def test_it():\n    pass\n")
    ran = two.run("--tracks=2", "-n0", "--tracks-report=tests")
    assert ran.status == pytest.ExitCode.USAGE_ERROR
    assert "holds files that are no report (name another folder)" in ran.errors
    assert not two.state_file.exists()
    assert [path.name for path in _files(two, "tests")] == ["test_it.py"]


def test_a_damaged_report_is_refused_in_words(two: Project) -> None:
    two.write("out/report.json", "{")
    made = two.command("report", "out")
    assert made.ret == pytest.ExitCode.USAGE_ERROR
    made.stderr.fnmatch_lines(["ERROR: *report.json is not readable (remove it*"])


def test_without_jinja_a_run_says_what_to_install(two: Project) -> None:
    two.write("jinja2.py", "raise ImportError('not installed')\n")
    ran = two.run("--tracks=2", "-n0", "--tracks-report=out", "-p", "no:html")
    assert ran.status == pytest.ExitCode.USAGE_ERROR
    assert "pip install 'pytest-tracks[report]'" in ran.errors
    assert not two.state_file.exists()


def test_a_report_that_cannot_be_written_fails_the_run(two: Project) -> None:
    two.task("TASK-001", {"text": "Runs", "run": "mkdir -p out/index.html/x"}, files=["src/**"])
    two.task("TASK-002", {"text": "Later", "run": "exit 0"}, files=["lib/**"])
    ran = two.run("--tracks=2", "-n0", "--tracks-report=out")
    assert ran.status == 1
    assert any(line.startswith("ERROR: --tracks-report=out: ") for line in ran.lines)
    assert "Traceback" not in ran.out
    shutil.rmtree(two.root / "out/index.html")
    made = two.command("report", "out")
    assert made.ret == 0, "a report that was cut short can be made again: " + made.stderr.str()
