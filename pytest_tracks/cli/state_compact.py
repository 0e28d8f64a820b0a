"""``pytest-tracks state compact``: a short journal, its past kept to the byte beside it."""

from __future__ import annotations

import argparse

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Move the journal's lines to a compressed archive; nothing that was recorded is lost."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing: there is nothing to choose."""


def run(arguments: argparse.Namespace) -> int:
    """Compact and say what was done; raises StateError."""
    from pytest_tracks.cli.learning import learn
    from pytest_tracks.state.store import Store

    learned = learn()
    settings = learned.settings
    store = Store.open(settings.root, learned.plan, settings.root / settings.state)
    store.check_writable()
    if store.compact():
        print("Compacted: the journal's lines are in the archive, and state log still tells them.")
    elif store.record().live:
        print("Nothing was done: a run goes on. Its end compacts a journal that has grown long.")
    else:
        print("There is nothing to compact.")
    return 0
