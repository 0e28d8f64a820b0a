"""What ``metric:`` may say, typed; and what of it would measure nothing, or never fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import cast

from pytest_tracks.checks.command_schema import read_command, read_timeout
from pytest_tracks.checks.json_path import read_json_path
from pytest_tracks.checks.number import read_pattern
from pytest_tracks.checks.relative import read_path
from pytest_tracks.core.tree import Keys, Node, Reader, Scalar

__all__ = ["direction", "read_metric"]

_KEYS = frozenset({"run", "file", "pattern", "json", "min", "max", "unit", "baseline"})
_BOUNDS = frozenset({"min", "max", "baseline"})
_LARGEST = 1e15
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%", re.ASCII)


def read_metric(
    value: Node, timeout: Node | None, reader: Reader, find_bash: Callable[[], str | None]
) -> dict[str, object] | None:
    """Type the mapping and the timeout; None where a problem was noted."""
    keys = reader.mapping(value, "'metric'")
    if keys is None:
        return None
    fine = reader.known_keys(keys, _KEYS, "'metric'")
    given = [(key, node) for key, node in keys if key.text in _KEYS]
    params = {key.text: _read(key.text, node, reader, find_bash) for key, node in given}
    if timeout is not None:
        params["timeout"] = read_timeout(timeout, reader)
    if not fine or None in params.values() or not _is_whole(keys, params, reader):
        return None
    return params


def _read(key: str, node: Node, reader: Reader, find_bash: Callable[[], str | None]) -> object:
    what = f"'metric: {key}'"
    if key == "run":
        return read_command(node, what, reader, find_bash)
    if key == "baseline":
        return _read_baseline(node, reader)
    readers: Mapping[str, Callable[[Node, str, Reader], object]] = {
        "file": read_path,
        "pattern": read_pattern,
        "json": read_json_path,
        "unit": _read_text,
    }
    return readers.get(key, _read_number)(node, what, reader)


def _read_text(node: Node, what: str, reader: Reader) -> str | None:
    return reader.text(node, what)


def _read_number(node: Node, what: str, reader: Reader) -> float | None:
    return reader.number(node, what, low=-_LARGEST, high=_LARGEST)


def _read_baseline(node: Node, reader: Reader) -> dict[str, object] | None:
    keys = reader.mapping(node, "'metric: baseline'")
    if keys is None or not reader.known_keys(keys, {"tolerance", "better"}, "'metric: baseline'"):
        return None
    tolerance = keys.get("tolerance")
    if tolerance is None:
        hint = "say how much worse than the last PASS it may be: tolerance: 5%"
        message = "'metric: baseline' has no 'tolerance'"
        reader.problems.error(keys.location, "missing-key", message, hint)
        return None
    read: dict[str, object] = {}
    if isinstance(tolerance, Scalar) and (match := _PERCENT.fullmatch(tolerance.text.strip())):
        read["percent"] = float(match.group(1))
    else:
        what = "'metric: baseline: tolerance' (a share like 5%, or a number)"
        read["absolute"] = reader.number(tolerance, what, low=0, high=_LARGEST)
    better = keys.get("better")
    if better is not None:
        read["better"] = _read_better(better, reader)
    return None if None in read.values() else read


def _read_better(node: Node, reader: Reader) -> str | None:
    text = reader.text(node, "'metric: baseline: better'")
    if text in ("lower", "higher", None):
        return text
    message = f"'metric: baseline: better' is {text!r}"
    reader.problems.error(node.location, "unknown-value", message, "write lower or higher")
    return None


def _is_whole(keys: Keys, params: Mapping[str, object], reader: Reader) -> bool:
    fault = _fault(params)
    if fault:
        reader.problems.error(keys.location, "bad-metric", f"'metric' {fault[0]}", fault[1])
    return not fault


def _fault(params: Mapping[str, object]) -> tuple[str, str] | None:
    if not params.keys() & {"run", "file"}:
        return "measures nothing", "give 'run', a command, or 'file'"
    if len(params.keys() & {"pattern", "json"}) != 1:
        return "has to say in one way where the number is", "give 'pattern' or 'json'"
    if not params.keys() & _BOUNDS:
        return "cannot fail", "give 'min', 'max' or 'baseline'"
    low, high = params.get("min"), params.get("max")
    if low is not None and high is not None and cast(float, low) > cast(float, high):
        return "cannot pass: min is above max", "mend one of them"
    if "baseline" in params and not direction(params):
        return "does not say which way is worse", "add baseline: {better: lower} or higher"
    return None


def direction(params: Mapping[str, object]) -> str:
    """Say which way is better beside a baseline, ``lower`` or ``higher``; empty: not said."""
    stated = cast("Mapping[str, object]", params["baseline"]).get("better")
    if stated:
        return str(stated)
    if ("min" in params) == ("max" in params):
        return ""
    return "lower" if "max" in params else "higher"
