"""Measures, signatures and failures seen survive snapshots, journals and merges."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.measure import Measure, Measured
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.sign_off import SignOff
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.state.facts import (
    AttemptStarted,
    Entry,
    Fact,
    SignedOff,
    TaskSettled,
    entry_from_json,
    entry_to_text,
)
from pytest_tracks.state.fold import fold
from pytest_tracks.state.join import Knowledge, join, resolve
from pytest_tracks.state.task_schema import is_intact, read_task, render_task
from pytest_tracks.state.yamltext import load

AT = "2026-01-01T00:00:00.000Z"
SIGNED = SignOff("ada", AT, "d1", "seen", "2026-04-01T00:00:00.000Z", attended=True)
TOLD = SignedOff("R", "A", "AC-003", SIGNED)


def entries(*facts: Fact) -> list[Entry]:
    made = [
        Entry(n, f"2026-01-01T00:00:{n:02}Z", f"w-{n}", fact) for n, fact in enumerate(facts, 1)
    ]
    return [entry_from_json(json.loads(entry_to_text(entry))) for entry in made]


def settled(attempt: str, verdict: TaskVerdict, value: float) -> list[Fact]:
    own = CriterionVerdict.PASS if verdict is TaskVerdict.PASS else CriterionVerdict.FAIL
    result = CriterionResult("AC-001", own, measured=Measured(value, "ms"))
    reds = {} if verdict is TaskVerdict.PASS else {"AC-001": "red"}
    return [
        AttemptStarted("R", "A", attempt),
        TaskSettled(
            "R", "A", verdict, attempt, criteria={"AC-001": result},
            definitions={"AC-001": "def"}, reds=reds,
        ),
    ]  # fmt: skip


def test_facts_become_memory_that_outlives_the_verdict():
    facts = [TOLD, *settled("1", TaskVerdict.FAIL, 9.0), *settled("2", TaskVerdict.PASS, 5.0)]
    record = fold(ProjectRecord(), entries(*facts)).task("A")
    assert record.sign_offs == {"AC-003": SIGNED}
    assert record.reds == {"AC-001": "red"}
    assert [(one.value, one.passed) for one in record.measures["AC-001"]] == [
        (9.0, False),
        (5.0, True),
    ]
    assert record.criteria["AC-001"].measured == Measured(5.0, "ms")


def test_an_older_signature_that_comes_late_replaces_nothing():
    older = replace(TOLD, sign_off=SignOff("bob", "2025-01-01T00:00:00.000Z", "d0"))
    record = fold(ProjectRecord(), entries(TOLD, older)).task("A")
    assert record.sign_offs["AC-003"] == SIGNED


def test_the_state_file_gives_it_back_and_an_edit_takes_it_away():
    facts = [TOLD, *settled("1", TaskVerdict.PASS, 5.0)]
    record = fold(ProjectRecord(), entries(*facts)).task("A")
    text = render_task("A", record, 3, {})
    tree = load(text)["A"]
    assert read_task(tree) == record
    assert is_intact("A", tree)
    forged = load(text.replace("by: ada", "by: bob"))["A"]
    assert not is_intact("A", forged)


# -- merges --------------------------------------------------------------------------------------

measures = st.builds(
    Measure, at=st.sampled_from(["a", "b", "c"]), value=st.sampled_from([1.0, 2.0]),
    passed=st.booleans(),
)  # fmt: skip
names = st.sampled_from(["AC-001", "AC-002"])
records = st.builds(
    TaskRecord,
    verdict=st.sampled_from([None, TaskVerdict.PASS, TaskVerdict.FAIL]),
    serial=st.integers(0, 2),
    journal=st.sampled_from(["J", "K"]),
    iterations=st.integers(0, 1),
    measures=st.dictionaries(names, st.lists(measures, max_size=2, unique=True).map(
        lambda found: tuple(sorted(found, key=lambda one: (one.at, one.value, one.passed)))
    ), max_size=1),
    sign_offs=st.dictionaries(names, st.builds(
        SignOff, by=st.sampled_from(["ada", "bob"]), at=st.sampled_from(["a", "b"]),
        digest=st.just("d"),
    )),
    reds=st.dictionaries(names, st.sampled_from(["x", "y"])),
)  # fmt: skip
states = st.builds(
    Knowledge, tasks=records.map(lambda record: {"A": (record,)}),
    seen=st.dictionaries(st.sampled_from(["J", "K"]), st.integers(0, 2)),
)  # fmt: skip


def memory(state: Knowledge) -> list[object]:
    record = resolve(state.tasks["A"])
    return [record.measures, record.sign_offs, record.reds]


@given(states, states, states)
def test_a_merge_keeps_all_that_is_remembered_whatever_the_order(one, two, three):
    left, right = join(join(one, two), three), join(three, join(two, one))
    assert memory(left) == memory(right) == memory(join(left, right))
    signed = {name for state in (one, two, three) for name in state.tasks["A"][0].sign_offs}
    assert resolve(left.tasks["A"]).sign_offs.keys() == signed


def test_a_signature_alone_is_no_verdict():
    signed = TaskRecord(sign_offs={"AC-003": SIGNED})
    passed = TaskRecord(TaskVerdict.PASS, serial=3, journal="J", attempt="R/A")
    for one, two in ((signed, passed), (passed, signed)):
        joined = join(Knowledge(tasks={"A": (one,)}), Knowledge(tasks={"A": (two,)}))
        assert resolve(joined.tasks["A"]) == replace(passed, sign_offs={"AC-003": SIGNED})
