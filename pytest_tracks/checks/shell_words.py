"""A shell text cut into its commands, as far as that can be done without being a shell.

::

    pytest -q || true; ls | wc      [[["pytest", "-q"]] || [["true"]]]   [[["ls"], ["wc"]]]
                                     and-or list of pipelines             list of one pipeline

Loops, functions, substitutions and here-documents are beyond it: then there is no answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["AndOr", "parse_shell", "program"]

_TOKEN = re.compile(
    r"""(?P<blank>[ \t\r]+|\\\n)
      | (?P<comment>(?<!\S)\#[^\n]*)
      | (?P<redirect>&>>?|\d*(?:>>|>\||<>|[<>]&|>|<(?!<)))
      | (?P<end>;|&(?!&)|\n)
      | (?P<join>\|\||&&)
      | (?P<pipe>\|&?)
      | (?P<word>(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\|;&<>()`])+)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMPOUND = {"if", "for", "while", "until", "case", "select", "function", "{", "}", "[[", "!"}
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_QUOTED = re.compile(r"'([^']*)'|\"((?:\\.|[^\"\\])*)\"|\\(.)", re.DOTALL)

Words = list[str]


@dataclass(slots=True)
class AndOr:
    """Pipelines joined by ``&&`` and ``||``; ``joins`` has one operator fewer."""

    pipelines: list[list[Words]] = field(default_factory=lambda: [[[]]])
    joins: list[str] = field(default_factory=list)
    in_background: bool = False
    """Nobody looks at its exit status."""

    @property
    def is_empty(self) -> bool:
        """Whether no word stands in it."""
        return self.pipelines == [[[]]]


def parse_shell(text: str) -> list[AndOr] | None:
    """Cut a text into its lists; None where it holds more than simple commands."""
    lists, place, target = [AndOr()], 0, False
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or "$(" in match.group() or text.startswith("<<", place):
            return None
        place = match.end()
        kind, token = match.lastgroup, match.group()
        if kind == "word":
            if not target:
                lists[-1].pipelines[-1][-1].append(_unquoted(token))
            target = False
        elif kind == "redirect":
            target = True
        elif kind == "end":
            lists[-1].in_background = token == "&"
            lists.append(AndOr())
        elif kind == "join":
            lists[-1].joins.append(token)
            lists[-1].pipelines.append([[]])
        elif kind == "pipe":
            lists[-1].pipelines[-1].append([])
    found = [one for one in lists if not one.is_empty]
    return None if any(map(_is_compound, found)) else found


def _is_compound(one: AndOr) -> bool:
    commands = [words for pipeline in one.pipelines for words in pipeline]
    return any(words and words[0] in _COMPOUND for words in commands)


def _unquoted(token: str) -> str:
    return _QUOTED.sub(lambda found: found[1] or found[2] or found[3] or "", token)


def program(words: Words) -> Words:
    """Leave out assignments before a command."""
    for place, word in enumerate(words):
        if not _ASSIGNMENT.match(word):
            return words[place:]
    return []
