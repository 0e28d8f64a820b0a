"""Real processes: what a command may do, and what is left of it."""

import dataclasses
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest

from pytest_tracks.checks.command import Limits, command_environment, run_command
from pytest_tracks.checks.group import ProcessGroup
from pytest_tracks.core.verdict import Outcome
from tests.checks.processes import PROMPT, vanishes

QUICK = Limits(grace=0.3, look=0.02)


def bash(script: str) -> tuple[str, ...]:
    return ("bash", "-eo", "pipefail", "-c", script)


def python(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", textwrap.dedent(script))


def pids_in(path: Path) -> list[int]:
    return [int(word) for word in path.read_text().split()]


# -- the end of a command ------------------------------------------------------------------------


def test_fault_41_command_that_sleeps_past_its_timeout(context, root):
    script = "sleep 60 & echo $! > pids; echo $$ >> pids; echo begun; wait"
    started = time.monotonic()
    ended = run_command(bash(script), context, 0.5, QUICK)
    assert time.monotonic() - started < PROMPT
    assert ended.result().outcome is Outcome.FAILED
    assert ended.gap == "timeout after 0.5 s"
    assert ended.text == "begun\n"
    pids = pids_in(root / "pids")
    assert len(pids) == 2
    assert all(vanishes(pid) for pid in pids)


def test_fault_41_command_that_ignores_sigterm(context, root):
    script = """
        import os, signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        open("pids", "w").write(f"{os.getpid()} {child.pid}")
        print("begun", flush=True)
        time.sleep(60)
    """
    started = time.monotonic()
    ended = run_command(python(script), context, 1.5, QUICK)
    assert time.monotonic() - started < PROMPT
    assert (ended.gap, ended.text) == ("timeout after 1.5 s", "begun\n")
    assert all(vanishes(pid) for pid in pids_in(root / "pids"))


def test_fault_41_command_that_ends_well_after_its_timeout_has_not_passed(context):
    script = "trap 'exit 0' TERM; echo begun; while :; do sleep 0.05; done"
    result = run_command(bash(script), context, 0.3, Limits(look=0.02)).result()
    assert result.outcome is Outcome.FAILED
    assert result.gap == "timeout after 0.3 s"


def test_fault_41_sigterm_comes_first_for_the_whole_group(context, root):
    script = (
        "(trap 'echo tidied > tidy; exit' TERM; echo > up; while :; do sleep 0.02; done) & wait"
    )
    run_command(bash(script), context, 0.5, Limits(grace=PROMPT, look=0.02))
    assert (root / "tidy").read_text() == "tidied\n"


def test_fault_42_daemon_that_holds_the_output_open(context, root):
    script = "setsid bash -c 'echo $$ > pids; sleep 60' & while [ ! -s pids ]; do :; done; echo hi"
    started = time.monotonic()
    ended = run_command(bash(script), context, 50)
    took = time.monotonic() - started
    (pid,) = pids_in(root / "pids")
    # It has a session of its own and so is out of reach; but nobody waits for it.
    os.killpg(pid, signal.SIGKILL)
    assert took < PROMPT
    assert (ended.gap, ended.text) == ("", "hi\n")


def test_fault_42_what_stays_in_the_group_is_ended(context, root):
    script = "sleep 60 & echo $! > pids; (trap '' TERM; sleep 60) & echo $! >> pids; echo hi"
    ended = run_command(bash(script), context, 50, QUICK)
    assert (ended.gap, ended.text) == ("", "hi\n")
    assert all(vanishes(pid) for pid in pids_in(root / "pids"))


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_fault_49_interrupt_ends_the_group(context, root, error):
    def interrupt(number, frame):
        raise error

    script = f"trap '' TERM; echo $$ > pids; kill -USR1 {os.getpid()}; sleep 60; sleep 60"
    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(error):
            run_command(bash(script), context, 50, QUICK)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert all(vanishes(pid) for pid in pids_in(root / "pids"))


def test_fault_49_second_interrupt_ends_the_group_at_once(context, root):
    def interrupt(number, frame):
        raise KeyboardInterrupt

    me = os.getpid()
    script = f"""
        trap 'kill -USR1 {me}' TERM
        echo $$ > pids
        kill -USR1 {me}
        while :; do sleep 0.02; done
    """
    before = signal.signal(signal.SIGUSR1, interrupt)
    started = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            run_command(bash(script), context, 50, Limits(grace=45))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert time.monotonic() - started < PROMPT
    assert all(vanishes(pid) for pid in pids_in(root / "pids"))


def test_command_without_a_thread_to_attend_it_is_not_started(context, root, monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    started = time.monotonic()
    with pytest.raises(RuntimeError):
        run_command(("touch", "x"), context, 50)
    assert time.monotonic() - started < Limits().grace
    assert list(root.iterdir()) == []


def test_fault_49_interrupt_while_the_command_is_being_started(context, monkeypatch):
    """The command is there, but ``start`` has not come back with it."""
    opened: list[subprocess.Popen] = []

    class SlowPopen(subprocess.Popen):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            opened.append(self)
            os.kill(os.getpid(), signal.SIGUSR1)
            interrupted.wait(PROMPT)

    interrupted = threading.Event()

    def interrupt(number, frame):
        interrupted.set()
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", SlowPopen)
    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_command(("sleep", "60"), context, 50, QUICK)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert opened[0].returncode == -signal.SIGTERM


def without_children_of_its_own(script: str, context) -> str:
    """Run Python code in a process that ignores SIGCHLD, as some starters of services do."""
    code = f"""
        import os, signal
        from pytest_tracks.checks.command import run_command
        from pytest_tracks.core.kinds import CheckContext
        from pytest_tracks.core.model import Location
        context = CheckContext(
            {context.root!r}, "T", "01", "A", Location("p"), {context.scratch!r}, dict(os.environ)
        )
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        {script}
        print(run_command(("false",), context, 30).result())
    """
    done = subprocess.run(python(code), capture_output=True, text=True, check=True, timeout=PROMPT)
    return done.stdout


@pytest.mark.parametrize("script", ["", "vars(os).pop('waitid', None)"])
def test_lost_exit_status_is_no_pass(context, script):
    shown = without_children_of_its_own(script, context)
    assert "Outcome.FAILED" in shown
    assert "its exit status was lost" in shown


@pytest.mark.parametrize(("script", "gap"), [("exit 0", ""), ("exit 3", "exit status 3")])
def test_platform_without_waitid(context, monkeypatch, script, gap):
    monkeypatch.delattr(os, "waitid", raising=False)
    assert run_command(bash(script), context, 30).gap == gap
    assert run_command(bash("kill -SEGV $$"), context, 30).gap == "killed by SIGSEGV (11)"


def test_short_command_waits_for_no_interval(context):
    """Its end wakes the runner: looks that would take a minute are not waited for."""
    started = time.monotonic()
    assert run_command(("true",), context, 100, Limits(look=60)).gap == ""
    assert time.monotonic() - started < PROMPT


def test_nothing_is_left_open(context):
    def open_descriptors() -> int:
        return len(os.listdir("/dev/fd"))

    run_command(("true",), context, 30)
    before = open_descriptors(), threading.active_count()
    for argv in (("true",), ("false",), ("no-such-program",), bash("kill -9 $$")):
        run_command(argv, context, 30)
    deadline = time.monotonic() + PROMPT
    while threading.active_count() > before[1] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (open_descriptors(), threading.active_count()) == before
    assert os.listdir(context.scratch) == []


def test_end_of_a_group_may_be_asked_for_twice(context):
    with open(os.devnull, "w") as output:
        group = ProcessGroup(
            ("sleep", "60"), folder=context.root, environment=os.environ, output=output.fileno()
        )
        group.start()
        assert not group.wait(0)
        group.end(PROMPT)
        group.end(PROMPT)
    assert group.status == -signal.SIGTERM


# -- what it prints ------------------------------------------------------------------------------

MEASURE = """
    import os, resource, sys
    from pytest_tracks.checks.command import run_command
    from pytest_tracks.core.kinds import CheckContext
    from pytest_tracks.core.model import Location

    def peak():  # bytes; VmHWM, since ru_maxrss may be that of the parent
        try:
            lines = open("/proc/self/status").read().splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
        except OSError:
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    root, scratch, script = sys.argv[1:]
    context = CheckContext(root, "T", "01", "A", Location("p"), scratch, dict(os.environ))
    run_command(("true",), context, 30).result()
    base = peak()
    result = run_command(("bash", "-eo", "pipefail", "-c", script), context, 300).result()
    print(peak() - base)
    print(result.gap)
    print(result.detail)
"""


@pytest.mark.slow
def test_fault_43_prints_1_gb(context):
    count = 10**9
    script = f"echo begin; head -c {count} /dev/zero; echo; echo the end; exit 1"
    done = subprocess.run(
        [*python(MEASURE), context.root, context.scratch, script],
        capture_output=True,
        text=True,
        check=True,
    )
    peak, gap, _, *lines = done.stdout.splitlines()
    assert int(peak) < 100e6
    assert gap == "exit status 1"
    assert lines[0] == "begin"
    assert f"[... cut: {count + 15:,} bytes were printed ...]" in lines
    assert lines[-1] == "the end"
    assert os.listdir(context.scratch) == []


def test_fault_43_command_that_prints_without_end_is_stopped(context, root):
    limits = dataclasses.replace(QUICK, output=1_000_000)
    started = time.monotonic()
    ended = run_command(bash("echo $$ > pids; yes"), context, 50, limits)
    assert time.monotonic() - started < PROMPT
    assert ended.result().outcome is Outcome.FAILED
    assert ended.gap == "printed more than 1,000,000 bytes"
    assert ended.text.startswith("y\n")
    assert all(vanishes(pid) for pid in pids_in(root / "pids"))


def test_fault_43_too_much_output_fails_however_quickly_it_ended(context):
    ended = run_command(bash("head -c 2000 /dev/zero"), context, 50, Limits(output=1000))
    assert ended.gap == "printed more than 1,000 bytes"


def test_standard_error_opened_anew(context):
    """It truncates what came before, and leaves no hole."""
    ended = run_command(bash("echo lost; echo kept > /dev/stderr; echo last"), context, 30)
    assert ended.text == "kept\nlast\n"


def test_fault_44_what_no_report_can_hold(context):
    printed = rb"\xff\xfe \x1b[31mred\x1b[0m \x1b]0;title\x07 nul\x00 \x08\x0b \xef\xbf\xbf end\r\n"
    script = f"printf '{printed.decode('latin-1')}'; exit 1"
    detail = run_command(bash(script), context, 30).result().detail
    shown = detail.split("\n", 1)[1]
    assert shown == "\ufffd\ufffd red  nul   end"
    parsed = ElementTree.fromstring(f"<failure>{escape(detail)}</failure>")
    assert parsed.text == detail


def test_fault_45_secrets_are_masked(context):
    secret = "s3cr3t-value"
    environment = {**context.environment, "DEPLOY_TOKEN": secret, "OTHER": f"https://u:{secret}@h"}
    context = dataclasses.replace(context, environment=environment)
    script = f"echo $DEPLOY_TOKEN; printf 's3cr\\033[31m3t-value\\n'; : {secret}; exit 1"
    ended = run_command(bash(script), context, 30)
    result = ended.result()
    assert ended.text == "***\n***\n"
    assert "*** ; exit 1" in result.detail.replace(";", " ;")
    passed = run_command(bash(f": {secret}"), context, 30).result()
    missing = run_command((f"./{secret}",), context, 30).result()
    assert passed.outcome is Outcome.PASSED
    for shown in (result, passed, missing):
        assert secret not in repr(shown)
        assert "***" in repr(shown)


# -- its environment -----------------------------------------------------------------------------


def test_environment(context):
    given = {
        "PATH": "/usr/bin",
        "KEPT": "1",
        "PWD": "/elsewhere",
        "PYTEST_XDIST_WORKER": "gw0",
        "PYTEST_XDIST_AUTO_NUM_WORKERS": "4",
        "PYTEST_CURRENT_TEST": "x (call)",
        "PYTEST_ADDOPTS": "--tracks=1",
        "TRACKS_META_TIER": "T1",
        "TRACKS_TASK": "TASK-OUTER",
    }
    context = dataclasses.replace(context, environment=given)
    assert command_environment(context, "/venv/bin/python") == {
        "PATH": "/venv/bin:/usr/bin",
        "KEPT": "1",
        "PWD": context.root,
        "TRACKS_META_TIER": "T1",
        "TRACKS_TASK": "TASK-004",
        "TRACKS_TRACK": "01",
        "TRACKS_CRITERION": "TASK-004/AC-002",
    }


@pytest.mark.parametrize("interpreter", ["", "/venv/bin/python"])
def test_path_is_never_empty(context, interpreter):
    """An empty part of PATH would mean the working directory."""
    context = dataclasses.replace(context, environment={})
    folders = command_environment(context, interpreter)["PATH"].split(os.pathsep)
    assert len(folders) > 1
    assert all(folders)


def test_python_of_a_command_is_the_running_one(context):
    script = "python -c 'import sys; print(sys.prefix)'"
    assert run_command(bash(script), context, 30).text.strip() == sys.prefix


def test_working_directory_is_the_root(context, root):
    ended = run_command(("sh", "-c", "pwd; echo $PWD"), context, 30)
    assert ended.text == f"{root}\n{root}\n"


def test_command_has_a_session_of_its_own(context):
    script = "import os; print(os.getsid(0) == os.getpid() == os.getpgrp())"
    assert run_command(python(script), context, 30).text == "True\n"
