"""What the YAML parsers complain about, in one voice.

libyaml and PyYAML's pure parser find the same faults at nearly the same places but word them
differently; people and tests should not have to know which of the two was there.
"""

from __future__ import annotations

import re

import yaml

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Problems

__all__ = ["note_syntax_error"]

_TAB_INDENT = re.compile(r" *\t")


def note_syntax_error(
    text: str, innermost: Location, error: yaml.YAMLError, problems: Problems
) -> None:
    """Note what a parser raised; ``innermost`` is the collection that was open, or the file."""
    path = innermost.path
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        # A ReaderError: of characters that YAML forbids, which the text has no more.
        problems.error(Location(path, 0, 0), "yaml-syntax", f"not valid YAML: {error}")
        return
    problem = _mark_place(path, text, error.problem_mark)
    context = problem if error.context_mark is None else _mark_place(path, text, error.context_mark)
    if tab := _TAB_INDENT.match(_line(text, problem)):
        place = Location(path, problem.line, tab.end())
        problems.error(place, "tab-indent", "a tab in the indentation", "indent with blanks")
        return
    if context == problem:
        context = innermost
    words = f"{error.context} {error.problem}"
    code, message, hint, at_context = _explain(words, text, problem)
    problems.error(context if at_context else problem, code, message, hint)


def _explain(words: str, text: str, problem: Location) -> tuple[str, str, str, bool]:
    """Give code, message, hint and whether the place where the construct began says more."""
    if "cannot start any token" in words:
        found = _line(text, problem)[problem.col - 1 : problem.col]
        if found == "\t":
            return "yaml-syntax", "a tab where YAML wants a blank", "use blanks", False
        return "yaml-syntax", f"{found!r} cannot start a text", "put the text in quotes", False
    if "mapping values are not allowed" in words:
        hint = "quote a text that holds ': ', or check the indentation"
        return "yaml-syntax", "a ':' where no key can stand", hint, False
    if " tag" in words:
        return "tag-not-allowed", "tag not allowed", "leave it out: the schema gives types", True
    if "escape" in words or "hexdecimal" in words:
        return "yaml-syntax", "unknown escape in double quotes", "use single quotes", True
    if "expected ':'" in words:
        return "yaml-syntax", "not a 'key: value' line", "add the ':'", True
    if _is_unclosed(words, text, problem):
        return "yaml-syntax", "what starts here is never closed", "close it", True
    hint = "check the indentation, brackets and quotes"
    return "yaml-syntax", "not valid YAML from here on", hint, False


def _is_unclosed(words: str, text: str, problem: Location) -> bool:
    at_end = problem.line >= text.rstrip("\n").count("\n") + 1
    rest = _line(text, problem)[problem.col - 1 :]
    return at_end and not rest.strip() and ("flow" in words or "quoted" in words)


def _mark_place(path: str, text: str, mark: yaml.Mark) -> Location:
    return Location(path, mark.line + 1, mark.column + 1)


def _line(text: str, place: Location) -> str:
    lines = text.split("\n", place.line)
    return lines[place.line - 1] if place.line <= len(lines) else ""
