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
from collections.abc import Callable, Mapping
from typing import cast

from pytest_tracks.checks.command_schema import DEFAULT_TIMEOUT, argument_vector, find_bash
from pytest_tracks.checks.metric_schema import direction, read_metric
from pytest_tracks.checks.number import (
    NoNumberError,
    number_by_json_path,
    number_by_pattern,
)
from pytest_tracks.core.kinds import CheckContext, CheckResult
from pytest_tracks.core.measure import Measure, Measured
from pytest_tracks.core.model import Check, Criterion
from pytest_tracks.core.redact import mask, secrets_of, strip_controls
from pytest_tracks.core.tree import Keys, Node, Reader
from pytest_tracks.core.verdict import Outcome

__all__ = ["MetricKind"]

LARGEST_FILE = 64 * 2**20
"""Bytes: a larger file is not read, so that a check cannot exhaust memory."""


class MetricKind:
    """Criteria about a number; ``params`` holds the keys that are given, and ``timeout``."""

    name = "metric"
    options = frozenset({"timeout"})

    def __init__(self, find_bash: Callable[[], str | None] = find_bash) -> None:
        self._find_bash = functools.cache(find_bash)

    def read(self, value: Node, criterion: Keys, reader: Reader) -> Check | None:
        """Type the mapping and the timeout."""
        params = read_metric(value, criterion.get("timeout"), reader, self._find_bash)
        return None if params is None else Check(self.name, params)

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
    is_lower_better = direction(params) == "lower"
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
