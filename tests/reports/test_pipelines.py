"""The pipelines are what the services' own schemas accept, and what examples/ci shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pytest_tracks.reports.pipelines import PIPELINES

EXAMPLES = Path(__file__).parents[2] / "examples" / "ci"
SCHEMAS = {"github": "vendor.github-workflows", "gitlab": "vendor.gitlab-ci"}


@pytest.mark.parametrize("service", PIPELINES)
def test_the_example_is_what_the_command_prints(service: str) -> None:
    assert (EXAMPLES / f"{service}.yml").read_text(encoding="utf-8") == PIPELINES[service]


@pytest.mark.parametrize("service", PIPELINES)
def test_the_schema_of_the_service_accepts_it(service: str) -> None:
    checked = check(service, EXAMPLES / f"{service}.yml")
    assert checked.returncode == 0, checked.stdout


def test_the_check_can_fail(tmp_path: Path) -> None:
    broken = yaml.safe_load(PIPELINES["github"])
    broken["jobs"]["gate"]["steps"] = "none"
    file = tmp_path / "broken.yml"
    file.write_text(yaml.safe_dump(broken))
    assert check("github", file).returncode == 1


def check(service: str, file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[service]]
    return subprocess.run([*command, str(file)], capture_output=True, text=True, check=False)
