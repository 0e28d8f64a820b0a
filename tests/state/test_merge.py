"""The join of states: pure laws by Hypothesis, then real files in real folders."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from pytest_tracks.core.model import Plan, TaskKind
from pytest_tracks.core.record import Digest, ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.errors import StateError
from pytest_tracks.state import store as store_module
from pytest_tracks.state.facts import AttemptStarted, RunStarted, TaskSettled, UnknownFact
from pytest_tracks.state.join import Knowledge, join, resolve
from pytest_tracks.state.journal import Journal
from pytest_tracks.state.merge import SHARD_MERGED, Contents, Merged, find_shard, merge, merge_file
from pytest_tracks.state.pure_gates import settle_pure_gates
from pytest_tracks.state.recovery import open_state
from pytest_tracks.state.sides import SIBLINGS
from pytest_tracks.state.snapshot import read

from .worlds import (
    DIGEST,
    FakeMachine,
    entries,
    journal_file,
    open_store,
    passed_project,
    plan,
    result,
    run_task,
    settled,
    started,
    state_file,
    task,
)

PASS, FAIL, BLOCKED = TaskVerdict.PASS, TaskVerdict.FAIL, TaskVerdict.BLOCKED
CONFLICT, INTERRUPTED = TaskVerdict.CONFLICT, TaskVerdict.INTERRUPTED
CONTENTS = Contents(
    lambda record: {name: known.digest or Digest() for name, known in record.tasks.items()},
    lambda name, record: True,
)
"""A work tree in which every verdict is about what there is now."""


# -- the pure join ----------------------------------------------------------------------------


def record_of(
    verdict: TaskVerdict | None, serial: int, journal: str, attempt: str = "", attempts: int = 1
) -> TaskRecord:
    attempt = attempt or f"{journal}-{serial}"
    return TaskRecord(
        verdict, serial=serial, journal=journal, attempt=attempt, attempts=attempts, digest=DIGEST
    )


def knowing(*records: TaskRecord, **seen: int) -> Knowledge:
    """Know these records of one task."""
    return Knowledge(tasks={"T": records} if records else {}, seen=seen)


def verdict_of(*states: Knowledge) -> TaskVerdict | None:
    return resolve(reduce(join, states).tasks["T"]).verdict


def test_a_verdict_that_the_other_side_never_saw_is_kept() -> None:
    one, other = knowing(record_of(PASS, 2, "a"), a=2), knowing(b=5)
    assert verdict_of(one, other) is verdict_of(other, one) is PASS


def test_what_was_replaced_does_not_come_back() -> None:
    """The rerun knew of the failure: an old artifact merged once more changes nothing."""
    old = knowing(record_of(FAIL, 2, "a"), a=2)
    rerun = knowing(record_of(PASS, 4, "b", attempts=2), a=2, b=4)
    assert verdict_of(old, rerun) is verdict_of(rerun, old) is PASS
    assert join(rerun, old) == rerun


def test_a_failure_is_not_beaten_by_a_pass_that_did_not_know_of_it() -> None:
    """However late its serial is: two machines have no common order."""
    failed, passed = record_of(FAIL, 2, "a"), record_of(PASS, 90, "b")
    one, other = knowing(failed, a=2), knowing(passed, b=90)
    assert verdict_of(one, other) is verdict_of(other, one) is FAIL
    assert join(one, other).tasks["T"] == (failed, passed), "both are kept"


def test_a_folder_that_was_copied_goes_on_with_the_same_journal() -> None:
    """Having seen serial 3 of a journal is then no sign of having seen this very fact."""
    one = knowing(record_of(FAIL, 3, "a", "one"), a=3)
    other = knowing(record_of(PASS, 4, "a", "other"), a=4)
    assert verdict_of(one, other) is verdict_of(other, one) is FAIL
    elsewhere = Knowledge(tasks={"OTHER": (record_of(PASS, 4, "a"),)}, seen={"a": 4})
    assert verdict_of(one, elsewhere) is FAIL


def test_a_later_rerun_settles_what_shards_disagreed_on() -> None:
    shards = join(knowing(record_of(FAIL, 2, "a"), a=2), knowing(record_of(PASS, 2, "b"), b=2))
    rerun = Knowledge(
        tasks={"T": (record_of(PASS, 3, "c", attempts=2),)}, seen={"a": 2, "b": 2, "c": 3}
    )
    assert join(shards, rerun) == rerun


@pytest.mark.parametrize("nothing", [None, BLOCKED, INTERRUPTED, TaskVerdict.INCOMPLETE])
@pytest.mark.parametrize("evidence", [PASS, FAIL, TaskVerdict.FLAKY])
def test_where_nothing_was_found_out_the_others_verdict_counts(
    nothing: TaskVerdict | None, evidence: TaskVerdict
) -> None:
    shards = knowing(record_of(nothing, 9, "a"), a=9), knowing(record_of(evidence, 2, "b"), b=2)
    assert verdict_of(*shards) is evidence


def test_fault_39_two_verdicts_for_one_attempt_are_a_conflict() -> None:
    failed, passed = record_of(FAIL, 3, "a", "x"), record_of(PASS, 3, "b", "x")
    both = join(knowing(failed, a=3), knowing(passed, b=3))
    assert both.tasks["T"] == (failed, passed)
    known = resolve(both.tasks["T"])
    assert (known.verdict, known.completed_at) == (CONFLICT, None)


def test_a_conflict_at_the_same_place_of_a_copied_journal() -> None:
    failed, passed = record_of(FAIL, 3, "a", "x"), record_of(PASS, 3, "a", "x")
    assert verdict_of(knowing(failed, a=3), knowing(passed, a=3)) is CONFLICT


def test_that_an_attempt_was_cut_off_is_no_verdict_of_it() -> None:
    """An artifact of the middle of a run, and one of its end."""
    middle, end = record_of(INTERRUPTED, 2, "a", "x"), record_of(PASS, 3, "a", "x")
    assert verdict_of(knowing(middle, a=2), knowing(end, a=3)) is PASS


def test_verdicts_on_what_there_is_now_count_before_others() -> None:
    old = replace(record_of(FAIL, 2, "a"), digest=Digest("old"))
    now = record_of(PASS, 2, "b")
    assert resolve((old, now), lambda record: record.digest == DIGEST) == now
    assert resolve((old, now)).verdict is FAIL
    assert resolve((old, now), lambda record: False).verdict is FAIL


def test_a_claim_gives_way_to_every_verdict() -> None:
    claim = TaskRecord(TaskVerdict.UNVERIFIED, claim="completed")
    assert verdict_of(knowing(claim, a=9), knowing(record_of(FAIL, 2, "b"), b=2)) is FAIL
    assert join(knowing(claim), knowing(claim)).tasks["T"] == (claim,)
    assert join(knowing(claim), knowing()).tasks["T"] == (claim,)


@dataclass
class Machine:
    """Runs tasks and takes over states, as jobs of CI and developers do."""

    name: str
    state: Knowledge = field(default_factory=Knowledge)

    def run(self, name: str, verdict: TaskVerdict) -> TaskRecord:
        known = resolve(self.state.tasks.get(name, ()))
        serial = self.state.project.serial + 1
        attempts = known.attempts + (verdict is not BLOCKED)
        attempt = known.attempt if verdict is BLOCKED else f"{self.name}-{serial}/{name}"
        made = record_of(verdict, serial, self.name, attempt, attempts)
        made = replace(made, attempt=attempt)
        self.state = Knowledge(
            replace(self.state.project, serial=serial, updated_at=f"2025-{serial:04}"),
            {**self.state.tasks, name: (made,)},
            {**self.state.seen, self.name: serial},
        )
        return made


@dataclass
class History:
    """What has happened on all machines: every state that there ever was, and every verdict."""

    states: list[Knowledge] = field(default_factory=list)
    verdicts: list[tuple[str, TaskRecord]] = field(default_factory=list)


MACHINES, TASKS = ["a", "b", "c"], ["T", "U"]
VERDICTS = [PASS, FAIL, BLOCKED, INTERRUPTED, TaskVerdict.FLAKY]


@st.composite
def histories(draw: st.DrawFn) -> History:
    machines = {name: Machine(name) for name in MACHINES}
    history = History()
    for _ in range(draw(st.integers(1, 12))):
        machine = machines[draw(st.sampled_from(MACHINES))]
        if history.states and draw(st.integers(0, 2)) == 0:
            machine.state = join(machine.state, draw(st.sampled_from(history.states)))
        else:
            name = draw(st.sampled_from(TASKS))
            made = machine.run(name, draw(st.sampled_from(VERDICTS)))
            history.verdicts.append((name, made))
        history.states.append(machine.state)
    return history


@given(histories(), st.randoms())
@settings(max_examples=300, deadline=None)
def test_any_order_and_any_repetition_gives_the_same(history: History, dice: random.Random) -> None:
    states = history.states
    shuffled = [*states, *states[:3]]
    dice.shuffle(shuffled)
    assert reduce(join, shuffled) == reduce(join, states)


@given(histories(), st.data())
@settings(max_examples=300, deadline=None)
def test_it_does_not_matter_what_was_joined_before(history: History, data: st.DataObject) -> None:
    one, two, three = (data.draw(st.sampled_from(history.states)) for _ in range(3))
    assert join(join(one, two), three) == join(one, join(two, three))
    assert join(one, two) == join(two, one)
    assert join(one, one) == one
    assert join(one, join(one, two)) == join(one, two)


@given(histories())
@settings(max_examples=300, deadline=None)
def test_no_verdict_is_lost_and_none_is_invented(history: History) -> None:
    joined = reduce(join, history.states)
    for name, made in history.verdicts:
        kept = joined.tasks[name]
        assert made in kept or any(later.serial > made.serial for later in kept)
    for name, kept in joined.tasks.items():
        assert all((name, record) in history.verdicts for record in kept)


@given(histories())
@settings(max_examples=300, deadline=None)
def test_nothing_is_better_than_the_worst_that_was_found(history: History) -> None:
    for records in reduce(join, history.states).tasks.values():
        found = {record.verdict for record in records}
        verdict = resolve(records).verdict
        assert verdict in found | {CONFLICT}
        assert not (verdict is PASS and found & {FAIL, TaskVerdict.FLAKY})


def overwrite(one: Knowledge, other: Knowledge) -> Knowledge:
    """Join as a naive implementation does: whoever comes last has the say."""
    return replace(join(one, other), tasks={**one.tasks, **other.tasks})


def latest(one: Knowledge, other: Knowledge) -> Knowledge:
    """Join as a less naive one does: the verdict of the highest serial."""
    joined = join(one, other)
    tasks = {name: (max(them, key=lambda it: it.serial),) for name, them in joined.tasks.items()}
    return replace(joined, tasks=tasks)


@pytest.mark.parametrize("naive", [overwrite, latest])
def test_naive_joins_go_red(naive: Callable[[Knowledge, Knowledge], Knowledge]) -> None:
    """The laws above can fail: order matters to these, or a failure gets lost."""

    def breaks_a_law(history: History) -> bool:
        there, back = reduce(naive, history.states), reduce(naive, history.states[::-1])
        worst = {name: resolve(them) for name, them in reduce(join, history.states).tasks.items()}
        found = {name: resolve(them) for name, them in there.tasks.items()}
        return there != back or any(found[name].verdict != worst[name].verdict for name in worst)

    assert find(histories(), breaks_a_law, settings=settings(database=None)).states


# -- gates that follow from their predecessors -------------------------------------------------


def gated() -> Plan:
    gate = task("SYNC-01", "TASK-1", "TASK-2", criteria=0, kind=TaskKind.SYNC_POINT)
    return plan(task("TASK-1"), task("TASK-2"), gate)


def gate_record(*verdicts: TaskVerdict | None, now: Digest = DIGEST) -> TaskRecord:
    tasks = {
        f"TASK-{number}": TaskRecord(verdict, digest=DIGEST, completed_at=f"2025-0{number}")
        for number, verdict in enumerate(verdicts, 1)
        if verdict
    }
    digests = dict.fromkeys(("TASK-1", "TASK-2", "SYNC-01"), now)
    return settle_pure_gates(gated(), tasks, digests)["SYNC-01"]


def test_a_gate_opens_whose_predecessors_passed_in_different_shards() -> None:
    known = gate_record(PASS, PASS)
    assert (known.verdict, known.digest, known.completed_at) == (PASS, DIGEST, "2025-02")


def test_a_gate_stays_closed_otherwise() -> None:
    assert gate_record(PASS, FAIL).blocked_by == ("TASK-2",)
    assert gate_record(PASS, None).verdict is BLOCKED
    assert gate_record(None, None) == TaskRecord()
    assert gate_record(PASS, PASS, now=Digest("changed")).verdict is BLOCKED


# -- files -------------------------------------------------------------------------------------


def shard(root: Path, **verdicts: str) -> Path:
    """Record one CI job's run and return its folder; only the state file is left."""
    pid = 200 + len(root.name)
    machine = FakeMachine(pid=pid, host=root.name, alive={pid})
    store = open_store(root, machine=machine)
    store.start_run(commit="c0ffee")
    for name, verdict in verdicts.items():
        run_task(store, name.replace("_", "-"), verdict)
    store.finish_run(0)
    shutil.rmtree(journal_file(root).parent)
    return root


