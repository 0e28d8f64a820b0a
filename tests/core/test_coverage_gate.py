from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.coverage_gate import FileCoverage, gate_text, judge, ranges
from pytest_tracks.core.model import Coverage

GATE = Coverage(("src",), 80.0)


def file(path: str, statements: int, missing: int, **more: object) -> FileCoverage:
    lines = range(1, statements + 1)
    lacking = frozenset(lines[statements - missing :])
    return FileCoverage(path, frozenset(lines), lacking, **more)  # type: ignore[arg-type]


def test_what_reaches_the_minimum_passes() -> None:
    judgement = judge(GATE, [file("a.py", 10, 2), file("b.py", 0, 0)])
    assert judgement.gap == ""
    assert (judgement.result.percent, judgement.result.required) == (80.0, 80.0)
    assert judgement.result.statements == 10


def test_what_does_not_shows_the_lines_of_each_file() -> None:
    judgement = judge(GATE, [file("long/name.py", 10, 3), file("b.py", 4, 0), file("c.py", 2, 2)])
    assert judgement.gap == "68.75 % of 16 statements covered, 80 % required"
    assert judgement.detail == (
        "c.py            0.00 %  missed 1-2",
        "long/name.py   70.00 %  missed 8-10",
    )


def test_branches_count_like_statements() -> None:
    branches = file("a.py", 8, 0, branches=4, missing_branches=((3, 5), (3, -1)))
    judgement = judge(Coverage(("src",), 84.0, branch=True), [branches])
    assert judgement.gap == "83.33 % of 8 statements and 4 branches covered, 84 % required"
    assert judgement.detail == ("a.py   83.33 %  missed 3->exit, 3->5",)


def test_fault_61_no_statement_is_nothing_measured() -> None:
    for files in ([], [file("a.py", 0, 0)]):
        judgement = judge(GATE, files)
        assert judgement.gap == "nothing measured: no statement in src"
        assert judgement.result.percent == 0.0


def test_fault_61_a_file_that_never_ran_counts_nothing() -> None:
    judgement = judge(Coverage(("src",), 1.0), [file("a.py", 10, 10)])
    assert "nothing of src ran" in judgement.gap
    assert "0.00 % of 10 statements covered" in judgement.gap


def test_a_hair_below_is_below() -> None:
    judgement = judge(GATE, [file("a.py", 100_000, 20_001)])
    assert judgement.gap == "79.99 % of 100000 statements covered, 80 % required"


def test_each_file_has_its_own_minimum() -> None:
    gate = Coverage(("src",), 50.0, per_file_minimum=60.0)
    judgement = judge(gate, [file("a.py", 10, 5), file("b.py", 10, 6), file("c.py", 10, 0)])
    assert judgement.gap == "b.py 40.00 % and 1 more, 60 % of each file required"
    assert judge(gate, [file("a.py", 10, 4), file("empty.py", 0, 0)]).gap == ""


def test_only_changed_statements_are_asked_for() -> None:
    gate = Coverage(("src",), 10.0, diff_minimum=100.0)
    files = [file("a.py", 10, 5)]
    assert judge(gate, files, {"a.py": frozenset({1, 99}), "b.py": frozenset({1})}).gap == ""
    missed = judge(gate, files, {"a.py": frozenset({5, 6, 7})}, "main (1234)")
    assert missed.gap == (
        "33.33 % of 3 statements changed since main (1234) covered, 100 % required: a.py 6-7"
    )
    assert judge(gate, files, {}).gap == ""


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=5),
    st.integers(1, 10_000),
)
def test_a_gate_is_passed_exactly_where_the_ratio_reaches_it(
    sizes: list[tuple[int, int]], hundredths: int
) -> None:
    files = [file(f"{n}.py", max(pair), min(pair)) for n, pair in enumerate(sizes)]
    total = sum(len(one.statements) for one in files)
    executed = total - sum(len(one.missing) for one in files)
    gate = Coverage(("src",), hundredths / 100)
    passes = total > 0 and executed > 0
    passes = passes and Fraction(executed * 10_000, total) >= hundredths
    assert (judge(gate, files).gap == "") is passes


@given(st.sets(st.integers(1, 40)), st.data())
def test_ranges_name_the_missing_lines_and_no_covered_statement(
    statements: set[int], data: st.DataObject
) -> None:
    missing = data.draw(st.sets(st.sampled_from(sorted(statements)))) if statements else set()
    named: set[int] = set()
    for part in filter(None, ranges(statements, missing).split(", ")):
        first, _, last = part.partition("-")
        named |= set(range(int(first), int(last or first) + 1))
    assert named & statements == missing


@pytest.mark.parametrize(
    ("gate", "text"),
    [
        (GATE, "at least 80 % covered"),
        (Coverage(("s",), 80, per_file_minimum=50), "at least 80 % covered, 50 % of each file"),
        (Coverage(("s",), 80, diff_minimum=90), "at least 80 % covered, 90 % of what changed"),
    ],
)
def test_a_gate_says_what_it_demands(gate: Coverage, text: str) -> None:
    assert gate_text(gate) == text
