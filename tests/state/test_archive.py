"""Compaction: what is known, told and merged is the same before and after it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.errors import StateError
from pytest_tracks.state import store as store_module
from pytest_tracks.state.archive import keep
from pytest_tracks.state.facts import Entry
from pytest_tracks.state.journal import Journal
from pytest_tracks.state.sides import read_sides

from .worlds import journal_file, open_store, run_task, state_file


def two_runs(root: Path) -> None:
    for verdict in ("FAIL", "PASS"):
        store = open_store(root)
        store.start_run()
        run_task(store, "TASK-1", verdict)
        run_task(store, "TASK-2")
        store.finish_run(0)


def log(root: Path) -> list[object]:
    return list(Journal(journal_file(root).parent).read())


def test_nothing_that_is_known_or_told_changes(tmp_path: Path):
    two_runs(tmp_path)
    before, told, content = open_store(tmp_path).record(), log(tmp_path), state_file(tmp_path)
    text = content.read_bytes()
    size = journal_file(tmp_path).stat().st_size
    assert open_store(tmp_path).compact()
    assert journal_file(tmp_path).stat().st_size < size / 4
    assert (open_store(tmp_path).record(), log(tmp_path)) == (before, told)
    assert content.read_bytes() == text
    assert open_store(tmp_path).warnings == ()
    assert not open_store(tmp_path).compact(), "there is nothing more to move"


def test_a_run_goes_on_after_it_and_it_can_be_repeated(tmp_path: Path):
    two_runs(tmp_path)
    told = log(tmp_path)
    for _ in range(3):
        open_store(tmp_path).compact()
        two_runs(tmp_path)
    after = log(tmp_path)
    assert after[: len(told)] == told
    serials = [entry.serial for entry in after]  # type: ignore[attr-defined]
    assert serials == list(range(1, len(told) * 4 + 1))
    assert open_store(tmp_path).task("TASK-1").attempts == 8


def test_without_its_state_file_all_comes_from_the_archive(tmp_path: Path):
    two_runs(tmp_path)
    open_store(tmp_path).compact()
    two_runs(tmp_path)
    before = open_store(tmp_path).record()
    state_file(tmp_path).unlink()
    (journal_file(tmp_path).parent / "last-good.yaml").unlink(missing_ok=True)
    again = open_store(tmp_path)
    assert again.record().tasks == before.tasks
    assert again.warnings == ()


def test_an_older_state_file_takes_from_the_archive_what_it_has_not_seen(tmp_path: Path):
    two_runs(tmp_path)
    old = state_file(tmp_path).read_bytes()
    two_runs(tmp_path)
    before = open_store(tmp_path).record()
    open_store(tmp_path).compact()
    state_file(tmp_path).write_bytes(old)
    assert open_store(tmp_path).record().tasks == before.tasks


@pytest.mark.parametrize("behind", [True, False])
def test_who_follows_the_journal_misses_and_repeats_nothing(tmp_path: Path, behind: bool):
    two_runs(tmp_path)
    reader = Journal(journal_file(tmp_path).parent)
    seen = reader.read()
    two_runs(tmp_path)
    if not behind:
        seen += reader.read()
    open_store(tmp_path).compact()
    seen += reader.read()
    two_runs(tmp_path)
    seen += reader.read()
    assert seen == log(tmp_path)


def test_a_store_that_was_open_goes_on(tmp_path: Path):
    two_runs(tmp_path)
    early = open_store(tmp_path)
    two_runs(tmp_path)
    open_store(tmp_path).compact()
    early.start_run()
    run_task(early, "TASK-2", "FAIL")
    early.finish_run(1)
    record = open_store(tmp_path).record()
    assert record.task("TASK-2").verdict is TaskVerdict.FAIL
    assert record.task("TASK-1").attempts == 4
    assert record.live == {}


def test_not_while_a_run_goes_on(tmp_path: Path):
    two_runs(tmp_path)
    running = open_store(tmp_path)
    running.start_run()
    before = journal_file(tmp_path).read_bytes()
    assert not open_store(tmp_path).compact()
    assert journal_file(tmp_path).read_bytes() == before


def test_a_past_that_no_header_speaks_of_is_not_read(tmp_path: Path):
    two_runs(tmp_path)
    told, record = log(tmp_path), open_store(tmp_path).record()
    folder = journal_file(tmp_path).parent
    keep(folder, 0, told[-1].serial, journal_file(tmp_path).read_bytes())  # type: ignore[attr-defined]
    assert (log(tmp_path), open_store(tmp_path).record()) == (told, record)
    two_runs(tmp_path)
    open_store(tmp_path).compact()
    assert len(list(folder.glob("history-*"))) == 1
    assert log(tmp_path)[: len(told)] == told


def test_a_past_that_is_gone_is_an_error_only_where_it_is_needed(tmp_path: Path):
    two_runs(tmp_path)
    open_store(tmp_path).compact()
    record = open_store(tmp_path).record()
    [past] = journal_file(tmp_path).parent.glob("history-*")
    past.write_bytes(past.read_bytes()[:-20])
    assert open_store(tmp_path).record() == record
    with pytest.raises(StateError, match=r"history-\d+\.jsonl\.gz"):
        log(tmp_path)
    past.unlink()
    with pytest.raises(StateError, match="is missing"):
        log(tmp_path)


def test_a_long_journal_is_compacted_when_a_run_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store_module, "COMPACT_FROM", 2000)
    two_runs(tmp_path)
    assert list(journal_file(tmp_path).parent.glob("history-*"))
    assert journal_file(tmp_path).stat().st_size < 2000


def test_a_shard_says_the_same_before_and_after(tmp_path: Path):
    two_runs(tmp_path)
    [before] = read_sides(state_file(tmp_path), "shard", lambda run: True)
    open_store(tmp_path).compact()
    [after] = read_sides(state_file(tmp_path), "shard", lambda run: True)
    assert after.knowledge == before.knowledge


def test_a_copied_journal_goes_on_under_another_id(tmp_path: Path):
    here, there = tmp_path / "here", tmp_path / "there"
    two_runs(here)
    shutil.copytree(here, there)
    original = Journal(journal_file(here).parent)
    original.read()
    for root, verdict in ((here, "PASS"), (there, "FAIL")):
        store = open_store(root)
        store.start_run()
        run_task(store, "TASK-1", verdict)
        store.finish_run(0)
    ids = []
    for root in (here, there):
        journal = Journal(journal_file(root).parent)
        journal.read()
        ids.append(journal.id)
    assert ids[0] == original.id != ids[1]
    known = open_store(there).record().task("TASK-1")
    assert (known.verdict, known.journal) == (TaskVerdict.FAIL, ids[1])
    store = open_store(there)
    store.start_run()
    again = Journal(journal_file(there).parent)
    again.read()
    assert again.id == ids[1], "it parts once"


def test_both_halves_of_a_copied_journal_are_known_where_the_state_files_meet(tmp_path: Path):
    here, there = tmp_path / "here", tmp_path / "there"
    two_runs(here)
    shutil.copytree(here, there)
    for root, task in ((here, "TASK-3"), (there, "TASK-4")):
        store = open_store(root)
        store.start_run()
        run_task(store, task)
        run_task(store, task, "FAIL")
        store.finish_run(1)
        open_store(root).compact()
    # As git would: the other machine's state file is put here, over this machine's journal.
    shutil.copyfile(state_file(here), state_file(there))
    record = open_store(there).record()
    assert record.task("TASK-3").verdict is TaskVerdict.FAIL
    assert record.task("TASK-4").verdict is TaskVerdict.FAIL


def test_a_compaction_while_the_journal_is_read_is_no_loss(tmp_path: Path):
    """Opening takes no lock: what is short now need not be what was read."""
    two_runs(tmp_path)
    two_runs(tmp_path)

    class Overtaken(Journal):
        def _read_on(self) -> list[Entry]:
            entries = super()._read_on()
            open_store(tmp_path).compact()
            return entries

    journal = Overtaken(journal_file(tmp_path).parent)
    assert len(journal.read()) > 10
    assert journal_file(tmp_path).stat().st_size < 300
    assert journal.loss == ""
