"""Damage to documents, as people and merges do it: lines dropped, swapped, doubled, cut."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["mutate"]


def mutate(text: str, dice: random.Random) -> str:
    """Damage a text in one to four places."""
    lines = text.split("\n")
    for _ in range(dice.randint(1, 4)):
        lines = dice.choice(_DAMAGES)(lines, dice) or [""]
    return "\n".join(lines)


def _drop(lines: list[str], dice: random.Random) -> list[str]:
    start = dice.randrange(len(lines))
    return lines[:start] + lines[start + dice.randint(1, 3) :]


def _swap(lines: list[str], dice: random.Random) -> list[str]:
    one, two = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines = [*lines]
    lines[one], lines[two] = lines[two], lines[one]
    return lines


def _double(lines: list[str], dice: random.Random) -> list[str]:
    at = dice.randrange(len(lines))
    return [*lines[: at + 1], *lines[at:]]


def _cut_line(lines: list[str], dice: random.Random) -> list[str]:
    at = dice.randrange(len(lines))
    keep = dice.randint(0, len(lines[at]))
    return [*lines[:at], lines[at][:keep], *lines[at + 1 :]]


def _cut_end(lines: list[str], dice: random.Random) -> list[str]:
    return lines[: dice.randrange(len(lines)) + 1]


def _indent(lines: list[str], dice: random.Random) -> list[str]:
    at = dice.randrange(len(lines))
    changed = dice.choice([" " + lines[at], "\t" + lines[at], lines[at].lstrip()])
    return [*lines[:at], changed, *lines[at + 1 :]]


def _insert_sign(lines: list[str], dice: random.Random) -> list[str]:
    at = dice.randrange(len(lines))
    line = lines[at]
    place = dice.randint(0, len(line))
    sign = dice.choice("\"'[]{}:,#-<>&*!|%@`\\é→")
    return [*lines[:at], line[:place] + sign + line[place:], *lines[at + 1 :]]


_DAMAGES = (_drop, _swap, _double, _cut_line, _cut_end, _indent, _insert_sign)


def mutate_json(value: Any, dice: random.Random) -> None:
    """Damage a JSON value in place: entries dropped, doubled, or of another type."""
    for _ in range(dice.randint(1, 4)):
        holder = dice.choice(list(_holders(value)))
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            continue
        key = dice.choice(keys)
        action = dice.randrange(4)
        if action == 0:
            del holder[key]
        elif action == 1 and isinstance(holder, list):
            holder.append(holder[key])
        elif action == 2 and isinstance(holder, dict):
            holder[dice.choice([*keys, "id", "tasks", "dependencies"])] = holder.pop(key)
        else:
            holder[key] = dice.choice(_OTHER_VALUES)()


def _holders(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _holders(inner)


_OTHER_VALUES: tuple[Callable[[], Any], ...] = (
    lambda: None,
    lambda: 0,
    lambda: -1.5,
    lambda: "",
    lambda: "none",
    lambda: "x" * 300,
    lambda: True,
    list,
    dict,
    lambda: [[]],
    lambda: {"id": "A"},
    lambda: ["TASK-001", None, 3],
    lambda: "../../etc/passwd",
)
