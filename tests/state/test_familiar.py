"""Tasks that a file shows as they were rendered here: recognised, and the same as if read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.state.facts import Entry
from pytest_tracks.state.familiar import recognise
from pytest_tracks.state.fold import fold
from pytest_tracks.state.rendering import Renderer
from pytest_tracks.state.snapshot import DamagedSnapshotError, Snapshot, checksum, parse

from .test_fold import journals
from .worlds import entries, plan, settled, started


def project(*verdicts: str) -> ProjectRecord:
    """Record a verdict of TASK-1, TASK-2 and so on."""
    facts = [
        fact
        for number, verdict in enumerate(verdicts, 1)
        for fact in (
            started(f"TASK-{number}", f"a{number}"),
            settled(verdict, f"TASK-{number}", f"a{number}"),
        )
    ]
    return fold(ProjectRecord(lineage="L"), entries(*facts))


def render(record: ProjectRecord) -> bytes:
    return Renderer(plan(), Snapshot()).render(record, {}).content


@settings(deadline=None)  # the machine may be busy
@given(journals, st.integers(0, 40))
def test_what_is_recognised_is_what_would_have_been_read(all_entries: list[Entry], ours: int):
    known = Renderer(plan(), Snapshot()).known(fold(ProjectRecord(), all_entries[:ours]))
    content = render(fold(ProjectRecord(lineage="L"), all_entries))
    read, familiar = parse(content, "state"), parse(content, "state", known)
    assert familiar == read
    assert list(familiar.record.tasks) == list(read.record.tasks), "in the same order"


def test_only_lines_that_differ_are_left():
    known = Renderer(plan(), Snapshot()).known(project("PASS", "PASS", "PASS"))
    text = render(project("PASS", "FAIL", "PASS")).decode()
    found = recognise(text, known)
    assert [place and place.task for place in found.places] == ["TASK-1", None, "TASK-3"]
    assert "  TASK-2:\n" in found.text
    assert "  TASK-1:\n" not in found.text
    assert "\ntasks:\n" not in recognise(render(project("PASS", "PASS")).decode(), known).text


def test_the_record_at_hand_is_the_one_that_is_found():
    """Its lines need not be made again."""
    record = project("PASS")
    known = Renderer(plan(), Snapshot()).known(record)
    assert parse(render(record), "state", known).record.task("TASK-1") is record.task("TASK-1")


def test_unknown_keys_of_a_task_are_known_with_it():
    record = project("PASS", "FAIL")
    strange = Snapshot(unknown_of_task={"TASK-2": {"reviewer": "Ada"}})
    renderer = Renderer(plan(), strange)
    content = renderer.render(record, {}).content
    found = parse(content, "state", renderer.known(record))
    assert found.unknown_of_task == {"TASK-2": {"reviewer": "Ada"}}


def test_a_hand_edit_is_no_less_a_claim():
    record = project("PASS", "FAIL")
    edited = render(record).replace(b"result: FAIL", b"result: PASS")
    found = parse(edited, "state", Renderer(plan(), Snapshot()).known(record))
    assert found.record.task("TASK-2").verdict is TaskVerdict.UNVERIFIED
    assert found.record.task("TASK-1").verdict is TaskVerdict.PASS


def test_a_forged_file_costs_no_task():
    """Who forges the checksum may lay the lines out otherwise: then nothing is guessed."""
    record = project("PASS", "FAIL")
    known = Renderer(plan(), Snapshot()).known(record)
    text = render(replace(record, tasks={**record.tasks, "TASK-3": record.task("TASK-2")}))
    written, _, integrity = text.decode().rpartition("\nintegrity: ")
    forged = written.replace("\n  TASK-3:\n", "\n  TASK-3:\n  TASK-4:\n") + "\n"
    content = f"{forged}integrity: {checksum(forged.encode())}.{integrity.partition('.')[2]}"
    with pytest.raises(DamagedSnapshotError, match="not as they were written"):
        parse(content.encode(), "state", known)
