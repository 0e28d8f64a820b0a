"""``pytest-tracks state driver``: let git join the states of two branches instead of conflicting.

Two things are needed, and written where they are missing: a line in ``.gitattributes``, which is
committed and holds for everybody, and the command in the clone's own configuration, which git
takes from nobody else. Without the command git merges the file as text, as before.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_tracks.errors import Problem, StateError, UsageError

__all__ = ["HELP", "Driver", "add_arguments", "run"]

HELP = "Install git's merge driver, with which the states of two branches join."

_NAME = "tracks"
_ATTRIBUTES = ".gitattributes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--dry-run``."""
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")


def run(arguments: argparse.Namespace) -> int:
    """Install what is missing and say so; raises UsageError outside of git, StateError."""
    from pytest_tracks.cli.learning import learn

    settings = learn().settings
    driver = Driver(settings.root, settings.state)
    deeds = list(driver.missing())
    for said, _ in deeds:
        print(f"would {said}" if arguments.dry_run else said)
    if not arguments.dry_run:
        driver.install()
    if not deeds:
        print("The merge driver is installed: nothing to do.")
    return 0


@dataclass(frozen=True, slots=True)
class Driver:
    """The merge driver of one clone; ``state`` is the state file, relative to the root."""

    root: Path
    state: str

    def missing(self) -> Iterator[tuple[str, str]]:
        """Say what is to be done, each with the text that is to be written."""
        line, command = self._line(), self._command()
        if self._git("check-attr", "merge", "--", self.state) != f"{self.state}: merge: {_NAME}":
            yield f"add to {_ATTRIBUTES}: {line}", line
        if self._git("config", "--get", f"merge.{_NAME}.driver") != command:
            yield f"run git config merge.{_NAME}.driver {shlex.quote(command)}", command

    def install(self) -> None:
        """Write what is missing; raises StateError where that cannot be."""
        for _, text in list(self.missing()):
            if text == self._line():
                self._append(text)
            else:
                self._git("config", f"merge.{_NAME}.name", "joins states of pytest-tracks")
                self._git("config", f"merge.{_NAME}.driver", text)

    def _append(self, line: str) -> None:
        path = self.root / _ATTRIBUTES
        try:
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            gap = "" if not before or before.endswith("\n") else "\n"
            with open(path, "a", encoding="utf-8") as file:
                file.write(f"{gap}{line}\n")
        except OSError as error:
            problem = Problem(_ATTRIBUTES, 0, 0, "cannot-write", str(error.strerror))
            raise StateError(problem) from error

    def _line(self) -> str:
        """Name the state file from the root on; git reads a quoted pattern as C does a text."""
        pattern = f"/{self.state}"
        if any(letter in pattern for letter in ' "\\\t'):
            escaped = pattern.replace("\\", "\\\\").replace('"', '\\"')
            pattern = f'"{escaped}"'
        return f"{pattern} merge={_NAME}"

    def _command(self) -> str:
        """Write what git hands to the shell, at the top of the work tree.

        The project may lie below that, and its configuration is found from where it lies.
        """
        python = shlex.quote(sys.executable)
        merge = f"{python} -m pytest_tracks state merge --into"
        below = os.path.relpath(self.root.resolve(), self._git("rev-parse", "--show-toplevel"))
        if below == os.curdir:
            return f"{_escaped(merge)} %A %B"
        folder = _escaped(f"cd {shlex.quote(below)} && {merge}")
        return f'top=$PWD && {folder} "$top/"%A "$top/"%B'

    def _git(self, *arguments: str) -> str:
        """Ask git; empty where it says no."""
        try:
            answer = subprocess.run(
                ["git", *arguments],
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            raise UsageError(f"git cannot be run: {error.strerror}") from error
        if answer.returncode == 128:
            raise UsageError(answer.stderr.strip() or "this is no git work tree")
        return answer.stdout.strip()


def _escaped(text: str) -> str:
    """Keep a percent sign from git, which puts file names in the place of some."""
    return text.replace("%", "%%")
