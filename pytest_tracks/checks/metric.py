r"""``metric: {run: python bench.py, pattern: "p95=([\d.]+)", max: 200}``: a number decides.

::

    run ──► output ─┐  pattern                      min, max: both belong to it
                    ├────────────► number ──► fits?
    file ───────────┘  JSON path                    baseline: of the last PASS, and a tolerance

    metric: {run: [python, bench.py, --json], json: result.p95, max: 200, unit: ms}
    metric: {file: build/size.json, json: $.gzip, max: 145000, unit: bytes}
    metric: {run: python bench.py, pattern: "rate=(\d+)", baseline: {tolerance: 5%, better: higher}}

A file counts only where it was written in this run; with ``run`` beside it, by that command. The
baseline is the number of the last PASS of this very criterion: a slow decline, a tolerance at a
time, is stopped by ``min`` or ``max`` alone.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Mapping
from typing import cast

from pytest_tracks.checks.command_schema import (
    DEFAULT_TIMEOUT,
    argument_vector,
    find_bash,
    read_command,
    read_timeout,
)
from pytest_tracks.checks.json_path import read_json_path
from pytest_tracks.checks.number import (
    NoNumberError,
    number_by_json_path,
    number_by_pattern,
    read_pattern,
)
from pytest_tracks.checks.relative import read_path
from pytest_tracks.core.kinds import CheckContext, CheckResult
from pytest_tracks.core.measure import Measure, Measured
from pytest_tracks.core.model import Check, Criterion
from pytest_tracks.core.redact import mask, secrets_of, strip_controls
from pytest_tracks.core.tree import Keys, Node, Reader, Scalar
from pytest_tracks.core.verdict import Outcome

__all__ = ["MetricKind"]

LARGEST_FILE = 64 * 2**20
"""Bytes: a larger file is not read, so that a check cannot exhaust memory."""

_KEYS = frozenset({"run", "file", "pattern", "json", "min", "max", "unit", "baseline"})
_BOUNDS = frozenset({"min", "max", "baseline"})
_LARGEST = 1e15
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%", re.ASCII)


class MetricKind:
    """Criteria about a number; ``params`` holds the keys that are given, and ``timeout``."""

    name = "metric"
    options = frozenset({"timeout"})

    def __init__(self, find_bash: Callable[[], str | None] = find_bash) -> None:
        self._find_bash = functools.cache(find_bash)

    def read(self, value: Node, criterion: Keys, reader: Reader) -> Check | None:
        """Type the mapping and the timeout."""
        keys = reader.mapping(value, "'metric'")
        if keys is None:
            return None
        fine = reader.known_keys(keys, _KEYS, "'metric'")
        given = [(key, node) for key, node in keys if key.text in _KEYS]
        params = {key.text: self._read(key.text, node, reader) for key, node in given}
        timeout = criterion.get("timeout")
        if timeout is not None:
            params["timeout"] = read_timeout(timeout, reader)
        if not fine or None in params.values() or not _is_whole(keys, params, reader):
            return None
        return Check(self.name, params)

    def _read(self, key: str, node: Node, reader: Reader) -> object:
        what = f"'metric: {key}'"
        if key == "run":
            return read_command(node, what, reader, self._find_bash)
        if key == "file":
            return read_path(node, what, reader)
        if key == "pattern":
            return read_pattern(node, what, reader)
        if key == "json":
            return read_json_path(node, what, reader)
        if key == "unit":
            return reader.text(node, what)
        if key == "baseline":
            return _read_baseline(node, reader)
        return reader.number(node, what, low=-_LARGEST, high=_LARGEST)

    def run(self, criterion: Criterion, context: CheckContext) -> CheckResult:
        """Measure, and compare."""
        params = criterion.check.params
        try:
            text = self._source(params, context)
            number = _take(text, params)
        except _StoppedError as stopped:
            return stopped.result
        except NoNumberError as error:
            return _failed(error.gap, context, fix=error.fix)
        measured = Measured(number, str(params.get("unit", "")))
        gap, evidence = _compare(measured, params, context.remembered.baseline)
        if gap:
            return _failed(gap, context, measured=measured)
        return CheckResult(Outcome.PASSED, evidence=(evidence,), measured=measured)

    def _source(self, params: Mapping[str, object], context: CheckContext) -> str:
        since = context.started_ns
        text = ""
        if "run" in params:
            since = _file_clock(context.scratch)
            text = _printed(params, context)
        return _written(str(params["file"]), since, context) if "file" in params else text


class _StoppedError(Exception):
    """The command itself has failed."""

    def __init__(self, result: CheckResult) -> None:
        super().__init__(result.gap)
        self.result = result


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
    if "baseline" in params and not _direction(params):
        return "does not say which way is worse", "add baseline: {better: lower} or higher"
    return None


def _direction(params: Mapping[str, object]) -> str:
    stated = cast("Mapping[str, object]", params["baseline"]).get("better")
    if stated:
        return str(stated)
    if ("min" in params) == ("max" in params):
        return ""
    return "lower" if "max" in params else "higher"


def _printed(params: Mapping[str, object], context: CheckContext) -> str:
    # Here, not above: a process that only reads plans needs no subprocess.
    from pytest_tracks.checks.command import run_command

    argv = argument_vector(cast("str | tuple[str, ...]", params["run"]))
    ended = run_command(argv, context, cast(float, params.get("timeout", DEFAULT_TIMEOUT)))
    if ended.gap:
        raise _StoppedError(ended.result())
    if ended.output.is_cut and "file" not in params:
        fix = "print less, or write the number to a file and name it with 'file'"
        raise NoNumberError(f"printed {ended.output.size:,} bytes, too many to search", fix)
    return ended.text


def _file_clock(scratch: str) -> int:
    """Tell the time as files are stamped here, in nanoseconds: coarser than the system's clock."""
    import tempfile

    os.makedirs(scratch, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=scratch) as file:
        return os.stat(file.name).st_mtime_ns


