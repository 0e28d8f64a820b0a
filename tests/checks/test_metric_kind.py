"""Numbers: which one, whether it is one at all, and what it is compared with."""

import os
from dataclasses import replace

import pytest

from pytest_tracks.checks.metric import MetricKind
from pytest_tracks.core.kinds import Remembered
from pytest_tracks.core.measure import Measure, Measured
from pytest_tracks.core.model import Criterion
from pytest_tracks.core.verdict import Outcome
from tests.checks.conftest import PLACE

KIND = MetricKind()


@pytest.fixture
def measure(read, context):
    def run(value, *, baseline=None, since=0, **options):
        given = read(KIND, value, **options)
        assert given.check is not None, given.errors
        told = replace(context, remembered=Remembered(baseline), started_ns=since)
        return KIND.run(Criterion("AC-002", "Fast", given.check, PLACE), told)

    return run


def printing(text, **more):
    return {"run": ["printf", "%s", text], **more}


def test_a_number_between_its_bounds(measure):
    result = measure(printing("x p95=120.5\n", pattern=r"p95=(\S+)", min=100, max=200, unit="ms"))
    assert result.outcome is Outcome.PASSED
    assert result.measured == Measured(120.5, "ms")
    assert result.evidence == ("measured 120.5 ms",)


@pytest.mark.parametrize(
    ("bounds", "gap"),
    [
        ({"max": 100}, "120 ms is above the maximum of 100 ms"),
        ({"min": 121}, "120 ms is below the minimum of 121 ms"),
    ],
)
def test_what_is_out_of_bounds_fails_and_is_kept(measure, bounds, gap):
    result = measure(printing("120", pattern="(.+)", unit="ms", **bounds))
    assert (result.outcome, result.gap) == (Outcome.FAILED, gap)
    assert result.measured == Measured(120.0, "ms")


@pytest.mark.parametrize("bounds", [{"max": 120}, {"min": 120}])
def test_a_bound_itself_is_inside(measure, bounds):
    assert measure(printing("120", pattern="(.+)", **bounds)).outcome is Outcome.PASSED


@pytest.mark.fault(58)
@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("p=nan", "nan meets no threshold"),
        ("p=-Infinity", "-Infinity meets no threshold"),
        ("p=1e999", "1e999 meets no threshold"),
        ("p=95%", "'95%' is no number"),
        ("p=1,5", "'1,5' is no number"),
        ("p=٣", "'٣' is no number"),
        ("q=1", "nothing matches 'p=(.*)'"),
        ("p=", "'' is no number"),
        ("p=1\np=900", "'p=(.*)' matches 2 values: '1', '900'"),
    ],
)
def test_fault_58_what_is_no_number_fails(measure, text, gap):
    result = measure(printing(text, pattern="p=(.*)", max=1000))
    assert (result.outcome, result.gap) == (Outcome.FAILED, gap)
    assert result.measured is None


@pytest.mark.fault(58)
@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ('{"p": NaN}', "nan meets no threshold"),
        ('{"p": "95"}', "p is no number but str: '95'"),
        ('{"p": true}', "p is no number but bool: True"),
        ('{"p": null}', "p is no number but null: None"),
        ('{"q": 1}', "the output has no p"),
        ("[", "the output is no JSON"),
        ("9" * 5000, "the output is no JSON"),
    ],
)
def test_fault_58_what_is_no_number_in_json_fails(measure, text, gap):
    result = measure(printing(text, json="p", max=1000))
    assert result.outcome is Outcome.FAILED
    assert result.gap.startswith(gap)


def test_a_json_path_has_to_lead_to_one_number(measure):
    text = '{"runs": [{"name": "a", "p95": 7}, {"name": "b", "p95": 9}]}'
    one = measure(printing(text, json="$.runs[?@.name=='b'].p95", max=10))
    assert one.measured == Measured(9.0)
    many = measure(printing(text, json="$.runs[*].p95", max=10))
    assert many.gap == "$.runs[*].p95 leads to 2 values, not one"


def test_a_command_that_fails_has_no_number(measure):
    result = measure({"run": "echo 5; exit 3", "pattern": "(.+)", "max": 9})
    assert (result.outcome, result.gap) == (Outcome.FAILED, "exit status 3")


