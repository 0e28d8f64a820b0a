from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tracks.core.model import Plan

from .foreign_plans import load_foreign, refuse_foreign, warned

PLAN = """\
---
phase: 02-api
plan: 01
type: execute
wave: 1
depends_on: []
files_modified: [src/api.ts, src/user.ts]
autonomous: false
requirements: [AUTH-01]
user_setup:
  - service: stripe
    why: "keys"
must_haves:
  truths:
    - "People can log in"
  artifacts:
    - path: src/api.ts
      provides: "routes"
      exports: ["GET", "POST"]
      min_lines: 30
    - path: prisma/schema.prisma
      contains: "model User"
    - path: "src/**/*.ts"
      provides: "all of it"
  key_links:
    - from: src/api.ts
      to: prisma.user
      via: "query"
      pattern: "prisma\\\\.user\\\\.(find|create)"
    - from: src/user.ts
      to: lookbehind
      pattern: "(?<name>a)"
    - from: src/user.ts
      to: nothing
---

<objective>
Build the API. It answers.

Purpose: all.
</objective>

<tasks>

<task type="auto" tdd="true">
  <name>Task 1: Routes &amp; more</name>
  <files>src/api.ts</files>
  <action>Write `Map<string, User>`, and
```html
<task><verify>not this</verify></task>
```
  </action>
  <verify>
    <automated>npm test -- --run api</automated>
  </verify>
  <done>All routes answer</done>
</task>

<task type="auto">
  <name>Task 2: Page</name>
  <verify><automated>MISSING — Wave 0 must create tests/page.test.ts first</automated></verify>
  <acceptance_criteria>
    - The page shows
    - It is `fast`
  </acceptance_criteria>
</task>

<task type="checkpoint:human-verify" gate="blocking">
  <what-built>Dashboard at http://localhost:3000</what-built>
  <how-to-verify>Visit it.</how-to-verify>
</task>

</tasks>

<verification>
```bash
# everything
npm run build
npm test || true
```
</verification>
"""


def load(root: Path, **files: str) -> Plan:
    return load_foreign(root, ".planning", {f".planning/phases/{n}": t for n, t in files.items()})


def plan_text(phase: str, plan: str, before: str = "", wave: int | None = None) -> str:
    waves = "" if wave is None else f"wave: {wave}\n"
    return (
        f"---\nphase: {phase}\nplan: {plan}\n{waves}depends_on: [{before}]\n---\n"
        "<objective>Do it.</objective>\n<tasks></tasks>\n"
    )


