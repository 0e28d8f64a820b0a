"""``pytest-tracks graph``: the plan as a picture."""

from __future__ import annotations

import argparse

from pytest_tracks.errors import UsageError

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Draw the plan's graph: Mermaid, SVG, DOT or text."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--format`` and ``--output``."""


def run(arguments: argparse.Namespace) -> int:
    """Draw the plan."""
    raise UsageError("graph is not there yet")
