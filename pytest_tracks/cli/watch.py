"""Following a run from another terminal: the table anew whenever the journal has grown.

Ends when the runs that were seen going on have ended, or at Ctrl-C.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from pytest_tracks.cli.project import Project, load_project

__all__ = ["follow"]

POLL_SECONDS = 0.5
"""How often the journal is looked at: a look costs a system call where nothing has changed."""

_HOME_AND_CLEAR = "\x1b[H\x1b[J"


def follow(project: Project, show: Callable[[Project], None]) -> None:
    """Show a project now and after each change, for as long as runs go on."""
    is_terminal = sys.stdout.isatty()
    seen_live = False
    store = project.store
    try:
        while True:
            if is_terminal:
                sys.stdout.write(_HOME_AND_CLEAR)
            show(project)
            sys.stdout.flush()
            live = bool(store.record().live)
            if seen_live and not live:
                return
            seen_live = seen_live or live
            while not store.refresh() and bool(store.record().live) is live:
                time.sleep(POLL_SECONDS)
            project = load_project(project.settings, project.plan)
            store = project.store
    except KeyboardInterrupt:
        print()
