"""Commands that cannot fail, whatever becomes of the project; each rule says why, in words."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from pytest_tracks.checks.shell_words import AndOr, parse_shell, program

__all__ = ["faults_in_command"]

Fault = tuple[str, str, str]
"""Code, what is wrong, what to do."""

_IDLE = {"true", ":", "echo", "printf", "ls", "cat", "pwd", "date", "sleep", "cd", "export", "wait"}
"""Succeed in any project that is there at all."""

_LISTINGS = {("pip", "list"), ("pip", "freeze"), ("pip3", "list"), ("pip3", "freeze")}
_SHELLS = {"sh", "bash", "dash", "zsh", "ksh"}


def faults_in_command(command: str | Sequence[str]) -> Iterator[Fault]:
    """Find them in a command of a plan: a text for ``bash -eo pipefail``, or a list."""
    if isinstance(command, str):
        yield from _in_text(command, stops=True, fails_in_pipe=True)
        return
    script = _script(command)
    if script is None:
        if _is_idle(list(command)):
            yield _idle(" ".join(command))
        return
    options, text = script
    stops = any("e" in option for option in options if not option.startswith("--"))
    yield from _in_text(text, stops=stops, fails_in_pipe="pipefail" in options)


def _script(command: Sequence[str]) -> tuple[Sequence[str], str] | None:
    """Take the text of ``sh -c``, with the options before it."""
    if posixpath.basename(command[0]) not in _SHELLS:
        return None
    for place, word in enumerate(command[1:-1], 1):
        if word.startswith("-") and not word.startswith("--") and word.endswith("c"):
            return command[1 : place + 1], command[place + 1]
    return None


def _in_text(text: str, *, stops: bool, fails_in_pipe: bool) -> Iterator[Fault]:
    lists = _reached(parse_shell(text) or [])
    if not lists:
        return
    stops = stops or ["set", "-e"] in _simple(lists)
    fails_in_pipe = fails_in_pipe or "set -o pipefail" in text or "-eo pipefail" in text
    if stops and any(_stops_stopping(one) for one in lists):
        hint = "take 'set +e' out"
        yield "errors-ignored", "'set +e' lets the command go on after an error", hint
    if not fails_in_pipe and any(_hides_in_pipe(one) for one in lists):
        message = "a pipe hides that its left side fails"
        yield "no-pipefail", message, "write the command as a text: it runs with pipefail"
    ignoring = [place for place, one in enumerate(lists) if _surely_stops_stopping(one)]
    stopping = lists[: ignoring[0] + 1] if ignoring else lists
    deciding = [*stopping, lists[-1]] if stops else lists[-1:]
    if not any(_can_fail(one, fails_in_pipe) for one in deciding):
        swallowed = [one for one in deciding if one.joins[-1:] == ["||"]]
        yield _swallowed(text) if swallowed else _idle(text)


def _reached(lists: Sequence[AndOr]) -> Sequence[AndOr]:
    """Leave out what follows an ``exit``."""
    ends = [place for place, one in enumerate(lists) if _words_of(one)[:1] == ["exit"]]
    return lists[: ends[0] + 1] if ends else lists


def _words_of(one: AndOr) -> list[str]:
    is_simple = not one.joins and len(one.pipelines[0]) == 1 and not one.in_background
    return one.pipelines[0][0] if is_simple else []


def _stops_stopping(one: AndOr) -> bool:
    """Whether ``set +e`` is said here, and not to a subshell: a pipe or the background has one."""
    alone = [pipeline[0] for pipeline in one.pipelines if len(pipeline) == 1]
    return ["set", "+e"] in alone and not one.in_background


def _surely_stops_stopping(one: AndOr) -> bool:
    """Whether ``set +e`` comes first: what stands behind ``||`` or ``&&`` may not be reached."""
    return one.pipelines[0] == [["set", "+e"]] and not one.in_background


def _simple(lists: Sequence[AndOr]) -> list[list[str]]:
    return [words for one in lists for pipeline in one.pipelines for words in pipeline]


def _hides_in_pipe(one: AndOr) -> bool:
    """Whether something that can fail stands left of a pipe."""
    return any(not _is_idle(words) for pipeline in one.pipelines for words in pipeline[:-1])


def _can_fail(one: AndOr, fails_in_pipe: bool) -> bool:
    """Follow an and-or list: ``||`` forgives what stands before it, ``&&`` adds to it."""
    if one.in_background:
        return False
    fails = False
    for join, pipeline in zip(["&&", *one.joins], one.pipelines, strict=True):
        counted = pipeline if fails_in_pipe else pipeline[-1:]
        here = any(not _is_idle(words) for words in counted)
        fails = (fails or here) if join == "&&" else (fails and here)
    return fails


def _is_idle(words: Sequence[str]) -> bool:
    command = program(list(words))
    if not command:
        return True
    name = posixpath.basename(command[0])
    if name.startswith("python") and command[1:2] == ["-m"]:
        command, name = command[2:], (command[2:] or [""])[0]
    if name == "exit":
        return command[1:] == ["0"]  # without a number it hands the last status on
    if name == "set":
        return True
    return name in _IDLE or (name, *command[1:2]) in _LISTINGS


def _idle(text: str) -> Fault:
    shown = text if len(text) <= 60 else text[:57] + "..."
    return "cannot-fail", f"{shown!r} cannot fail", "run something that looks at the result"


def _swallowed(text: str) -> Fault:
    shown = text if len(text) <= 60 else text[:57] + "..."
    return "cannot-fail", f"{shown!r} forgives every failure", "take the '||' part out"