def edges(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {name: one.predecessors for name, one in plan.tasks.items()}


def test_must_haves_and_verification(tmp_path: Path) -> None:
    plan = load(tmp_path, **{"02-api/02-01-PLAN.md": PLAN})
    task = plan.tasks["02-01"]
    found = [(one.text, one.check.kind, one.location.line) for one in task.criteria]
    assert found == [
        ("People can log in", "prose", 15),
        ("src/api.ts: routes", "file", 17),
        ("prisma/schema.prisma", "file", 21),
        ("src/**/*.ts: all of it", "prose", 23),
        ("src/api.ts → prisma.user (query)", "file", 26),
        ("src/user.ts → lookbehind", "prose", 30),
        ("src/user.ts → nothing", "prose", 33),
        ("Task 1: Routes & more: npm test -- --run api", "run", 54),
        (
            "Task 2: Page: MISSING — Wave 0 must create tests/page.test.ts first",
            "prose",
            61,
        ),
        ("The page shows", "prose", 63),
        ("It is `fast`", "prose", 64),
        ("Dashboard at http://localhost:3000 — Visit it.", "manual", 68),
        ("everything: `npm run build`", "run", 78),
        ("everything: `npm test || true`", "prose", 79),
    ]
    assert task.criteria[1].check.params == {
        "path": "src/api.ts",
        "min_lines": 30,
        "exports": ("GET", "POST"),
    }
    assert [code for code, _ in warned(plan)] == ["no-file", "bad-regex", "not-run"]


def test_what_else_a_plan_says(tmp_path: Path) -> None:
    plan = load(tmp_path, **{"02-api/02-01-PLAN.md": PLAN})
    task = plan.tasks["02-01"]
    assert (task.title, task.description) == ("Build the API", "Build the API. It answers.")
    assert task.files == ("src/api.ts", "src/user.ts")
    assert [one.text for one in task.steps] == [
        "Set up stripe: keys",
        "Task 1: Routes & more (done when: All routes answer)",
        "Task 2: Page",
        "Dashboard at http://localhost:3000",
    ]
    assert [(one.id, one.title) for one in plan.requirements] == [("AUTH-01", "AUTH-01")]


def test_phases_follow_each_other_and_plans_their_names(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        **{
            "01-a/01-01-PLAN.md": plan_text("01-a", "01"),
            "01-a/01-02-PLAN.md": plan_text("01-a", "02", "01"),
            "02-b/02-01-PLAN.md": plan_text("02-b", "01"),
            "02.1-c/02.1-01-PLAN.md": plan_text("02.1-c", "01", '"1-1"'),
            "10-d/10-01-PLAN.md": plan_text("10-d", "01", "01-a"),
        },
    )
    assert edges(plan) == {
        "01-01": (),
        "01-02": ("01-01",),
        "02-01": ("01-02",),
        "02.1-01": ("01-01", "02-01"),
        "10-01": ("01-01", "01-02", "02.1-01"),
    }


def test_the_roadmap_orders_phases_and_ticks_plans(tmp_path: Path) -> None:
    files = {f".planning/phases/0{n}-a/0{n}-01-PLAN.md": plan_text(f"0{n}-a", "01") for n in "123"}
    files[".planning/ROADMAP.md"] = (
        "# Roadmap\n\n- [x] 01-01-PLAN.md -- first\n- [ ] 02-01-PLAN.md\n\n"
        "### Phase 1: A\n**Depends on**: Nothing (first phase)\n\n"
        "### Phase 2: B\n**Depends on**: Nothing\n\n"
        "### Phase 3: C\n**Depends on**: Phase 1, Phase 2\n"
    )
    files[".planning/phases/02-a/02-01-SUMMARY.md"] = "# Done\n"
    files[".planning/REQUIREMENTS.md"] = (
        "## v1 Requirements\n\n- [ ] **AUTH-01**: Log in\n\n## v2 Requirements\n\n"
        "- **AUTH-02**: Log out\n\n## Out of Scope\n\n- **AUTH-03**: Never\n"
    )
    plan = load_foreign(tmp_path, ".planning", files)
    assert edges(plan) == {"01-01": (), "02-01": (), "03-01": ("01-01", "02-01")}
    assert [one.claim for one in plan.tasks.values()] == ["completed", "completed", ""]
    assert [(one.id, one.must) for one in plan.requirements] == [
        ("AUTH-01", True),
        ("AUTH-02", False),
    ]


def test_a_wave_without_an_edge_waits_for_the_wave_before(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        **{
            "01-a/01-01-PLAN.md": plan_text("01-a", "01", wave=1),
            "01-a/01-02-PLAN.md": plan_text("01-a", "02", wave=1),
            "01-a/01-03-PLAN.md": plan_text("01-a", "03", wave=2),
            "01-a/01-04-PLAN.md": plan_text("01-a", "04", "01-01", wave=2),
        },
    )
    assert edges(plan)["01-03"] == ("01-01", "01-02")
    assert edges(plan)["01-04"] == ("01-01",)
    assert warned(plan) == [("wave-without-edge", 4)]


def test_a_plan_that_is_not_there_is_a_gate(tmp_path: Path) -> None:
    plan = load(tmp_path, **{"03-a/03-01-PLAN.md": plan_text("03-a", "01", '"02-01"')})
    assert edges(plan) == {"03-01": ("02-01",), "02-01": ()}
    assert warned(plan) == [("outside-predecessor", 4)]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("---\nphase: 01-a\n  plan: [\n---\n<objective>a</objective>\n", "yaml-syntax", 3),
        ("---\nphase: 01-a\n<objective>a</objective>\n", "no-front-matter", 1),
        ("---\nphase: a\n---\n<objective>a</objective>\n", "missing-key", 2),
    ],
)
def test_faults_of_the_front_matter(tmp_path: Path, text: str, code: str, line: int) -> None:
    problems = refuse_foreign(tmp_path, "a/PLAN.md", {"a/PLAN.md": text})
    assert [(one.code, one.line) for one in problems] == [(code, line)]
