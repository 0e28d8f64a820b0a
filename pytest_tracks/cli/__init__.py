"""The console command ``pytest-tracks``: one command a file, its options and its work together.

A command is a module with ``NAME``, ``HELP``, ``add_arguments(parser)`` and ``run(arguments)``,
which returns the exit status. Expected errors are caught here, once.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from pytest_tracks import __version__
from pytest_tracks.errors import TracksError

__all__ = ["COMMANDS", "Command", "main"]

COMMANDS = (
    "plan",
    "next",
    "show",
    "status",
    "check",
    "diff",
    "graph",
    "report",
    "sign-off",
    "state",
    "ci",
    "init",
    "convert",
)
"""Names of the modules, in the order of the help text; each is imported when it is chosen."""

_DECIDING = ("check", "diff")
"""Commands whose exit status is a gate."""

USAGE_ERROR = 4
"""As pytest's own."""

BROKEN_PIPE = 141
"""As the shell counts a program that SIGPIPE has ended."""

_SELDOM = 500_000
"""Objects between two searches for garbage: most commands end before the first, which at the usual
number takes a quarter of their time."""


class Command(Protocol):
    """What a command's module offers."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do the work; returns the exit status, raises TracksError."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status; problems are printed, one a line."""
    if argv is None:
        _own_the_process()
    parser = argparse.ArgumentParser(
        prog="pytest-tracks", description="Where a plan stands, and what is next."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(
        prog="pytest-tracks", dest="command", required=True, metavar="COMMAND"
    )
    modules = {name: _module(name) for name in _named(sys.argv[1:] if argv is None else argv)}
    for name, module in modules.items():
        command = commands.add_parser(name, help=module.HELP, description=module.HELP)
        module.add_arguments(command)
    arguments = parser.parse_args(argv)
    if argv is None and arguments.command in _DECIDING:
        return _witnessed(modules[arguments.command], arguments)
    return _status_of(modules[arguments.command], arguments)


def _witnessed(command: Command, arguments: argparse.Namespace) -> int:
    """Decide while another process waits: the project's conftest.py is loaded on the way."""
    from pytest_tracks.project.witness import Witness

    witness = Witness.call()
    status = _status_of(command, arguments)
    witness.vouch(status)
    return status


def _status_of(command: Command, arguments: argparse.Namespace) -> int:
    try:
        status = command.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read has read enough; nothing more can be said to them
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except TracksError as error:
        for line in str(error).splitlines():
            print(f"ERROR: {line}", file=sys.stderr)
        return USAGE_ERROR
    return status


def _own_the_process() -> None:
    gc.set_threshold(_SELDOM)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a character that it lacks is no reason to fail
        sys.stdout.reconfigure(errors="backslashreplace")


def _named(words: Sequence[str]) -> Sequence[str]:
    """Choose the commands to import: the one that is named first, else all, for the help text."""
    return words[:1] if words and words[0] in COMMANDS else COMMANDS


def _module(name: str) -> Command:
    return cast("Command", importlib.import_module(f"pytest_tracks.cli.{name.replace('-', '_')}"))
