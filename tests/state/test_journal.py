from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.errors import StateError
from pytest_tracks.state import journal as journal_module
from pytest_tracks.state.facts import Entry, LostFact, RunStarted
from pytest_tracks.state.journal import Journal
from pytest_tracks.state.journal_line import parse_line, render_line
from pytest_tracks.state.journal_reader import JournalReader
from pytest_tracks.state.jsontext import json_text

from .worlds import entries, settled, started

RUN = RunStarted("r1", 1, "here")


def write(folder: Path, *group: Entry) -> Journal:
    journal = Journal(folder)
    with journal.lock():
        journal.create("L", 0)
        journal.read()
        journal.write(group)
    return journal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".tracks"


def test_what_is_written_is_read(folder: Path):
    facts = entries(RUN, started(), settled())
    write(folder, *facts[:1])
    journal = write(folder, *facts[1:])
    assert Journal(folder).read() == facts
    assert (journal.lineage, journal.base_serial, len(journal.id)) == ("L", 0, 12)


def test_reading_goes_on_where_it_stopped(folder: Path):
    facts = entries(RUN, started(), settled())
    reader = Journal(folder)
    assert reader.read() == []
    write(folder, facts[0])
    assert reader.read() == facts[:1]
    assert reader.read() == []
    write(folder, *facts[1:])
    assert reader.read() == facts[1:]


def test_the_folder_ignores_itself_for_git(folder: Path):
    write(folder)
    assert (folder / ".gitignore").read_text() == "*\n"


def test_a_line_torn_at_any_byte_is_read_over_and_kept(folder: Path):
    facts = entries(RUN, started(), settled())
    path = write(folder, *facts[:2]).path
    whole = path.read_bytes()
    start = whole[:-1].rindex(b"\n") + 1
    for size in range(start, len(whole)):
        path.write_bytes(whole[:size])
        assert Journal(folder).read() == facts[:1]
        write(folder, facts[2])
        again = Journal(folder)
        # Only the line end was missing: then the fact itself is whole.
        assert again.read() == ([facts[0], facts[2]] if size < len(whole) - 1 else facts)
        assert again.damaged_lines == []
        assert path.read_bytes().startswith(whole[:size])


def test_a_line_that_is_still_being_written_waits(folder: Path):
    facts = entries(RUN, started())
    path = write(folder, *facts).path
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    reader = Journal(folder)
    assert reader.read() == facts[:1]
    with path.open("ab") as file:
        file.write(whole[-5:])
    assert reader.read() == facts[1:]


def test_an_acknowledged_line_that_was_changed_is_noticed(folder: Path):
    facts = entries(RUN, started(), settled("FAIL"))
    path = write(folder, *facts).path
    path.write_bytes(path.read_bytes().replace(b'"verdict":"FAIL"', b'"verdict":"PASS"'))
    reader = Journal(folder)
    read = reader.read()
    assert read[:2] == facts[:2]
    assert (read[2].fact, read[2].serial) == (LostFact("TASK-1"), 3)
    assert reader.damaged_lines == [4]


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=5), st.data())
def test_no_single_changed_byte_of_a_line_goes_unnoticed(
    values: dict[str, object], data: st.DataObject
):
    values = {"fact": "x", **values}
    line = render_line(json_text(values))[:-1]
    assert parse_line(line) == values
    place = data.draw(st.integers(0, len(line) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != line[place]))
    with pytest.raises(ValueError):
        parse_line(line[:place] + bytes([byte]) + line[place + 1 :])


def test_a_group_that_does_not_fit_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    facts = entries(RUN, started())
    path = write(folder, facts[0]).path
    before = path.read_bytes()

    def disk_full(descriptor: int, content: memoryview) -> int:
        real_write(descriptor, content[:10])
        raise OSError(28, "No space left on device")

    real_write = os.write
    monkeypatch.setattr(journal_module.os, "write", disk_full)
    with pytest.raises(StateError, match="No space left"):
        write(folder, facts[1])
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["lock", "journal.jsonl"])
def test_fault_37_a_symlink_is_refused_and_its_target_unchanged(
    folder: Path, tmp_path: Path, name: str
):
    target = tmp_path / "precious"
    target.write_text("as it was")
    folder.mkdir()
    (folder / name).symlink_to(target)
    with pytest.raises(StateError, match="symlink"):
        write(folder, *entries(RUN))
    assert target.read_text() == "as it was"


def test_writers_of_several_threads_lose_nothing(folder: Path):
    def write_some(number: int) -> None:
        for count in range(25):
            serial = number * 25 + count
            write(folder, Entry(serial, "t", f"{number}-{count}", RUN))

    threads = [threading.Thread(target=write_some, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({entry.id for entry in Journal(folder).read()}) == 100


def test_a_journal_that_was_made_anew_is_read_from_its_beginning(folder: Path):
    facts = entries(RUN, started())
    reader = write(folder, *facts)
    first = reader.id
    reader.path.rename(folder / "old")
    write(folder, facts[1])
    assert reader.read() == facts[1:]
    assert reader.id != first


def test_what_is_known_is_passed_over(folder: Path):
    facts = entries(RUN, started(), settled())
    first = write(folder, *facts)
    first.read()
    reader = Journal(folder, {first.id: 2, "another": 99})
    assert reader.read() == facts[2:]
    assert reader.serial == 3


def test_what_the_caller_has_is_not_read_again(folder: Path):
    facts = entries(RUN, started(), settled())
    journal = write(folder, *facts[:2])
    with journal.lock():
        journal.read()
        assert journal.compact({journal.id: 2})
    write(folder, *facts[2:])
    for own in ({facts[1].id}, {facts[2].id}, {entry.id for entry in facts}):
        reader = JournalReader(folder, but_for=own)
        assert reader.read() == [entry for entry in facts if entry.id not in own]
        assert reader.serial == 3


def test_a_damaged_serial_is_not_passed_over(folder: Path):
    facts = entries(RUN, started(), settled("FAIL"), first=11)
    first = write(folder, *facts)
    first.read()
    path = first.path
    path.write_bytes(path.read_bytes().replace(b'{"serial":13,', b'{"serial":10,'))
    reader = Journal(folder, {first.id: 11})
    assert [entry.fact for entry in reader.read()] == [facts[1].fact, LostFact("TASK-1")]
