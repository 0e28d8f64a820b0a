"""``pytest-tracks state``: merge states of shards and branches, repair one, show its audit trail.

Each sub-command is a module ``state_<name>`` with ``HELP``, ``add_arguments`` and ``run``.
"""

from __future__ import annotations

import argparse
import importlib
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pytest_tracks.cli import Command

__all__ = ["HELP", "SUBCOMMANDS", "add_arguments", "run"]

HELP = "Merge states of shards and branches, repair a damaged state, show its audit trail."
SUBCOMMANDS = ("merge", "driver", "repair", "log", "compact")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands with their arguments."""
    commands = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    for name in SUBCOMMANDS:
        module = _module(name)
        command = commands.add_parser(name, help=module.HELP, description=module.HELP)
        module.add_arguments(command)


def run(arguments: argparse.Namespace) -> int:
    """Run the sub-command that was chosen."""
    return _module(arguments.subcommand).run(arguments)


def _module(name: str) -> Command:
    return cast("Command", importlib.import_module(f"pytest_tracks.cli.state_{name}"))