def _written(path: str, since: int, context: CheckContext) -> str:
    place = os.path.join(context.root, path)
    fix = "let an earlier criterion or 'run' of this one write it"
    try:
        found = os.stat(place)
        if found.st_mtime_ns < since:
            raise NoNumberError(f"{path} is older than this run", fix)
        if found.st_size > LARGEST_FILE:
            raise NoNumberError(f"{path} is too large to be searched: {found.st_size:,} bytes")
        with open(place, encoding="utf-8-sig", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        raise NoNumberError(f"{path} does not exist", fix) from None
    except OSError as error:
        raise NoNumberError(f"{path} cannot be read: {error.strerror}") from None


def _take(text: str, params: Mapping[str, object]) -> float:
    if "json" in params:
        return number_by_json_path(text, str(params["json"]))
    return number_by_pattern(text, str(params["pattern"]))


def _compare(
    measured: Measured, params: Mapping[str, object], baseline: Measure | None
) -> tuple[str, str]:
    """Return why the number does not do, else what is shown for it."""
    value, unit = measured.value, measured.unit
    low, high = cast("float | None", params.get("min")), cast("float | None", params.get("max"))
    if low is not None and not value >= low:
        return f"{_shown(value, unit)} is below the minimum of {_shown(low, unit)}", ""
    if high is not None and not value <= high:
        return f"{_shown(value, unit)} is above the maximum of {_shown(high, unit)}", ""
    if "baseline" not in params:
        return "", f"measured {_shown(value, unit)}"
    if baseline is None:
        return "", f"measured {_shown(value, unit)}: the baseline of what follows"
    return _beside(measured, params, baseline)


def _beside(measured: Measured, params: Mapping[str, object], before: Measure) -> tuple[str, str]:
    rule = cast("Mapping[str, object]", params["baseline"])
    share = cast(float, rule.get("percent", 0.0)) / 100 * abs(before.value)
    allowance = cast(float, rule.get("absolute", share))
    is_lower_better = _direction(params) == "lower"
    worse_by = (measured.value - before.value) * (1 if is_lower_better else -1)
    told = f"{_shown(measured.value, measured.unit)}, at the last PASS"
    told += f" {_shown(before.value, before.unit)} ({before.at[:10]})"
    if worse_by <= allowance:
        return "", f"measured {told}"
    allowed = f"{rule['percent']:g}%" if "percent" in rule else f"{allowance:g}"
    return f"{told}: worse by {worse_by:g}, allowed {allowed}", ""


def _shown(value: float, unit: str) -> str:
    return f"{value:g} {unit}".rstrip() if abs(value) < 1e6 else f"{value:,.10g} {unit}".rstrip()


def _failed(
    gap: str, context: CheckContext, *, fix: str = "", measured: Measured | None = None
) -> CheckResult:
    shown = mask(strip_controls(gap), secrets_of(context.environment))
    return CheckResult(Outcome.FAILED, shown, recommended_fix=fix, measured=measured)