def merge_into(root: Path, *shards: Path, the_plan: Plan | None = None) -> Merged:
    found = {one.name: state_file(one) for one in shards}
    the_plan = the_plan or plan()
    return merge(root, the_plan, state_file(root), found, CONTENTS, FakeMachine())


def recorded(root: Path) -> ProjectRecord:
    return open_store(root).record()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 1, 0, 2, 0)])
def test_shards_in_any_order_and_number_give_identical_bytes(
    tmp_path: Path, order: Sequence[int]
) -> None:
    shards = [
        shard(tmp_path / "one", TASK_1="PASS"),
        shard(tmp_path / "two", TASK_2="FAIL"),
        shard(tmp_path / "three", TASK_2="PASS"),
    ]
    merge_into(tmp_path / "all", *shards)
    for index in order:
        merge_into(tmp_path / "each", shards[index])
    assert state_file(tmp_path / "each").read_bytes() == state_file(tmp_path / "all").read_bytes()
    known = recorded(tmp_path / "each")
    assert (known.task("TASK-1").verdict, known.task("TASK-2").verdict) == (PASS, FAIL)
    assert merge_into(tmp_path / "each", *shards).is_changed is False


def test_a_thousand_facts_in_random_splits_and_orders(tmp_path: Path) -> None:
    """Seed 39; some tasks stand in several shards, with different verdicts."""
    dice = random.Random(39)
    names = [f"TASK-{number}" for number in range(1, 1001)]
    the_plan = plan(*(task(name) for name in names))
    for number in range(8):
        root = tmp_path / f"shard-{number}"
        store = open_store(root, the_plan, FakeMachine(host=root.name))
        mine = [name for name in names if dice.random() < 0.2]
        facts = [
            settled(dice.choice(["PASS", "FAIL", "FLAKY"]), name, f"{number}/{name}")
            for name in mine
        ]
        store.append(*facts)
        store.snapshot()
    contents = set()
    for attempt in range(4):
        order = dice.choices(range(8), k=4) + dice.sample(range(8), k=8)
        for number in order[:3]:
            merge_into(tmp_path / f"own-{attempt}", tmp_path / f"shard-{number}", the_plan=the_plan)
        rest = [tmp_path / f"shard-{number}" for number in order[3:]]
        merge_into(tmp_path / f"own-{attempt}", *rest, the_plan=the_plan)
        contents.add(state_file(tmp_path / f"own-{attempt}").read_bytes())
    assert len(contents) == 1


