from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pytest_tracks.core.record import TrackRecord
from pytest_tracks.core.verdict import Status, TaskVerdict
from pytest_tracks.errors import StateError
from pytest_tracks.state import snapshot
from pytest_tracks.state.facts import CriterionSettled, RunFinished, TaskSettled, TracksLaidOut
from pytest_tracks.state.journal import Journal
from pytest_tracks.state.store import Store

from .test_snapshot import LEGACY
from .worlds import (
    DIGEST,
    FOLDER,
    FakeMachine,
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


def verdict_of(root: Path, task_id: str = "TASK-1") -> TaskVerdict | None:
    return open_store(root).record().task(task_id).verdict


def test_fault_53_opening_and_reading_write_nothing(tmp_path: Path):
    store = open_store(tmp_path)
    assert store.record().tasks == {}
    assert store.refresh() == ()
    assert os.listdir(tmp_path / FOLDER) == []


def test_a_verdict_is_remembered(tmp_path: Path):
    passed_project(tmp_path, "TASK-1")
    record = open_store(tmp_path).record()
    assert record.task("TASK-1").verdict is TaskVerdict.PASS
    assert record.task("TASK-2").verdict is None
    assert record.live == {}


def test_an_append_is_durable_before_any_snapshot(tmp_path: Path):
    store = open_store(tmp_path)
    store.start_run()
    run_task(store, "TASK-1")
    assert not state_file(tmp_path).exists()
    assert verdict_of(tmp_path) is TaskVerdict.PASS


def test_a_group_is_one_write_with_serials_in_order(tmp_path: Path):
    store = open_store(tmp_path)
    run = store.start_run()
    group = store.append(started(run=run), settled(run=run))
    assert [entry.serial for entry in group] == [2, 3]
    assert len({entry.id for entry in group}) == 2
    assert store.append() == ()


def test_a_run_that_changes_no_fact_leaves_the_file_byte_identical(tmp_path: Path):
    before = passed_project(tmp_path)
    stat = state_file(tmp_path).stat()
    store = open_store(tmp_path)
    store.start_run()
    assert store.snapshot() is True, "the live run shows while it goes on"
    store.finish_run(0)
    assert state_file(tmp_path).read_bytes() == before
    quiet = open_store(tmp_path)
    quiet.start_run()
    quiet.finish_run(0)
    assert state_file(tmp_path).read_bytes() == before
    assert stat.st_size == len(before)


def test_the_same_block_again_changes_no_byte(tmp_path: Path):
    store = open_store(tmp_path)
    for _ in range(2):
        run = store.start_run()
        store.append(settled("BLOCKED", "TASK-2", "", run, blocked_by=("TASK-1",), criteria={}))
        store.finish_run(1)
        found = state_file(tmp_path).read_bytes()
        assert yaml.safe_load(found)["serial"] == 2
        store = open_store(tmp_path)


def test_several_stores_share_one_journal(tmp_path: Path):
    one, other = open_store(tmp_path), open_store(tmp_path)
    one.start_run()
    other.start_run()
    run_task(one, "TASK-1")
    run_task(other, "TASK-2")
    assert other.task("TASK-1").verdict is TaskVerdict.PASS
    assert [entry.fact.task for entry in one.refresh()] == ["TASK-2", "TASK-2"]  # type: ignore[union-attr]
    assert one.record().tasks == other.record().tasks
    assert one.record().live.keys() == {one.run_id, other.run_id}
    one.finish_run(0)
    other.finish_run(0)
    serials = [entry.serial for entry in Journal(tmp_path / FOLDER / ".tracks").read()]
    assert serials == list(range(1, 9))


def test_the_state_file_lags_behind_by_a_bounded_time(tmp_path: Path):
    machine = FakeMachine()
    store = open_store(tmp_path, machine=machine)
    store.start_run()
    assert store.snapshot_due_in() is None
    run_task(store, "TASK-1")
    assert not store.maybe_snapshot()
    machine.pass_time(1)
    assert store.maybe_snapshot()
    assert store.snapshot_due_in() is None
    assert yaml.safe_load(state_file(tmp_path).read_bytes())["tasks"]["TASK-1"]["iterations"] == 1


def test_a_costly_snapshot_is_taken_more_seldom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    machine = FakeMachine()
    store = open_store(tmp_path, machine=machine)
    store.start_run()
    render = store._render

    def slow_render() -> object:
        machine.pass_time(3)
        return render()

    monkeypatch.setattr(store, "_render", slow_render)
    run_task(store, "TASK-1")
    store.snapshot()
    run_task(store, "TASK-2")
    assert store.snapshot_due_in() == 60


def test_snapshot_and_journal_fold_to_the_same_wherever_the_snapshot_was(tmp_path: Path):
    store = open_store(tmp_path)
    run = store.start_run()
    store.append(TracksLaidOut(run, "planned", (TrackRecord(1, "A", ("TASK-1", "TASK-2")),), 1))
    store.snapshot()
    early = state_file(tmp_path).read_bytes()
    run_task(store, "TASK-1", "FAIL")
    store.append(
        started(attempt="x", run=run), CriterionSettled(run, "TASK-1", "x", result()["AC-001"])
    )
    store.snapshot()
    expected = store.record()
    late = open_store(tmp_path).record()
    state_file(tmp_path).write_bytes(early)
    assert open_store(tmp_path).record().tasks == late.tasks == expected.tasks
    assert late.task("TASK-1").iterations == 2


def test_fault_40_a_run_that_died_leaves_its_tasks_interrupted(tmp_path: Path):
    dying = open_store(tmp_path, machine=FakeMachine(pid=200, alive={200}))
    run = dying.start_run()
    dying.append(started(run=run), sync=False)
    alive = open_store(tmp_path, machine=FakeMachine(pid=300, alive={200, 300}))
    assert alive.record().task("TASK-1").status is Status.IN_PROGRESS
    assert alive.record().live[run].task == "TASK-1"

    reader = open_store(tmp_path, machine=FakeMachine(pid=300, alive={300}))
    found = reader.record().task("TASK-1")
    assert (found.verdict, found.iterations) == (TaskVerdict.INTERRUPTED, 1)
    assert reader.record().live == {}

    heir = open_store(tmp_path, machine=FakeMachine(pid=300, alive={300}))
    heir.start_run()
    assert heir.task("TASK-1").verdict is TaskVerdict.INTERRUPTED
    run_task(heir, "TASK-1")
    heir.finish_run(0)
    assert open_store(tmp_path).record().task("TASK-1").iterations == 2


def test_fault_38_a_clock_put_back_an_hour(tmp_path: Path):
    machine = FakeMachine()
    store = open_store(tmp_path, machine=machine)
    run = store.start_run()
    store.append(started(run=run))
    machine.put_clock(hours=-1)
    machine.pass_time(90)
    store.append(settled(run=run))
    store.append(started("TASK-2", "b", run=run), settled("FAIL", "TASK-2", "b", run))
    store.finish_run(1)
    record = open_store(tmp_path).record()
    assert record.task("TASK-1").duration_minutes == 1.5
    assert record.task("TASK-2").verdict is TaskVerdict.FAIL
    assert record.serial == 5


# Damage


@pytest.mark.parametrize("size", [0, 1, 500, -1])
def test_fault_26_27_a_damaged_file_is_recovered_from_the_journal_and_kept(
    tmp_path: Path, size: int
):
    whole = passed_project(tmp_path)
    before = open_store(tmp_path).record()
    state_file(tmp_path).write_bytes(whole[:size])
    reader = open_store(tmp_path)
    assert reader.record().tasks == before.tasks
    assert reader.warnings
    assert state_file(tmp_path).read_bytes() == whole[:size], "a reader mends nothing"

    writer = open_store(tmp_path)
    writer.start_run()
    writer.finish_run(0)
    assert open_store(tmp_path).warnings == ()
    assert open_store(tmp_path).record().tasks == before.tasks
    kept = list((tmp_path / FOLDER).glob(".project-state.yaml.corrupt-*"))
    if size != -1:
        assert [path.read_bytes() for path in kept] == [whole[:size]]


def test_fault_27_a_damaged_file_without_a_journal_stops(tmp_path: Path):
    whole = passed_project(tmp_path)
    journal_file(tmp_path).unlink()
    (journal_file(tmp_path).parent / "last-good.yaml").unlink(missing_ok=True)
    state_file(tmp_path).write_bytes(whole[:700])
    with pytest.raises(StateError, match=r"\.project-state\.yaml.*damaged.*restore it"):
        open_store(tmp_path)


def test_a_journal_that_goes_on_from_a_state_file_recovers_with_its_last_good_copy(tmp_path: Path):
    passed_project(tmp_path, "TASK-1")
    journal_file(tmp_path).unlink()  # as after a clone: the state file comes, the journal does not
    store = open_store(tmp_path)
    store.start_run()
    run_task(store, "TASK-2")
    store.finish_run(0)
    expected = open_store(tmp_path).record().tasks
    state_file(tmp_path).write_bytes(b"")
    assert open_store(tmp_path).record().tasks == expected
    assert expected["TASK-1"].verdict is TaskVerdict.PASS
    (journal_file(tmp_path).parent / "last-good.yaml").write_bytes(b"cut off")
    with pytest.raises(StateError, match="damaged"):
        open_store(tmp_path)


def test_a_deleted_state_file_loses_no_verdict(tmp_path: Path):
    whole = passed_project(tmp_path)
    quiet = open_store(tmp_path)
    quiet.start_run()
    quiet.finish_run(0)
    state_file(tmp_path).unlink()
    store = open_store(tmp_path)
    assert store.record().task("TASK-2").verdict is TaskVerdict.PASS
    assert [warning.code for warning in store.warnings] == ["recovered"]
    store.start_run()
    store.finish_run(0)
    assert state_file(tmp_path).read_bytes() == whole


def test_fault_28_a_hand_edit_makes_one_task_a_claim_until_it_is_run(tmp_path: Path):
    store = open_store(tmp_path)
    store.start_run()
    run_task(store, "TASK-1", "FAIL")
    run_task(store, "TASK-2")
    store.finish_run(1)
    edited = state_file(tmp_path).read_bytes().replace(b"status: failed", b"status: completed")
    edited = edited.replace(b"validation_result: FAIL", b"validation_result: PASS")
    state_file(tmp_path).write_bytes(edited)
    again = open_store(tmp_path)
    assert again.task("TASK-1").verdict is TaskVerdict.UNVERIFIED
    assert again.task("TASK-1").claim == "completed"
    assert again.task("TASK-2").verdict is TaskVerdict.PASS
    assert len(again.warnings) == 1
    again.start_run()
    run_task(again, "TASK-1")
    again.finish_run(0)
    final = open_store(tmp_path)
    assert (final.task("TASK-1").claim, final.task("TASK-1").iterations) == ("", 2)
    assert final.warnings == ()


@pytest.mark.parametrize("content", [b"<<<<<<< a\n=======\n>>>>>>> b\n", b'version: "2.0"\n'])
def test_fault_29_30_a_file_that_is_not_ours_to_read_stays_untouched(
    tmp_path: Path, content: bytes
):
    passed_project(tmp_path)
    state_file(tmp_path).write_bytes(content)
    with pytest.raises(StateError):
        open_store(tmp_path)
    assert state_file(tmp_path).read_bytes() == content


def test_fault_30_an_older_file_is_migrated_and_a_copy_kept(tmp_path: Path):
    state_file(tmp_path).parent.mkdir(parents=True)
    state_file(tmp_path).write_bytes(LEGACY)
    store = open_store(tmp_path)
    store.start_run()
    run_task(store, "TASK-1")
    store.finish_run(0)
    [copy] = journal_file(tmp_path).parent.glob("before-*.yaml")
    assert copy.read_bytes() == LEGACY
    state = yaml.safe_load(state_file(tmp_path).read_bytes())
    assert state["tasks"]["TASK-1"]["iterations"] == 3
    assert state["tasks"]["TASK-1"]["reviewer"] == "Ada"
    assert state["created_at"] == "2025-10-31T10:00:00Z"


@pytest.mark.parametrize("place", ["file", "folder"])
def test_fault_32_what_is_read_only_stops_before_anything(tmp_path: Path, place: str):
    whole = passed_project(tmp_path)
    store = open_store(tmp_path)
    path = state_file(tmp_path) if place == "file" else state_file(tmp_path).parent
    mode = path.stat().st_mode
    path.chmod(mode & ~0o222)
    try:
        before = journal_file(tmp_path).read_bytes()
        for attempt in (store.check_writable, store.start_run):
            with pytest.raises(StateError, match="read-only"):
                attempt()
        assert journal_file(tmp_path).read_bytes() == before
        assert state_file(tmp_path).read_bytes() == whole
    finally:
        path.chmod(mode)


def test_check_writable_leaves_nothing_behind(tmp_path: Path):
    store = open_store(tmp_path)
    store.check_writable()
    assert os.listdir(tmp_path / FOLDER) == []
    deep = Store.open(tmp_path, plan(), tmp_path / "not" / "there" / "state.yaml")
    deep.check_writable()
    assert not (tmp_path / "not").exists()


def test_fault_34_temporaries_of_a_killed_run_are_swept(tmp_path: Path):
    passed_project(tmp_path)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    names = [f".project-state.yaml.{pid}-abc.tracks-tmp" for pid in (gone.pid, os.getpid())]
    leftover, in_use = (state_file(tmp_path).with_name(name) for name in names)
    leftover.write_text("half")
    in_use.write_text("about to be put in the place of the file")
    open_store(tmp_path).start_run()
    assert not leftover.exists()
    assert in_use.exists()
    os.utime(in_use, (0, 0))
    open_store(tmp_path).start_run()
    assert not in_use.exists(), "by now its number is somebody else's"


def test_a_failed_snapshot_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole = passed_project(tmp_path, "TASK-1")
    store = open_store(tmp_path)
    store.start_run()
    run_task(store, "TASK-2")

    def disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pytest_tracks.state.durable.os.fsync", disk_full)
    with pytest.raises(StateError, match="No space left"):
        store.snapshot()
    assert state_file(tmp_path).read_bytes() == whole
    assert verdict_of(tmp_path, "TASK-2") is TaskVerdict.PASS
    assert not list(state_file(tmp_path).parent.glob("*.tracks-tmp"))


def test_a_lost_line_of_the_journal_supports_no_pass(tmp_path: Path):
    store = open_store(tmp_path)
    store.start_run()
    run_task(store, "TASK-1")
    run_task(store, "TASK-1", "FAIL")
    path = journal_file(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"verdict":"FAIL"', b'"verdict":"PASS"'))
    found = open_store(tmp_path)
    assert found.task("TASK-1").verdict is TaskVerdict.UNVERIFIED
    assert [warning.code for warning in found.warnings] == ["damaged-line"]


def test_fault_39_the_journal_of_another_state_is_refused(tmp_path: Path):
    passed_project(tmp_path)
    foreign = tmp_path / "foreign"
    other = open_store(foreign, plan(task("TASK-1"), task("TASK-2")))
    assert other.record().tasks == {}
    journal = Journal(foreign / FOLDER / ".tracks")
    with journal.lock():
        journal.create("someone else's", 0)
    state_file(foreign).write_bytes(state_file(tmp_path).read_bytes())
    with pytest.raises(StateError, match="another state"):
        open_store(foreign)


def test_two_checkouts_of_a_project_have_one_lineage(tmp_path: Path):
    passed_project(tmp_path / "a")
    passed_project(tmp_path / "b")
    one, other = (open_store(tmp_path / name).record().lineage for name in "ab")
    assert one == other != ""


def test_a_fact_that_another_process_wrote_late_is_folded_onto_a_newer_file(tmp_path: Path):
    """A state file that was pulled has seen nothing of what this journal says."""
    passed_project(tmp_path / "theirs", "TASK-1")
    store = open_store(tmp_path / "mine")
    store.start_run()
    run_task(store, "TASK-2", "FAIL")
    store.append(RunFinished(store.run_id, 1))
    state_file(tmp_path / "mine").write_bytes(state_file(tmp_path / "theirs").read_bytes())
    record = open_store(tmp_path / "mine").record()
    assert record.task("TASK-1").verdict is TaskVerdict.PASS
    assert record.task("TASK-2").verdict is TaskVerdict.FAIL


def test_a_file_that_git_puts_here_in_mid_run_is_folded_onto(tmp_path: Path):
    passed_project(tmp_path / "theirs", "TASK-1")
    store = open_store(tmp_path / "mine")
    store.start_run()
    run_task(store, "TASK-2", "FAIL")
    store.snapshot()
    pulled = (state_file(tmp_path / "theirs")).read_bytes()
    state_file(tmp_path / "mine").write_bytes(
        pulled.replace(b"validation_result", b"validation_result")
    )
    store.append(
        settled("BLOCKED", "TASK-2", "", store.run_id, blocked_by=("TASK-9",), criteria={})
    )
    store.finish_run(1)
    record = open_store(tmp_path / "mine").record()
    assert record.task("TASK-1").verdict is TaskVerdict.PASS
    assert record.task("TASK-2").verdict is TaskVerdict.BLOCKED
    assert record.task("TASK-2").iterations == 1


def test_of_a_file_that_another_run_wrote_only_what_has_changed_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It is read under the lock: several runs of a large plan would else wait for each other."""
    ids = [f"TASK-{number}" for number in range(1, 101)]
    the_plan = plan(*map(task, ids))
    one, other = open_store(tmp_path, the_plan), open_store(tmp_path, the_plan)
    one.start_run()
    other.start_run()
    for task_id in ids[:90]:
        run_task(one, task_id)
    one.snapshot()
    other.snapshot()
    run_task(other, "TASK-95")
    other.snapshot()
    read = []
    read_task = snapshot.read_task
    monkeypatch.setattr(snapshot, "read_task", lambda tree: read.append(1) or read_task(tree))
    run_task(one, "TASK-96")
    one.snapshot()
    assert len(read) <= 10, "those that were never attempted"
    record = open_store(tmp_path, the_plan).record()
    assert [name for name, known in record.tasks.items() if known.verdict is TaskVerdict.PASS] == [
        *ids[:90],
        "TASK-95",
        "TASK-96",
    ]


def test_fault_28_a_hand_edit_that_another_run_has_taken_in_is_one_here_too(tmp_path: Path):
    one, other = open_store(tmp_path), open_store(tmp_path)
    one.start_run()
    other.start_run()
    run_task(one, "TASK-1")
    one.snapshot()
    edited = state_file(tmp_path).read_bytes().replace(b"iterations: 1", b"iterations: 3")
    state_file(tmp_path).write_bytes(edited)
    run_task(other, "TASK-2")
    other.snapshot()
    one.snapshot(force=True)
    assert verdict_of(tmp_path, "TASK-1") is TaskVerdict.UNVERIFIED
    assert verdict_of(tmp_path, "TASK-2") is TaskVerdict.PASS


def test_a_file_that_is_damaged_in_mid_run_is_kept_and_written_anew(tmp_path: Path):
    passed_project(tmp_path)
    store = open_store(tmp_path)
    store.start_run()
    state_file(tmp_path).write_bytes(b"gone")
    store.finish_run(0)
    assert open_store(tmp_path).task("TASK-1").verdict is TaskVerdict.PASS
    [kept] = state_file(tmp_path).parent.glob("*.corrupt-*")
    assert kept.read_bytes() == b"gone"


def test_a_journal_that_vanishes_in_mid_run_costs_nothing(tmp_path: Path):
    store = open_store(tmp_path)
    store.start_run()
    run_task(store, "TASK-1")
    run_task(store, "TASK-2", "FAIL")
    shutil.rmtree(journal_file(tmp_path).parent)
    store.append(started("TASK-2", "b2", run=store.run_id))
    store.append(settled("PASS", "TASK-2", "b2", store.run_id))
    store.finish_run(0)
    assert Journal(journal_file(tmp_path).parent).read()[0].serial == 6
    record = open_store(tmp_path).record()
    assert {task.verdict for task in record.tasks.values()} == {TaskVerdict.PASS}
    assert (record.task("TASK-1").iterations, record.task("TASK-2").iterations) == (1, 2)
    state_file(tmp_path).write_bytes(b"")
    with pytest.raises(StateError, match="damaged"):
        open_store(tmp_path)  # the new journal alone is not all of it


def test_a_store_can_run_twice(tmp_path: Path):
    store = open_store(tmp_path)
    ids = []
    for _ in range(2):
        ids.append(store.start_run())
        run_task(store, "TASK-1")
        store.finish_run(0)
    assert len(set(ids)) == 2
    assert (store.task("TASK-1").iterations, store.task("TASK-1").attempts) == (1, 2)


def test_the_cost_of_a_verdict_does_not_depend_on_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Counted, not timed: no table is copied and no file rewritten for a verdict."""
    store = open_store(tmp_path, plan(*(task(f"T-{number}") for number in range(500))))
    store.start_run()
    monkeypatch.setattr(store._fold, "record", lambda *_: pytest.fail("copied all tasks"))
    monkeypatch.setattr(store, "_render", lambda: pytest.fail("rendered"))
    for number in range(50):
        run_task(store, f"T-{number}")
    assert store.task("T-49").verdict is TaskVerdict.PASS
    assert journal_file(tmp_path).stat().st_size < 50 * 2 * 700


def test_the_state_may_live_elsewhere(tmp_path: Path):
    path = tmp_path / "var" / "state.yaml"
    store = Store.open(tmp_path, plan(), path)
    run = store.start_run()
    store.append(TaskSettled(run, "TASK-1", TaskVerdict.PASS, digest=DIGEST))
    store.finish_run(0)
    assert store.name == "var/state.yaml"
    assert Store.open(tmp_path, plan(), path).task("TASK-1").verdict is TaskVerdict.PASS


def test_a_folder_that_was_moved_in_mid_run_is_not_made_again(tmp_path: Path):
    root = tmp_path / "shop"
    root.mkdir()
    store = open_store(root)
    store.start_run()
    run_task(store, "TASK-1")
    store.snapshot()
    root.rename(tmp_path / "moved")
    with pytest.raises(StateError, match="moved or removed while the run went on"):
        run_task(store, "TASK-2")
    assert not root.exists(), "nobody would look for a verdict there"
    assert verdict_of(tmp_path / "moved") is TaskVerdict.PASS


def test_a_state_file_that_is_a_symlink_is_refused_before_anything_runs(tmp_path: Path):
    passed_project(tmp_path, "TASK-1")
    target = state_file(tmp_path).rename(tmp_path / "elsewhere.yaml")
    before = target.read_bytes()
    state_file(tmp_path).symlink_to(target)
    with pytest.raises(StateError, match="a symlink"):
        open_store(tmp_path).start_run()
    assert state_file(tmp_path).is_symlink()
    assert target.read_bytes() == before


def killed_on_another_host(root: Path) -> None:
    """Leave a project whose run, on a host of which nothing is known, has begun TASK-2."""
    store = open_store(root, machine=FakeMachine(host="elsewhere"))
    store.start_run(tasks=["TASK-1", "TASK-2"])
    run_task(store, "TASK-1")
    store.append(started("TASK-2", "a2", run=store.run_id))
    store.snapshot()


@pytest.mark.parametrize("brings", ["state file", "journal", "both"])
def test_a_run_that_does_not_write_here_is_not_waited_for(tmp_path: Path, brings: str):
    """A clone of what was committed in mid-run, or a cache: it can never end here."""
    killed_on_another_host(tmp_path / "there")
    here = tmp_path / "here"
    shutil.copytree(tmp_path / "there", here)
    if brings == "state file":
        shutil.rmtree(journal_file(here).parent)
    elif brings == "journal":
        state_file(here).unlink()
    record = open_store(here).record()
    assert record.live == {}
    assert record.task("TASK-1").verdict is TaskVerdict.PASS
    assert record.task("TASK-2").verdict is TaskVerdict.INTERRUPTED
    store = open_store(here)
    store.start_run(tasks=["TASK-2"])
    run_task(store, "TASK-2")
    assert open_store(here).record().live.keys() == {store.run_id}
    store.finish_run(0)
    assert open_store(here).task("TASK-2").iterations == 2


def test_a_run_of_another_host_on_this_very_folder_is_respected(tmp_path: Path):
    killed_on_another_host(tmp_path)
    (run,) = open_store(tmp_path).record().live.values()
    assert run.pending == ("TASK-2",)


def test_a_run_of_another_host_is_closed_by_who_knows_that_it_is_dead(tmp_path: Path):
    killed_on_another_host(tmp_path)
    (run_id,) = open_store(tmp_path).record().live
    open_store(tmp_path).close_run(run_id)
    record = open_store(tmp_path).record()
    assert record.live == {}
    assert record.task("TASK-1").verdict is TaskVerdict.PASS
    assert record.task("TASK-2").verdict is TaskVerdict.INTERRUPTED
    with pytest.raises(StateError, match="there is none"):
        open_store(tmp_path).close_run(run_id)


def test_a_run_that_goes_on_is_not_closed(tmp_path: Path):
    run_id = open_store(tmp_path).start_run(tasks=["TASK-1"])
    with pytest.raises(StateError, match="goes on as process 100"):
        open_store(tmp_path).close_run(run_id)
    with pytest.raises(StateError, match=run_id):
        open_store(tmp_path).close_run("another")
    assert open_store(tmp_path).record().live.keys() == {run_id}
