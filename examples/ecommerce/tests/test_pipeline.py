"""TASK-007 CI/CD pipeline."""

from __future__ import annotations

import importlib.util
import re
from typing import Any

import pytest
import yaml
from conftest import ROOT

WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/shop.yml").read_text("utf-8"))
JOBS: dict[str, Any] = WORKFLOW["jobs"]
STEPS = [step for job in JOBS.values() for step in job["steps"]]


@pytest.mark.criterion("TASK-007/AC-001")
def test_nothing_is_built_untested_or_deployed_unbuilt() -> None:
    assert {name: job.get("needs", []) for name, job in JOBS.items()} == {
        "test": [],
        "build": ["test"],
        "deploy": ["build"],
    }


@pytest.mark.criterion("TASK-007/AC-001")
def test_only_main_is_deployed() -> None:
    assert "refs/heads/main" in JOBS["deploy"]["if"]
    assert JOBS["deploy"]["environment"] == "production"


@pytest.mark.criterion("TASK-007/AC-002")
def test_jobs_may_only_read_and_must_end() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 10 for job in JOBS.values())


@pytest.mark.criterion("TASK-007/AC-002")
def test_actions_have_a_version() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used
    assert [name for name in used if not re.fullmatch(r"[\w-]+/[\w-]+@v\d+", name)] == []


@pytest.mark.criterion("TASK-007/AC-002")
def test_scripts_that_are_run_exist() -> None:
    commands = "\n".join(step["run"] for step in STEPS if "run" in step)
    modules = re.findall(r"-m (deploy\.\w+)", commands)
    assert {"deploy.smoke", "deploy.manifests"} <= set(modules)
    assert [name for name in modules if importlib.util.find_spec(name) is None] == []
    for place in re.findall(r"deploy/[\w./-]+", commands):
        assert (ROOT / place).exists(), place