def test_both_verdicts_stand_in_the_state_file_until_a_rerun(tmp_path: Path) -> None:
    shards = shard(tmp_path / "one", TASK_1="PASS"), shard(tmp_path / "two", TASK_1="FAIL")
    own = tmp_path / "own"
    merge_into(own, *shards)
    unknown = read(state_file(own), "x").unknown_of_task["TASK-1"]
    assert {each["verdict"] for each in unknown[SIBLINGS]} == {"PASS", "FAIL"}  # type: ignore[index]
    store = open_store(own)
    store.start_run()
    run_task(store, "TASK-1")
    store.finish_run(0)
    assert recorded(own).task("TASK-1").attempts == 2
    merge_into(own, *shards)
    assert recorded(own).task("TASK-1").verdict is PASS, "the rerun knew of both"
    assert SIBLINGS not in read(state_file(own), "x").unknown_of_task.get("TASK-1", {})


def test_fault_39_one_attempt_with_two_verdicts_in_files(tmp_path: Path) -> None:
    for name, verdict in (("one", "PASS"), ("two", "FAIL")):
        store = open_store(tmp_path / name)
        store.append(started(), settled(verdict, criteria=result(verdict)))
        store.snapshot()
        shutil.rmtree(journal_file(tmp_path / name).parent)
    own = tmp_path / "own"
    merge_into(own, tmp_path / "one", tmp_path / "two")
    assert recorded(own).task("TASK-1").verdict is CONFLICT
    facts = [entry.fact for entry in Journal(journal_file(own).parent).read()]
    told = [fact.body for fact in facts if isinstance(fact, UnknownFact)]
    assert [fact.name for fact in facts if isinstance(fact, UnknownFact)] == [SHARD_MERGED] * 2
    verdicts = {body["shard"]: body["tasks"]["TASK-1"]["verdict"] for body in told}  # type: ignore[index]
    assert verdicts == {"one": "PASS", "two": "FAIL"}


