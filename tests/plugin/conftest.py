"""A small project in a folder of its own, and real runs of pytest in it.

Runs are subprocesses. What a command or test wants to tell its outer test goes into a log that
lies outside the project: a file inside would be part of the digest of tasks that own no files.
"""

from __future__ import annotations

import json
import os
import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
import yaml

INI = """
[pytest]
addopts = -p no:randomly -p no:sugar -p no:pytest_cov -p no:html -p no:metadata
    -p no:hypothesispytest -p no:allure_pytest -p no:rerunfailures -p no:timeout
markers = slow
"""
"""Neighbours stay out: they have tests of their own, and cost a third of a small run."""

WAYS = {"workers": ("--tracks=2",), "in-process": ("--tracks=2", "-n", "0")}
"""The two ways to run a whole plan."""


class Project:
    """Writes a plan and its tests, runs pytest on them, and reads what was recorded."""

    def __init__(self, pytester: pytest.Pytester, root: Path) -> None:
        self._pytester = pytester
        self.root = root
        self.junit = root.parent / "junit.xml"
        self.log = root.parent / "log.txt"
        self.state_file = root / "docs/planning/.project-state.yaml"
        self.journal_file = root / "docs/planning/.tracks/journal.jsonl"
        self.log.touch()
        self.ini()

    def ini(self, *lines: str, addopts: str = "") -> None:
        """Write pytest.ini with these lines more."""
        text = INI.replace("\nmarkers", f" {addopts}\nmarkers").lstrip()
        (self.root / "pytest.ini").write_text(text + "".join(f"{line}\n" for line in lines))

    def write(self, path: str, text: str) -> Path:
        """Write a file of the project."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return file

    def plan(self, **document: Any) -> None:
        """Write tracks.yaml."""
        self.write("docs/planning/tracks.yaml", yaml.safe_dump(document, sort_keys=False))

    def task(self, name: str, *criteria: object, after: tuple[str, ...] = (), **more: Any) -> Path:
        """Write a task; ``after`` are its predecessors, a text alone is a prose criterion."""
        document = {
            "id": name,
            "title": f"Title of {name}",
            "depends_on": list(after),
            **more,
            "acceptance_criteria": list(criteria),
        }
        return self.write(
            f"docs/planning/tasks/{name}.yaml", yaml.safe_dump(document, sort_keys=False)
        )

    def run(self, *arguments: str) -> Ran:
        """Run pytest."""
        result = self._pytester.runpytest_subprocess(*arguments, timeout=60)
        return Ran(result)

    def run_with_junit(self, *arguments: str) -> tuple[Ran, Junit]:
        """Run pytest and parse its junit file."""
        ran = self.run(*arguments, f"--junitxml={self.junit}")
        return ran, Junit(ElementTree.parse(self.junit).getroot())

    def command(self, *arguments: str) -> pytest.RunResult:
        """Run ``pytest-tracks``."""
        return self._pytester.run(sys.executable, "-m", "pytest_tracks", *arguments, timeout=60)

    def status(self) -> dict[str, Any]:
        """Return what ``pytest-tracks status --json`` says."""
        result = self.command("status", "--json")
        assert result.ret == 0, result.stderr.str()
        document: dict[str, Any] = json.loads(result.stdout.str())
        return document

    def state(self) -> dict[str, Any]:
        """Return the state file's content."""
        document: dict[str, Any] = yaml.safe_load(self.state_file.read_text(encoding="utf-8"))
        return document

    def recorded(self, name: str) -> dict[str, Any]:
        """Return what the state file says of a task."""
        task: dict[str, Any] = self.state()["tasks"][name]
        return task

    def verdicts(self) -> dict[str, str | None]:
        """Return the recorded verdict of each task."""
        tasks = self.state()["tasks"]
        return {name: task.get("validation_result") for name, task in tasks.items()}

    def logged(self) -> list[str]:
        """Return the lines that commands and tests have logged, and empty the log."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        self.log.write_text("")
        return lines


class Ran:
    """A finished run."""

    def __init__(self, result: pytest.RunResult) -> None:
        self.status = int(result.ret)
        self.out = result.stdout.str()
        self.lines = [line for line in result.outlines if line.strip()]
        self.errors = result.stderr.str()

    @property
    def sentence(self) -> str:
        """The sentence that explains the exit status; it may go on over several last lines."""
        start = max(n for n, line in enumerate(self.lines) if re.match(r"exit \d+: ", line))
        return " ".join(line.strip() for line in self.lines[start:])

    @property
    def counts(self) -> dict[str, int]:
        """Pytest's own counts, by word."""
        ends = [line for line in self.lines if re.search(r" in \d+\.\d+s", line)]
        return {
            word: int(n) for n, word in re.findall(r"(\d+) ([a-z][a-z ]*?)(?=,| in )", ends[-1])
        }


class Junit:
    """A junit file; its ``gate`` is no test case of the plan."""

    def __init__(self, root: ElementTree.Element) -> None:
        suite = next(root.iter("testsuite"))
        self.counts = {
            key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")
        }
        *self.cases, self.gate = root.iter("testcase")
        assert (self.gate.get("classname"), self.gate.get("name")) == ("tracks", "gate")
        self.counts["tests"] -= 1
        self.counts["failures"] -= self.gate.find("failure") is not None

    def texts(self, kind: str) -> list[str]:
        """Return message and text of every ``failure``, ``error`` or ``skipped``."""
        return [
            f"{found.get('message')}\n{found.text}"
            for case in self.cases
            for found in case.iter(kind)
        ]


def logs(text: str, *, then: str = "true") -> dict[str, str]:
    """Make a criterion that logs a line, and goes on with ``then``."""
    return {"text": f"logs {text}", "run": f'echo {text} >> "$LOG"; {then}'}


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return an empty project in a folder of its own; the working directory is its root."""
    for name in [name for name in os.environ if name.startswith(("TRACKS_", "PYTEST_XDIST"))]:
        monkeypatch.delenv(name)
    root = pytester.mkdir("project")
    monkeypatch.chdir(root)
    project = Project(pytester, root)
    monkeypatch.setenv("LOG", str(project.log))
    return project


@pytest.fixture(params=list(WAYS.values()), ids=list(WAYS))
def way(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Give the options of each way to run a whole plan."""
    arguments: tuple[str, ...] = request.param
    return arguments
