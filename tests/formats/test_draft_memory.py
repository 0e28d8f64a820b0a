from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_tracks.core.model import Plan
from pytest_tracks.errors import PlanError
from pytest_tracks.formats.draft_memory import DraftMemory
from pytest_tracks.formats.native import load_plan
from tests.formats.plans import FOLDER, KINDS, SPRINTS, TASK, write

TEXT = """\
id: TASK-001
title: First
track: 2
requirements: [REQ-1]
resources: {db: 2}
coverage: {source: [src], min: 80}
acceptance_criteria:
  - It works
  - {text: It runs, run: "true", timeout: 3}
"""
OTHER = f"{FOLDER}/tasks/TASK-002.yaml"
FILES = {
    f"{FOLDER}/tracks.yaml": "tracks: {1: A, 2: B}\nresources: {db: 2}\n",
    f"{FOLDER}/PROJECT_PRD.yaml": "requirements: [{id: REQ-1, title: Sell}]\n",
    TASK: TEXT,
    OTHER: "{id: TASK-002, depends_on: [TASK-001]}\n",
}


def load(root: Path, memory: DraftMemory | None) -> Plan:
    return load_plan(root, FOLDER, sprints=SPRINTS, kinds=KINDS, memory=memory)


def test_a_plan_of_remembered_files_is_the_plan(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    first = DraftMemory({})
    plan = load(tmp_path, first)
    assert first.has_news
    assert first.fresh.keys() == {TASK, OTHER}
    second = DraftMemory(json.loads(json.dumps(first.fresh)))
    assert load(tmp_path, second) == plan == load(tmp_path, None)
    assert not second.has_news


def test_other_bytes_and_another_name_are_read(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    memory = DraftMemory({})
    load(tmp_path, memory)
    known = DraftMemory(memory.fresh)
    assert known.recall(TASK, TEXT.encode()) is not None
    assert known.recall(TASK, TEXT.encode() + b"#") is None
    assert known.recall(f"{FOLDER}/tasks/OTHER.yaml", TEXT.encode()) is None
    digest = memory.fresh[TASK][0]
    for broken in ([digest], [digest, 1], [digest, [[]]], {"a": 1}):
        assert DraftMemory({TASK: broken}).recall(TASK, TEXT.encode()) is None


def test_a_file_in_which_anything_is_wrong_is_read_each_time(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, OTHER: "{id: TASK-002, owners: Ada}\n"})
    memory = DraftMemory({})
    for again in (memory, DraftMemory(memory.fresh)):
        with pytest.raises(PlanError, match="'owners'"):
            load(tmp_path, again)
        assert again.fresh.keys() == {TASK}