def test_fault_39_a_foreign_lineage_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    own, good = tmp_path / "own", shard(tmp_path / "good", TASK_2="PASS")
    before = passed_project(own, "TASK-1")
    foreign = open_store(tmp_path / "foreign", replace(plan(), project="Other"))
    foreign.append(settled())
    foreign.snapshot()
    with pytest.raises(StateError, match="foreign: foreign-lineage is the state of another"):
        merge_into(own, good, tmp_path / "foreign")
    assert state_file(own).read_bytes() == before
    with pytest.raises(StateError, match="foreign-lineage"):
        merge_into(tmp_path / "fresh", tmp_path / "foreign")
    assert not state_file(tmp_path / "fresh").exists()


def test_a_shard_without_a_state_file_is_read_from_its_journal(tmp_path: Path) -> None:
    store = open_store(tmp_path / "one", machine=FakeMachine(host="elsewhere"))
    store.start_run()
    run_task(store, "TASK-1")
    store.append(AttemptStarted(store.run_id, "TASK-2", "a2", digest=DIGEST))
    assert not state_file(tmp_path / "one").exists(), "its machine was switched off"
    assert find_shard(tmp_path / "one", "docs/planning/.project-state.yaml") is not None
    merge_into(tmp_path / "own", tmp_path / "one")
    known = recorded(tmp_path / "own")
    assert known.task("TASK-1").verdict is PASS
    assert known.task("TASK-2").verdict is INTERRUPTED
    assert known.live == {}


