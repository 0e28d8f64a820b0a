import shutil
import sys

import pytest

from pytest_tracks.checks.command_schema import DEFAULT_TIMEOUT, argument_vector, shown
from pytest_tracks.checks.run import RunKind
from pytest_tracks.core.verdict import Outcome

KIND = RunKind()


@pytest.mark.parametrize(
    ("written", "command"),
    [
        ("ruff check src", "ruff check src"),
        (["ruff", "check", "src"], ("ruff", "check", "src")),
        (["sleep", "5"], ("sleep", "5")),
        (["grep", b"", b" "], ("grep", "", " ")),
    ],
)
def test_command(read, written, command):
    assert read(KIND, written).params == {"command": command}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "wrong-type"),
        ([], "empty-list"),
        ([b"", "x"], "wrong-type"),
        (["ls", ""], "wrong-type"),
        (["ls", ["x"]], "wrong-type"),
        ({"a": "b"}, "wrong-type"),
        (b"echo \0", "bad-command"),
        (["echo", b"\0x"], "bad-command"),
        ("echo \ud800", "bad-command"),
    ],
)
def test_refused(read, written, code):
    error = read(KIND, written).error
    assert (error.code, error.line, error.col) == (code, 12, 13)


def test_timeout(read):
    assert read(KIND, "ls", timeout="1.5").params == {"command": "ls", "timeout": 1.5}
    assert DEFAULT_TIMEOUT == 600


@pytest.mark.parametrize("timeout", ["ten", "-1", ".nan", ".inf", "0", "0.0", "true", "1e9", ""])
def test_fault_09_timeout_that_is_none(read, timeout):
    error = read(KIND, "ls", timeout=timeout).error
    assert error.code == "wrong-type"
    assert "a number above 0" in error.hint


@pytest.mark.parametrize("command", ["a 'b c' | d", ("a", "b c", "")])
def test_argument_vector_and_back(command):
    argv = argument_vector(command)
    assert argv[0] == ("bash" if isinstance(command, str) else "a")
    assert shown(argv) == (command if isinstance(command, str) else "a 'b c' ''")


def test_without_bash_a_text_is_refused_and_the_list_form_named(read):
    kind = RunKind(find_bash=lambda: None)
    error = read(kind, "ruff check 'my src'").error
    assert error.code == "no-bash"
    assert "[ruff, check, my src]" in error.hint
    assert read(kind, ["ruff", "check"]).params == {"command": ("ruff", "check")}
    assert read(kind, "echo 'unclosed").error.code == "no-bash"


def test_bash_is_looked_for_when_a_text_is_read_and_not_before(read):
    looked: list[str] = []

    def find() -> str:
        looked.append("bash")
        return "/bin/bash"

    kind = RunKind(find_bash=find)
    read(kind, ["ls"])
    assert looked == []
    read(kind, "ls")
    assert looked == ["bash"]


@pytest.mark.parametrize("command", ["true", ["true"], "exit 0", "true | cat"])
def test_exit_status_0_passes(carry_out, command):
    result = carry_out(KIND, command)
    assert result.outcome is Outcome.PASSED
    assert result.gap == ""
    assert result.evidence[0].startswith("exit status 0: ")


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("exit 3", "3"),
        ("false | cat", "1"),
        ("false; true", "1"),
        ("cat <(true) && false", "1"),
        (["false"], "1"),
        ([sys.executable, "-c", "raise SystemExit(7)"], "7"),
        ("kill -SEGV $BASHPID | cat", "139 (128 + 11: SIGSEGV)"),
        ("exit 255", "255"),
    ],
)
def test_any_other_exit_status_fails(carry_out, command, status):
    result = carry_out(KIND, command)
    assert result.outcome is Outcome.FAILED
    assert result.gap == f"exit status {status}"


def test_last_lines_of_the_output_stand_in_the_detail(carry_out):
    result = carry_out(KIND, "seq 100; echo oops >&2; exit 1")
    lines = result.detail.split("\n")
    assert lines[0] == "$ seq 100; echo oops >&2; exit 1"
    assert lines[1:7] == ["1", "2", "3", "4", "5", "[... 76 lines left out ...]"]
    assert lines[7] == "82"
    assert lines[-2:] == ["100", "oops"]


def test_no_output_is_said(carry_out):
    assert carry_out(KIND, ["false"]).detail == "$ false\n(no output)"


def test_options_of_the_plan_reach_the_command(carry_out):
    result = carry_out(KIND, "sleep 60", timeout="0.2")
    assert result.gap == "timeout after 0.2 s"
    assert "timeout" in result.recommended_fix


@pytest.mark.parametrize(
    ("command", "gap"),
    [
        ("kill -SEGV $$", "killed by SIGSEGV (11)"),
        ("kill -KILL $$", "killed by SIGKILL (9)"),
        (["no-such-program"], "no-such-program: not found (docs/planning/tasks/TASK-004.yaml:12)"),
        (["./here"], "./here: not found (docs/planning/tasks/TASK-004.yaml:12)"),
    ],
)
def test_fault_46_end_that_is_no_exit(carry_out, command, gap):
    result = carry_out(KIND, command)
    assert result.outcome is Outcome.FAILED
    assert result.gap == gap


@pytest.mark.skipif(sys.platform == "darwin", reason="it has no real-time signals")
def test_fault_46_signal_without_a_name(carry_out):
    assert carry_out(KIND, "kill -40 $$").gap == "killed by signal 40"


def test_fault_46_missing_program_in_a_text_is_told_by_bash(carry_out):
    result = carry_out(KIND, "no-such-program")
    assert result.gap == "exit status 127"
    assert "no-such-program: command not found" in result.detail


def test_fault_46_program_that_is_not_executable(carry_out, root):
    (root / "here").write_text("#!/bin/sh\n")
    result = carry_out(KIND, ["./here"])
    assert result.gap.startswith("./here: cannot be started: Permission denied (docs/")


def test_fault_46_missing_folder(carry_out, root):
    shutil.rmtree(root)
    result = carry_out(KIND, ["true"])
    assert result.outcome is Outcome.FAILED
    assert result.gap == f"the folder {root} is not there"


def test_fault_46_stdin_is_empty(carry_out):
    assert carry_out(KIND, "! read -r line", timeout="20").outcome is Outcome.PASSED
    assert carry_out(KIND, '[ "$(cat | wc -c)" -eq 0 ]', timeout="20").outcome is Outcome.PASSED


def test_argument_that_is_too_long_does_not_raise(carry_out):
    result = carry_out(KIND, ["true", "x" * 10_000_000])
    assert result.outcome is Outcome.FAILED
    assert "cannot be started" in result.gap


def test_fault_64_title_is_never_a_part_of_the_command(carry_out, root):
    title = "$(touch x); `touch x` {text} %(text)s && touch x"
    carry_out(KIND, "env > seen; echo {text} {title} %s", text=title)
    seen = (root / "seen").read_text()
    assert "touch" not in seen
    assert "TRACKS_CRITERION=TASK-004/AC-002\n" in seen
    assert [path.name for path in root.iterdir()] == ["seen"]
