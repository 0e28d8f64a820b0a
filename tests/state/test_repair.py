"""Repair: what is found, what is mended, and that a second time there is nothing to do."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.state.repair import Repair, plan_repair

from .worlds import (
    FOLDER,
    FakeMachine,
    journal_file,
    open_store,
    passed_project,
    plan,
    run_task,
    state_file,
)


def planned(root: Path) -> Repair:
    return plan_repair(root, plan(), state_file(root), FakeMachine())


def codes(repair: Repair) -> list[str]:
    return [problem.code for problem in repair.damage]


def test_planning_writes_nothing(tmp_path: Path) -> None:
    passed_project(tmp_path)
    state_file(tmp_path).write_bytes(state_file(tmp_path).read_bytes()[:900])
    before = sorted(os.listdir(tmp_path / FOLDER))
    assert codes(planned(tmp_path)) == ["recovered"]
    assert sorted(os.listdir(tmp_path / FOLDER)) == before


def test_fault_27_an_empty_state_file(tmp_path: Path) -> None:
    whole = passed_project(tmp_path)
    state_file(tmp_path).write_bytes(b"")
    repair = planned(tmp_path)
    assert repair.tasks == 2
    repair.carry_out()
    assert state_file(tmp_path).read_bytes() == whole
    assert codes(planned(tmp_path)) == []


def test_a_plan_without_any_state_is_whole(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir(parents=True)
    repair = planned(tmp_path)
    assert (repair.damage, repair.remarks, repair.kept) == ((), (), None)


def test_what_a_cut_off_journal_has_lost_makes_claims_for_good(tmp_path: Path) -> None:
    passed_project(tmp_path, "TASK-1")
    length = journal_file(tmp_path).stat().st_size
    store = open_store(tmp_path)
    store.start_run()
    run_task(store, "TASK-1", "FAIL")
    os.truncate(journal_file(tmp_path), length)
    repair = planned(tmp_path)
    assert codes(repair) == ["journal-loss"]
    repair.carry_out()
    assert codes(planned(tmp_path)) == []
    assert open_store(tmp_path).record().task("TASK-1").verdict is TaskVerdict.UNVERIFIED
