"""Commands that cannot fail, and those that only look like it."""

import shutil
import signal
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.checks.command_lint import faults_in_command
from pytest_tracks.checks.shell_words import parse_shell

SIGPIPE_STATUS = 128 + signal.SIGPIPE
"""Chance decides whether ``echo x | true`` writes before nobody reads any more."""


def codes(command):
    return [code for code, _, _ in faults_in_command(command)]


@pytest.mark.parametrize(
    "command",
    [
        "true", ":", "exit 0", "echo done", "ls docs", "cat a b", "pip list",
        "python3 -m pip freeze", "FOO=1 true", "/bin/true", "true # pytest", "ls | cat",
        "echo a && ls", "pytest || true", "pytest -q || :", "pytest || exit 0",
        "pytest || echo failed", "pytest >/dev/null 2>&1 || true", "exit 0; pytest",
        "pytest & wait", "pytest || \\\n true", "pytest 'a && b' || \"true\"",
        ("true",), ("echo", "x"), ("sh", "-c", "true"), ("bash", "-c", "pytest; true"),
        ("bash", "-ec", "pytest || true"), ("/bin/sh", "-c", "pytest || true"),
    ],
)  # fmt: skip
def test_what_cannot_fail(command):
    assert codes(command) == ["cannot-fail"]


@pytest.mark.parametrize(
    "command",
    [
        "pytest", "ruff check src", "pytest && echo ok", "pytest | tee log", "pytest; exit 0",
        "rm -f x || true; pytest", "pytest || exit 1", "test -f x || false", "! grep TODO src",
        'size=$(cat x | wc -c); test "$size" -lt 9', 'echo "x || true" | grep y',
        "if true; then exit 0; fi", "cat <<END\nx\nEND", "grep '||' true", "true && pytest",
        ("pytest",), ("sh", "-c", "pytest"), ("bash", "-eo", "pipefail", "-c", "pytest | tee x"),
        ("bash", "-ec", "pytest; true"), ("sh", "script.sh"),
    ],
)  # fmt: skip
def test_what_can(command):
    assert codes(command) == []


def test_a_pipe_without_pipefail():
    assert codes(("sh", "-c", "pytest | tee log")) == ["no-pipefail"]
    assert codes(("bash", "-c", "set -o pipefail; pytest | tee log")) == []
    assert codes(("sh", "-c", "echo x | grep y")) == []


def test_errors_that_are_ignored():
    assert codes("set +e\npytest\ntrue") == ["errors-ignored", "cannot-fail"]
    assert codes("set +e\npytest") == ["errors-ignored"]
    assert codes("true || set +e; pytest; true") == ["errors-ignored"]  # it is not reached


SIMPLE = st.sampled_from(["true", "false", ":", "echo x", "exit 0", "test -f nowhere", "set +e"])
JOINS = st.sampled_from([" && ", " || ", " | ", "; ", "\n", " & "])


@given(SIMPLE, st.lists(st.tuples(JOINS, SIMPLE), max_size=5))
def test_nothing_that_fails_in_bash_is_said_to_be_unable_to(first, rest):
    text = first + "".join(join + command for join, command in rest)
    bash = shutil.which("bash")
    assert bash is not None
    if "cannot-fail" in codes(text):
        argv = [bash, "-eo", "pipefail", "-c", text]
        status = subprocess.run(argv, capture_output=True, cwd="/", check=False).returncode
        assert status in (0, SIGPIPE_STATUS)


@given(st.text(alphabet="ab '\"\\|&;<>()$`#\n!{}[]=", max_size=30))
def test_any_text_is_cut_or_left_alone(text):
    lists = parse_shell(text)
    assert lists is None or all(len(one.joins) == len(one.pipelines) - 1 for one in lists)
