"""The text of a line is what ``codec`` and ``json`` make together."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.record import CoverageResult, Digest, TaskRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.state.codec import encode
from pytest_tracks.state.facts import LostFact, RunStarted, TaskSettled
from pytest_tracks.state.jsontext import fields_text, json_text

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
finite = scalars.filter(lambda value: value not in (float("inf"), float("-inf")))
values = st.recursive(
    finite,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner)
    ),
    max_leaves=12,
)


def by_objects(value: object) -> str:
    return json.dumps(encode(value), separators=(",", ":"), allow_nan=False)


@given(values)
def test_any_value_reads_as_codec_and_json_write_it(value: object) -> None:
    assert json_text(value) == by_objects(value)


@given(st.text(), st.text(), st.floats(0, 100), st.sampled_from(CriterionVerdict))
def test_a_fact_does_too(name: str, gap: str, percent: float, verdict: CriterionVerdict) -> None:
    results = {name: CriterionResult(name, verdict, gap, (gap, name), shown=bool(gap))}
    fact = TaskSettled(
        "r", name, TaskVerdict.FAIL, digest=Digest("d"), criteria=results,
        tests={name: (gap,)}, coverage=CoverageResult(percent, 80.0, 3),
    )  # fmt: skip
    assert json_text(fact) == by_objects(fact)


@pytest.mark.parametrize(
    "value", [RunStarted("r", 1, "h"), LostFact(), LostFact("A"), TaskRecord()]
)
def test_what_has_its_default_is_left_out(value: object) -> None:
    assert json_text(value) == by_objects(value)
    assert fields_text(LostFact()) == ""


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [float("-inf")]}])
def test_a_number_that_json_has_no_word_for_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="no word for"):
        json_text(value)
