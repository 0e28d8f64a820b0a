"""The virtual environments that are compared: with the plugin, without it, and with doit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPENDENCIES = ("pytest", "pytest-xdist", "pluggy", "PyYAML", "coverage")
"""Of the plugin: the environment without it has all of them, so that only the plugin differs."""


@dataclass(frozen=True)
class Timed:
    """What a command took, in seconds."""

    wall: float
    processor: float
    """Of the command and all its children, user and system."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and how to run something in it."""

    folder: Path

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    def install(self, *what: str) -> None:
        command = [self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, *what], check=True)

    def time(
        self,
        command: Sequence[str],
        cwd: Path,
        more: Mapping[str, str] | None = None,
        status: int = 0,
    ) -> Timed:
        """Run a command of this environment; raises RuntimeError at any other exit status."""
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        variables = {**clean_environment(), **(more or {}), "PATH": path}
        return run_timed(command, cwd, variables, status)


def clean_environment() -> dict[str, str]:
    """Leave out what would steer the measured runs from outside."""
    outer = ("PYTEST_", "TRACKS_", "COV_CORE_", "COVERAGE_", "PYTHON", "VIRTUAL_ENV")
    return {key: value for key, value in os.environ.items() if not key.startswith(outer)}


def run_timed(
    command: Sequence[str], cwd: Path, variables: Mapping[str, str], status: int
) -> Timed:
    """Time a command from start to exit; raises RuntimeError at any other exit status."""
    output = cwd.with_suffix(".out")
    with output.open("wb") as sink:
        before = os.times()
        start = time.perf_counter()
        child = subprocess.Popen(
            list(command), cwd=cwd, env=dict(variables), stdout=sink, stderr=subprocess.STDOUT
        )
        found = child.wait()
        wall = time.perf_counter() - start
        after = os.times()
    if found != status:
        text = output.read_text(errors="replace")[-4000:]
        raise RuntimeError(f"{' '.join(command)}: exit {found} instead of {status}\n{text}")
    spent = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    return Timed(wall, spent)


def make_environment(folder: Path, *what: str) -> Environment:
    """Make a virtual environment, or use the one that an earlier run has left there."""
    environment = Environment(folder)
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        environment.install(*what)
        (folder / "ready").touch()
    return environment


def make_pair(folder: Path) -> tuple[Environment, Environment]:
    """Make two environments that differ in the plugin only; the plugin is always this one."""
    without = make_environment(folder / "without", *DEPENDENCIES)
    with_plugin = make_environment(folder / "with", *DEPENDENCIES)
    install_plugin(with_plugin, folder / "source")
    return with_plugin, without


def install_plugin(environment: Environment, copy: Path) -> None:
    """Install the checkout as a user would; from a copy, so that building leaves nothing in it."""
    shutil.rmtree(copy, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "pytest_tracks", copy / "pytest_tracks", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    environment.install("--no-deps", "--force-reinstall", str(copy))


def describe(environment: Environment) -> str:
    """Name the machine and the versions that were measured."""
    names = ("pytest", "pytest-xdist", "pytest-tracks")
    program = f"import importlib.metadata as m; print(*[m.version(n) for n in {names}], sep=',')"
    done = subprocess.run(
        [environment.python, "-c", program], check=True, capture_output=True, text=True
    )
    versions = ", ".join(map(" ".join, zip(names, done.stdout.strip().split(","), strict=True)))
    python = ".".join(map(str, sys.version_info[:3]))
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores (load {load:.1f} before), Python {python}, {versions}"