def test_a_shard_whose_run_goes_on_here_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path / "one").start_run()
    with pytest.raises(StateError, match=r"live-shard a run still goes on there \(process 100\)"):
        merge_into(tmp_path / "own", tmp_path / "one")


def test_a_run_that_goes_on_here_keeps_its_attempt(tmp_path: Path) -> None:
    own = tmp_path / "own"
    store = open_store(own)
    run = store.start_run()
    store.append(started("TASK-2", "a2", run=run))
    merge_into(own, shard(tmp_path / "one", TASK_1="PASS"))
    assert "a2" in recorded(own).task("TASK-2").open
    store.append(settled("FAIL", "TASK-2", "a2", run))
    store.finish_run(1)
    known = recorded(own)
    assert (known.task("TASK-1").verdict, known.task("TASK-2").verdict) == (PASS, FAIL)


def test_what_was_merged_survives_the_loss_of_the_state_file(tmp_path: Path) -> None:
    own = tmp_path / "own"
    merge_into(own, shard(tmp_path / "one", TASK_1="PASS"))
    content = state_file(own).read_bytes()
    state_file(own).write_bytes(content[: len(content) // 2])
    assert recorded(own).task("TASK-1").verdict is PASS


def test_a_damaged_state_is_recovered_by_a_merge_and_kept(tmp_path: Path) -> None:
    own = tmp_path / "own"
    damaged = passed_project(own, "TASK-2")[:500]
    state_file(own).write_bytes(damaged)
    merge_into(own, shard(tmp_path / "one", TASK_1="PASS"))
    known = recorded(own)
    assert (known.task("TASK-1").verdict, known.task("TASK-2").verdict) == (PASS, PASS)
    kept = list(state_file(own).parent.glob("*.corrupt-*"))
    assert [path.read_bytes() for path in kept] == [damaged]


def test_a_state_of_another_tool_is_kept_and_joined_as_claims(tmp_path: Path) -> None:
    own = tmp_path / "own"
    state_file(own).parent.mkdir(parents=True)
    legacy = "tasks:\n  TASK-1: {status: completed}\n  TASK-2: {status: completed}\n"
    state_file(own).write_text(legacy)
    merge_into(own, shard(tmp_path / "one", TASK_1="PASS"))
    known = recorded(own)
    assert (known.task("TASK-1").verdict, known.task("TASK-1").claim) == (PASS, "")
    assert known.task("TASK-2").claim == "completed"
    kept = list(journal_file(own).parent.glob("before-*.yaml"))
    assert [path.read_text() for path in kept] == [legacy]


def test_a_state_of_another_tool_is_no_shard(tmp_path: Path) -> None:
    state_file(tmp_path / "one").parent.mkdir(parents=True)
    state_file(tmp_path / "one").write_text("tasks:\n  TASK-1: {status: completed}\n")
    with pytest.raises(StateError, match=r"foreign-lineage .* \(lineage none, here"):
        merge_into(tmp_path / "own", tmp_path / "one")


def test_a_journal_that_is_cut_off_brings_claims_only(tmp_path: Path) -> None:
    """The line that is gone may have been a FAIL of what had passed before."""
    one = tmp_path / "one"
    store = open_store(one, machine=FakeMachine(host="elsewhere"))
    store.start_run()
    run_task(store, "TASK-1")
    store.snapshot()
    length = journal_file(one).stat().st_size
    run_task(store, "TASK-1", "FAIL")
    os.truncate(journal_file(one), length)
    merged = merge_into(tmp_path / "own", one)
    assert "journal-loss" in [warning.code for warning in merged.warnings]
    known = recorded(tmp_path / "own").task("TASK-1")
    assert (known.verdict, known.claim) == (TaskVerdict.UNVERIFIED, "completed")


def test_unknown_keys_survive_a_merge(tmp_path: Path) -> None:
    own = tmp_path / "own"
    passed_project(own, "TASK-2")
    text = state_file(own).read_text()
    state_file(own).write_text(text.replace("\nserial:", "\nnotes: ours\nserial:"))
    merge_into(own, shard(tmp_path / "one", TASK_1="PASS"))
    assert read(state_file(own), "x").unknown["notes"] == "ours"


def test_a_verdict_forged_in_a_shard_is_a_claim(tmp_path: Path) -> None:
    forged = shard(tmp_path / "one", TASK_1="FAIL")
    text = state_file(forged).read_text()
    state_file(forged).write_text(
        text.replace("validation_result: FAIL", "validation_result: PASS")
    )
    merged = merge_into(tmp_path / "own", forged)
    assert [warning.code for warning in merged.warnings] == ["edited"]
    assert recorded(tmp_path / "own").task("TASK-1").verdict is TaskVerdict.UNVERIFIED


def test_a_record_says_in_which_journal_its_verdict_stands(tmp_path: Path) -> None:
    passed_project(tmp_path, "TASK-1")
    known = recorded(tmp_path).task("TASK-1")
    found = Journal(journal_file(tmp_path).parent)
    places = [entry.serial for entry in found.read() if isinstance(entry.fact, TaskSettled)]
    assert (known.journal, known.serial) == (found.id, places[0])


def test_entries_for_the_audit_fold_into_nothing(tmp_path: Path) -> None:
    own = tmp_path / "own"
    merge_into(own, shard(tmp_path / "one", TASK_1="PASS"))
    before = state_file(own).read_bytes()
    store = open_store(own)
    store.start_run()
    store.finish_run(0)
    assert state_file(own).read_bytes() == before
    facts = [entry.fact for entry in Journal(journal_file(own).parent).read()]
    assert [type(fact) for fact in facts[:2]] == [UnknownFact, RunStarted]
    assert entries(*facts)[0].fact == facts[0]


def test_what_a_merge_driver_joins_in_mid_run_is_not_written_over(tmp_path: Path) -> None:
    """The file then knows all that the run knows, and more: no fact follows that would tell."""
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    passed_project(theirs, "TASK-1")
    store = open_store(mine)
    store.start_run()
    run_task(store, "TASK-2", "FAIL")
    store.snapshot()
    store.record()
    merge_file(plan(), state_file(mine), {"theirs": state_file(theirs)}, CONTENTS)
    store.snapshot(force=True)
    tasks = open_store(mine).record().tasks
    assert {name: known.verdict for name, known in tasks.items()} == {
        "TASK-1": PASS,
        "TASK-2": FAIL,
    }


def test_what_is_put_here_while_the_state_is_opened_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening takes no lock: the file may change between its being read and being remembered."""
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    passed_project(theirs, "TASK-1")
    passed_project(mine, "TASK-2")

    def open_and_pull(*given: Any) -> Any:
        opened = open_state(*given)
        merge_file(plan(), state_file(mine), {"theirs": state_file(theirs)}, CONTENTS)
        return opened

    with monkeypatch.context() as patch:
        patch.setattr(store_module, "open_state", open_and_pull)
        store = open_store(mine)
    store.snapshot(force=True)
    tasks = open_store(mine).record().tasks
    assert {name: known.verdict for name, known in tasks.items()} == {
        "TASK-1": PASS,
        "TASK-2": PASS,
    }