def test_a_file_of_this_run(measure, root):
    path = root / "size.json"
    path.write_text('{"bytes": 12}')
    asked = {"file": "size.json", "json": "bytes", "max": 20}
    since = path.stat().st_mtime_ns
    assert measure(asked, since=since).outcome is Outcome.PASSED


@pytest.mark.fault(58)
def test_fault_58_an_old_file_fails(measure, root):
    path = root / "size.json"
    path.write_text('{"bytes": 12}')
    asked = {"file": "size.json", "json": "bytes", "max": 20}
    assert (
        measure(asked, since=path.stat().st_mtime_ns + 1).gap == "size.json is older than this run"
    )
    os.utime(path, (1, 1))
    not_written = measure({**asked, "run": "true"}, since=0)
    assert not_written.gap == "size.json is older than this run"
    written = measure({**asked, "run": """echo '{"bytes": 9}' > size.json"""})
    assert written.measured == Measured(9.0)
    path.unlink()
    assert measure(asked).gap == "size.json does not exist"


def before(value):
    return Measure("2026-01-02T00:00:00Z", value, "ms", passed=True)


@pytest.mark.parametrize(
    ("bounds", "rule", "baseline", "number", "outcome"),
    [
        ({"max": 999}, {"tolerance": "5%"}, 100.0, "105", Outcome.PASSED),
        ({"max": 999}, {"tolerance": "5%"}, 100.0, "105.1", Outcome.FAILED),
        ({"max": 999}, {"tolerance": "5%"}, 100.0, "1", Outcome.PASSED),
        ({"min": 1}, {"tolerance": "5%"}, 100.0, "94.9", Outcome.FAILED),
        ({"min": 1}, {"tolerance": "5%"}, 100.0, "500", Outcome.PASSED),
        ({}, {"tolerance": "2", "better": "higher"}, 100.0, "97", Outcome.FAILED),
        ({}, {"tolerance": "2", "better": "lower"}, -100.0, "-98", Outcome.PASSED),
        ({}, {"tolerance": "10%", "better": "lower"}, -100.0, "-89", Outcome.FAILED),
        ({}, {"tolerance": "0", "better": "lower"}, 0.0, "0", Outcome.PASSED),
        ({}, {"tolerance": "5%", "better": "lower"}, None, "7", Outcome.PASSED),
    ],
)
def test_the_baseline(measure, bounds, rule, baseline, number, outcome):
    asked = printing(number, pattern="(.+)", baseline=rule, **bounds)
    result = measure(asked, baseline=None if baseline is None else before(baseline))
    assert result.outcome is outcome
    if outcome is Outcome.FAILED:
        assert "at the last PASS" in result.gap
        assert "worse by" in result.gap


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"pattern": "(x)", "max": 1}, "measures nothing"),
        ({"run": "x", "max": 1}, "in one way where the number is"),
        ({"run": "x", "pattern": "(x)", "json": "p", "max": 1}, "in one way"),
        ({"run": "x", "pattern": "(x)"}, "cannot fail"),
        ({"run": "x", "pattern": "(x)", "min": 2, "max": 1}, "cannot pass"),
        ({"run": "x", "pattern": "(x)", "baseline": {"tolerance": "5%"}}, "which way is worse"),
        ({"run": "x", "pattern": "x", "max": 1}, "has 0 groups, not one"),
        ({"run": "x", "pattern": "(x)(y)", "max": 1}, "has 2 groups, not one"),
        ({"run": "x", "pattern": "(", "max": 1}, "'metric: pattern'"),
        ({"run": "x", "json": "$.[", "max": 1}, "'metric: json'"),
        ({"run": "x", "json": "a..b", "max": 1}, "has an empty name"),
        ({"file": "../x", "json": "p", "max": 1}, "leads out of the project"),
        ({"run": "x", "pattern": "(x)", "max": "200 ms"}, "'metric: max' is '200 ms'"),
        ({"run": "x", "pattern": "(x)", "baseline": {}}, "has no 'tolerance'"),
        ({"run": "x", "pattern": "(x)", "max": 1, "maximum": 2}, "has no key 'maximum'"),
    ],
)
def test_what_cannot_be_measured_is_refused(read, value, message):
    assert message in read(KIND, value).error.message
