from __future__ import annotations

from pathlib import Path

from pytest_tracks.core.model import Plan, TaskKind

from .foreign_plans import load_foreign, refuse_foreign, warned

STORIES = """
    # Tasks: Photo albums

    ## Format: `[ID] [P?] [Story] Description`

    - **[P]**: Can run in parallel

    ## Phase 1: Setup (Shared Infrastructure)

    - [x] T001 Create project structure
    - [ ] T002 [P] Configure linting in `.ruff.toml`
    - [ ] T003 [P] Configure CI in .github/workflows/ci.yml

    ## Phase 2: Foundational (Blocking Prerequisites)

    - [ ] T004 Setup database schema in src/db/schema.sql

    **Checkpoint**: Foundation ready - stories can
    begin in parallel

    ## Phase 3: User Story 1 - Upload (Priority: P1) 🎯 MVP

    **Goal**: People upload
    **Independent Test**: Upload one photo

    ### Tests for User Story 1

    - [ ] T005 [P] [US1] Contract test in tests/contract/test_upload.py

    ### Implementation for User Story 1

    - [ ] T006 [P] [US1] Create Photo in src/models/photo.py
    - [ ] T007 [US1] Implement upload in src/services/upload.py (depends on T006)
      - Acceptance Criteria:
        - it is stored
        - it is shown
      - [x] write it

    **Checkpoint**: User Story 1 works

    ## Phase 4: User Story 2 - Share (Priority: P2)

    - [ ] T008 [US2] Share in src/services/share.py

    ## Phase N: Polish

    - [ ] T009 [P] Documentation in docs/
    - [ ] TXXX Code cleanup
    - [ ] Say thanks

    ## Dependencies & Execution Order

    - T002 before T003
    - T004 depends on T009
    """


def load(root: Path, text: str, place: str = "specs/001-albums/tasks.md") -> Plan:
    return load_foreign(root, place, {place: text})


def edges(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {name: one.predecessors for name, one in plan.tasks.items()}


def test_stories_wait_for_the_foundation_and_not_for_each_other(tmp_path: Path) -> None:
    plan = load(tmp_path, STORIES)
    assert edges(plan) == {
        "T001": (),
        "T002": ("T001",),
        "T003": ("T001", "T002"),
        "T004": ("T002", "T003"),
        "T005": ("SYNC-PHASE-2",),
        "T006": ("SYNC-PHASE-2",),
        "T007": ("T005", "T006"),
        "T008": ("SYNC-PHASE-2",),
        "T009": ("T008", "SYNC-PHASE-3"),
        "SYNC-PHASE-2": ("T004",),
        "SYNC-PHASE-3": ("T005", "T006", "T007"),
    }


def test_checkpoints_are_sync_points_and_stories_requirements(tmp_path: Path) -> None:
    plan = load(tmp_path, STORIES)
    first, second = (t for t in plan.tasks.values() if t.kind is TaskKind.SYNC_POINT)
    assert [one.text for one in first.criteria] == [
        "Foundation ready - stories can begin in parallel"
    ]
    assert [one.text for one in second.criteria] == [
        "User Story 1 works",
        "Independent test: Upload one photo",
    ]
    assert [(one.id, one.title, one.must) for one in plan.requirements] == [
        ("US1", "User Story 1 - Upload MVP", True),
        ("US2", "User Story 2 - Share", False),
    ]
    assert plan.tasks["T008"].requirements == ("US2",)


def test_what_a_task_says(tmp_path: Path) -> None:
    plan = load(tmp_path, STORIES)
    upload = plan.tasks["T007"]
    assert [one.text for one in upload.criteria] == ["it is stored", "it is shown"]
    assert [(one.text, one.done) for one in upload.steps] == [("write it", True)]
    assert (upload.files, upload.priority) == (("src/services/upload.py",), "P1")
    assert plan.tasks["T001"].claim == "completed"
    assert plan.tasks["T009"].files == ("docs/**",)
    assert plan.tasks["T002"].files == (".ruff.toml",)


def test_what_is_no_task_and_what_contradicts_is_told(tmp_path: Path) -> None:
    plan = load(tmp_path, STORIES)
    assert warned(plan) == [
        ("no-number", 48),
        ("no-number", 49),
        ("order-contradicted", 54),
    ]


def test_drawings_chains_and_ranges(tmp_path: Path) -> None:
    listed = "\n".join(f"- [ ] T00{n} [P] Task {n}" for n in range(1, 8))
    text = f"# Tasks: a\n\n## Phase 1: All\n\n{listed}\n\n## Dependencies\n\n"
    text += "```\nSetup (T001-T003)\n   ↓\nCore (T004)\n```\n\n"
    text += "- T004 → T005 → T006, T007\n- T001 blocks T002\n- **Core** (T004): after T003\n"
    assert edges(load(tmp_path, text)) == {
        "T001": (),
        "T002": ("T001",),
        "T003": (),
        "T004": ("T001", "T002", "T003"),
        "T005": ("T004",),
        "T006": ("T005",),
        "T007": ("T005",),
    }


def test_bold_numbers_headings_and_tasks_without_phases(tmp_path: Path) -> None:
    bold = "# Tasks\n\n## Core\n\n- [ ] **T001**: First\n- [ ] **T002** [P] Second\n"
    assert edges(load(tmp_path, bold)) == {"T001": (), "T002": ("T001",)}
    headed = "# Tasks\n\n## Phase 1: A\n\n### T001 [P] First\n\n- [x] do it\n\n### T002 Second\n\n"
    plan = load(tmp_path, headed + "- [ ] T003 Third\n", "b/tasks.md")
    assert "T003" in plan.tasks


def test_several_features_keep_their_ids_apart(tmp_path: Path) -> None:
    text = "# Tasks: a\n\n## Phase 1: A\n\n- [ ] T001 One\n- [ ] T002 [US1] Two\n"
    files = {"specs/001-a/tasks.md": text, "specs/002-b/tasks.md": text}
    plan = load_foreign(tmp_path, "specs", files)
    assert edges(plan)["002:T002"] == ("002:T001",)
    assert [one.id for one in plan.requirements] == ["001:US1", "002:US1"]


def test_fault_20_a_task_inside_a_fence_is_none(tmp_path: Path) -> None:
    text = "# Tasks: a\n\n## Phase 1: A\n\n- [ ] T001 One\n\n```\n- [ ] T002 Two\n```\n"
    assert list(load(tmp_path, text).tasks) == ["T001"]
    (problem,) = refuse_foreign(tmp_path, "b/tasks.md", {"b/tasks.md": text[:-4]})
    assert (problem.code, problem.line) == ("unclosed-fence", 7)


def test_a_number_twice_is_refused_at_the_second(tmp_path: Path) -> None:
    text = "# Tasks: a\n\n## Phase 1: A\n\n- [ ] T001 One\n- [ ] T001 Two\n"
    (problem,) = refuse_foreign(tmp_path, "tasks.md", {"tasks.md": text})
    assert (problem.code, problem.line) == ("duplicate-id", 6)
