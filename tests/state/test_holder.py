from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.errors import StateError
from pytest_tracks.state import holder as module
from pytest_tracks.state.holder import Holding, held_by, last_holder
from pytest_tracks.state.journal import Journal
from pytest_tracks.state.process_start import start_of_this_process

from .worlds import journal_file, open_store, passed_project, run_task, settled, state_file


def codes(root: Path) -> list[str]:
    return [warning.code for warning in open_store(root).warnings]


def test_the_lock_says_who_holds_it_and_where_the_journal_ended(tmp_path: Path):
    assert last_holder(tmp_path) is None
    with Holding(tmp_path) as held:
        assert held.before is None
        assert held_by(tmp_path).startswith(f"process {os.getpid()} on {socket.gethostname()} for ")
        held.end = ("j1", 100, 7)
    with Holding(tmp_path) as held:
        assert held.before is not None
        assert not held.before.is_held
    left = last_holder(tmp_path)
    assert left is not None
    assert (left.journal, left.size, left.serial, left.is_held) == ("j1", 100, 7, False)
    assert held_by(tmp_path) == "a process that is not known"


@pytest.mark.parametrize("content", [b"", b"4", b"\t" * 5, b"4\th\theld\tj\tx\t1", b"\xff" * 600])
def test_what_is_no_holder_is_none(tmp_path: Path, content: bytes):
    (tmp_path / "holder").write_bytes(content)
    assert last_holder(tmp_path) is None
    with Holding(tmp_path) as held:
        assert held.before is None
    assert last_holder(tmp_path) is not None


def test_fault_37_a_link_in_its_place_is_refused(tmp_path: Path):
    target = tmp_path / "target"
    target.write_text("precious")
    (tmp_path / "holder").symlink_to(target)
    with pytest.raises(StateError, match=r"holder"), Holding(tmp_path):
        pytest.fail("it was held")
    assert target.read_text() == "precious"


def test_fault_36_a_holder_that_died_is_named_once(tmp_path: Path):
    passed_project(tmp_path)
    folder = journal_file(tmp_path).parent
    with pytest.raises(KeyboardInterrupt), Holding(folder):
        raise KeyboardInterrupt
    holder = (folder / "holder").read_text()
    dead = holder.replace("\tfree\t", "\theld\t").replace(f"{os.getpid()}\t", "4\t", 1)
    (folder / "holder").write_text(dead)
    store = open_store(tmp_path)
    store.start_run()
    [warning] = store.warnings
    assert warning.code == "lock-taken-over"
    assert warning.message.startswith(f"process 4 on {socket.gethostname()} died")
    assert codes(tmp_path) == []


def test_fault_26_a_pass_before_a_journal_that_was_cut_off_is_a_claim(tmp_path: Path):
    store = open_store(tmp_path)
    store.start_run()
    run_task(store, "TASK-1")
    run_task(store, "TASK-2")
    store.snapshot()
    run_task(store, "TASK-1", "FAIL")
    lines = journal_file(tmp_path).read_bytes().splitlines(keepends=True)
    journal_file(tmp_path).write_bytes(b"".join(lines[:-1]))

    again = open_store(tmp_path)
    assert [warning.code for warning in again.warnings] == ["journal-loss"]
    assert again.task("TASK-1").verdict is TaskVerdict.UNVERIFIED, "a FAIL is missing"
    again.start_run()
    assert open_store(tmp_path).task("TASK-2").verdict is TaskVerdict.UNVERIFIED, "for good"
    run_task(again, "TASK-1")
    run_task(again, "TASK-2")
    again.finish_run(0)
    assert codes(tmp_path) == []
    assert open_store(tmp_path).task("TASK-1").verdict is TaskVerdict.PASS


def test_a_journal_that_the_state_file_holds_may_be_cut_off(tmp_path: Path):
    store = open_store(tmp_path)
    store.start_run()
    run_task(store, "TASK-1")
    store.snapshot()
    journal_file(tmp_path).write_bytes(journal_file(tmp_path).read_bytes()[:200])
    assert open_store(tmp_path).warnings == ()
    assert open_store(tmp_path).task("TASK-1").verdict is TaskVerdict.PASS


def test_a_missing_journal_is_told(tmp_path: Path):
    passed_project(tmp_path)
    journal_file(tmp_path).unlink()
    assert codes(tmp_path) == ["journal-loss"]
    assert open_store(tmp_path).task("TASK-1").verdict is TaskVerdict.PASS
    assert state_file(tmp_path).exists()


def test_fault_33_lines_that_do_not_fit_are_kept_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import tempfile

    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(kept))
    store = open_store(tmp_path)
    store.start_run()
    before = journal_file(tmp_path).read_bytes()

    def disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pytest_tracks.state.journal.sync_contents", disk_full)
        with pytest.raises(StateError, match=r"No space left.*missing are in .*rescued-"):
            store.append(settled(run=store.run_id))
    assert journal_file(tmp_path).read_bytes() == before
    [rescued] = kept.iterdir()
    assert b'"task":"TASK-1"' in rescued.read_bytes()
    with open(journal_file(tmp_path), "ab") as journal:
        journal.write(rescued.read_bytes())
    assert Journal(journal_file(tmp_path).parent).damaged_lines == []
    assert open_store(tmp_path).task("TASK-1").verdict is TaskVerdict.PASS


def _held_by_another_host(folder: Path) -> Path:
    with Holding(folder):
        pass
    file = folder / "holder"
    told = file.read_text().replace("\tfree\t", "\theld\t")
    file.write_text(told.replace(socket.gethostname(), "elsewhere", 1))
    return file


def test_what_another_host_holds_is_never_taken_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel may know nothing of it, and its process has no number here."""
    file = _held_by_another_host(tmp_path)
    before = file.read_bytes()
    monkeypatch.setattr(module, "OTHER_HOST_TIMEOUT", 0.1)
    with pytest.raises(StateError) as caught, Holding(tmp_path):
        pass
    assert file.read_bytes() == before
    assert f"held by process {os.getpid()} on elsewhere for " in str(caught.value)
    assert f"remove {file}" in str(caught.value)


def test_another_host_that_lets_go_is_waited_for(tmp_path: Path) -> None:
    file = _held_by_another_host(tmp_path)
    told = file.read_bytes().replace(b"\theld\t", b"\tfree\t")
    free = threading.Timer(0.1, _write_over, [file, told])
    free.start()
    with Holding(tmp_path) as held:
        assert held.before is not None
        assert held.before.host == "elsewhere"
    free.join()


def _write_over(file: Path, content: bytes) -> None:
    with file.open("r+b") as there:
        there.write(content)


def test_a_number_that_was_given_away_is_not_taken_for_the_holder(tmp_path: Path) -> None:
    with Holding(tmp_path):
        file = tmp_path / "holder"
        start = start_of_this_process()
        file.write_text(file.read_text().replace(start, "earlier"))
        assert f"process {os.getpid()} on {socket.gethostname()} (gone, " in held_by(tmp_path)


def test_a_forked_child_says_its_own_number(tmp_path: Path) -> None:
    """What the parent has left is not what the child may say that it holds."""
    holding = Holding(tmp_path)
    with holding:
        pass
    child = os.fork()
    if child == 0:
        with holding:
            told = last_holder(tmp_path)
            os._exit(0 if told is not None and told.pid == os.getpid() else 7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with holding as held:
        assert held.before is not None
        assert held.before.pid == child
        assert held.before.is_held, "it died with it"
