"""Markdown beside a native plan: listed as ignored, never read as a task."""

from __future__ import annotations

from pathlib import Path

from pytest_tracks.formats.native import load_plan

TASK = "id: A\ntitle: One\nacceptance_criteria: [It works]\n"
NOTES = "# Tasks\n\n- [x] TASK-009 is done\n\n```bash\n- [ ] TASK-010\n### Phase 1: never closed\n"


def test_fault_20_a_fence_or_checkbox_in_markdown_is_not_read_as_a_task(tmp_path: Path) -> None:
    folder = tmp_path / "docs" / "planning" / "tasks"
    folder.mkdir(parents=True)
    (folder / "A.yaml").write_text(TASK)
    (folder / "NOTES.md").write_text(NOTES)
    (folder.parent / "PLAN.md").write_text(NOTES)
    plan = load_plan(tmp_path, "docs/planning", sprints="docs/sprints", kinds={})
    assert list(plan.tasks) == ["A"]
    assert {name.rpartition("/")[2] for name in plan.ignored} == {"NOTES.md", "PLAN.md"}
