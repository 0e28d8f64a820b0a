"""A small project with a plan, run as a person runs it: one real pytest process a call.

Every neighbour that is installed here stays out of a run unless the test names it, so that each
file of ``test_beside_*`` says what it is about.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

PLAN_FILE = "docs/planning/tracks.yaml"
STATE_FILE = "docs/planning/.project-state.yaml"

NEIGHBOURS = (
    "allure_pytest",
    "hypothesispytest",
    "html",
    "metadata",
    "pytest_cov",
    "randomly",
    "rerunfailures",
    "sugar",
    "timeout",
)

PLAN = """\
project: beside
tasks:
- id: TASK-001
  title: first
  acceptance_criteria: [{text: one, test: tests/test_first.py}]
- id: TASK-002
  title: second
  depends_on: [TASK-001]
  acceptance_criteria: [{text: two, test: tests/test_second.py}]
- id: TASK-003
  title: third
  acceptance_criteria: [{text: three, test: tests/test_third.py}]
"""
"""A gate (TASK-002 behind TASK-001) and a task beside it."""

PASSING = "def test_it():\n    pass\n"
FAILING = "def test_it():\n    assert 1 == 2\n"

WORKERS = ("--tracks=2",)
IN_PROCESS = ("--tracks=2", "-n0")
BOTH_WAYS = pytest.mark.parametrize("way", [WORKERS, IN_PROCESS], ids=["workers", "in-process"])


class Project:
    """A project folder with a plan and tests; ``run`` starts pytest in it."""

    def __init__(self, pytester: pytest.Pytester, *, plan: str = PLAN, ini: str = "") -> None:
        self.pytester = pytester
        self.root = pytester.path
        # what pytester leaves in the project: no verdict depends on it
        left = "".join(f"\n    {name}" for name in ("runpytest-*", "stdout", "stderr"))
        options = f"testpaths = tests\ntracks_digest_ignore ={left}\n{ini}"
        self.write("pytest.ini", f"[pytest]\n{options}\n")
        self.write(PLAN_FILE, plan)

    def write(self, path: str, text: str) -> Path:
        """Write a file, with its folders."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def tests(self, first: str = PASSING, second: str = PASSING, third: str = PASSING) -> Project:
        """Write the test modules that ``PLAN`` names."""
        for name, text in {"first": first, "second": second, "third": third}.items():
            self.write(f"tests/test_{name}.py", text)
        return self

    def run(self, *args: str, beside: tuple[str, ...] = ()) -> pytest.RunResult:
        """Run pytest with the neighbours ``beside`` it, and no others."""
        absent = [f"-pno:{name}" for name in NEIGHBOURS if name not in beside]
        return self.pytester.runpytest_subprocess(*absent, *args, timeout=60)

    def has_state(self) -> bool:
        """Whether anything of ours was written."""
        return (self.root / STATE_FILE).exists() or (self.root / "docs/planning/.tracks").exists()

    def recorded(self) -> dict[str, dict[str, Any]]:
        """Read what the state file says of each task."""
        state = yaml.safe_load((self.root / STATE_FILE).read_text(encoding="utf-8"))
        return dict(state["tasks"])

    def verdicts(self) -> dict[str, str]:
        """Read the recorded verdict of each task, by the last digit of its id."""
        return {task[-1]: known["validation_result"] for task, known in self.recorded().items()}

    def gap(self, task: str) -> str:
        """Read why the first criterion of a task is not met."""
        return str(self.recorded()[task]["criteria"]["AC-001"]["gap"])


def last_line(result: pytest.RunResult) -> str:
    """Return the closing sentence."""
    return [line for line in result.outlines if line.strip()][-1]


def assert_clean(result: pytest.RunResult) -> None:
    """No plugin broke, and no warning was raised."""
    everything = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in everything
    assert "Traceback (most recent call last)" not in everything
    assert not re.search(r"\d+ warnings?\b", everything)
