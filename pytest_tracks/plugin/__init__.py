"""The pytest plugin: translates between pytest and ``core`` and holds no policy.

This module is imported by every pytest run on the machine, so it imports nothing but pytest; each
feature lives in its own module and is imported once tracks are asked for.

============== ===================================================================
options        the command line and ini names, read once into ``Settings``
xdist_setup    ``--tracks=N`` makes N workers
no_run         lists the commands of a plan and ends
proof          a run that is proof has to say so to a process that waits for it
recital        a run in which nothing has changed: told as it was before
unchanged      what a collection would find, recalled where nothing has changed
untraced       imports that pytest-cov need not watch
rehearsal      what the next run would tell, should nothing change
activation     sets a run with tracks up: a table of features, each with its ``register``
preparation    what a run is made of; ``loading``, ``choice``, ``lanes`` and ``heading`` make it
ways           recalled, in one process, or with workers
collection     the plan's files become nodes; real tests are joined to criteria
overlap        arguments inside arguments, where pytest would lose tests
conductor      the controller's half: items in, facts and lines out
agreement      workers have to collect the same; ``unloaded``: what failed to load
assembly       from what was collected to a run
publication    recorded, then durable, then shown
exit_status    what it says, and why
recorder       events become facts of the state
holdings       what of the record holds in this run; ``shown_record``: what is shown of it
event_facts    from an event to its fact
grouping       one durable write for all that has happened meanwhile
coverage_*     coverage gates: what a task's criteria execute; imported where one is
scheduler      the way to run with xdist workers
inprocess      the way to run in one process
park           the hidden item that keeps a worker's last real item going
termination    SIGTERM and SIGHUP end a run as Ctrl-C does
early_leave    ``pytest.exit`` in a worker ends the run in order
shared_resources  resources that several runs use
emission       reports that the controller makes itself
junit          whose criterion a test case of ``--junitxml`` is, and the gate as one
github         a step's summary and annotations, on GitHub Actions
beside_html    columns for pytest-html; ``beside_allure``: labels for allure-pytest
report         the folder of ``--tracks-report``: the HTML page, reports per task
terminal       what a person sees; ``line_writer`` writes it, ``mark_warnings`` warns of marks
live           where each track stands while it runs; ``screen`` keeps it below the rest
============== ===================================================================
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

__all__: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, all in one group."""
    from pytest_tracks.plugin.options import add_options

    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks by which other plugins extend this one."""
    import pytest_tracks.plugin.hookspecs as hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Announce workers early enough for plugins that prepare for them."""
    known = early_config.known_args_namespace
    if getattr(known, "tracks_no_run", False):
        from pytest_tracks.plugin.no_run import NoRun

        early_config.pluginmanager.register(NoRun(), "tracks-no-run")
    elif getattr(known, "tracks", None):
        from pytest_tracks.plugin.xdist_setup import announce_workers

        announce_workers(early_config)
    if any(getattr(known, name, None) for name in ("tracks", "tracks_track", "tracks_task")):
        from pytest_tracks.plugin.coverage_early import watch_conftests
        from pytest_tracks.plugin.options import NESTED

        if NESTED not in os.environ:
            if known.tracks_verify:
                from pytest_tracks.plugin.proof import prove

                prove(early_config)
            watch_conftests(early_config, has_workers=bool(getattr(known, "numprocesses", 0)))
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark, and the worker's half where this is a worker of a run with tracks."""
    config.addinivalue_line(
        "markers",
        "criterion(*ids, text=None): the test serves these acceptance criteria of the plan "
        '("TASK-004/AC-001"); text= states the wording that it was written for.',
    )
    workerinput = getattr(config, "workerinput", None)
    if workerinput is not None and "tracks" in workerinput:
        from pytest_tracks.plugin.untraced import import_untraced

        import_untraced("pytest_tracks.plugin.worker")
        from pytest_tracks.plugin.worker import register_worker

        register_worker(config, workerinput["tracks"])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """Load the plan before anything else starts, where tracks are asked for."""
    from pytest_tracks.plugin.options import is_asked_for

    if is_asked_for(config):
        from pytest_tracks.plugin.untraced import import_untraced

        import_untraced("pytest_tracks.plugin.recital")
        from pytest_tracks.plugin.recital import recite

        if not recite(config):  # what else there is takes longer to import than to recite
            import_untraced("pytest_tracks.plugin.activation")
            from pytest_tracks.plugin.activation import activate

            activate(config)
    return (yield)
