"""The layers of DESIGN are a contract that import-linter enforces."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    return subprocess.run(
        [*command, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_no_module_imports_against_the_layers() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_breach_is_found(tmp_path: Path) -> None:
    package = tmp_path / "pytest_tracks"
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    names = ["plugin", "cli", "project", "reports", "state", "checks", "formats", "core"]
    for name in names:
        (package / name).mkdir(parents=True)
        (package / name / "__init__.py").write_text("")
    for name in ("__init__", "__main__", "errors"):
        (package / f"{name}.py").write_text("")
    assert lint(tmp_path).returncode == 0
    (package / "core" / "__init__.py").write_text("import pytest_tracks.state\n")
    done = lint(tmp_path)
    assert done.returncode == 1
    assert "pytest_tracks.core -> pytest_tracks.state" in done.stdout
