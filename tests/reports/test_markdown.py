from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.reports.github import annotation_lines
from pytest_tracks.reports.markdown import escaped, markdown_table, summary_markdown
from pytest_tracks.reports.text import clean
from tests.core.worlds import make_plan, make_task

HOSTILE = "<script>alert(1)</script> | `x` **b** [l](http://x) ]]> @team #12 ![i](j) ::error::"
MARKDOWN = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def shown(html: str) -> str:
    """Read back what a browser would show."""
    import html as entities
    import re

    return entities.unescape(re.sub(r"<[^>]*>", "", html)).strip()


def failing(gap: str = "assert 1 == 2") -> tuple[Plan, ProjectRecord]:
    plan = make_plan(make_task("A"), make_task("B", ("A",)))
    results = {"AC-001": CriterionResult("AC-001", CriterionVerdict.FAIL, gap)}
    tasks = {
        "A": TaskRecord(TaskVerdict.FAIL, criteria=results, iterations=2, run_seconds=1.0),
        "B": TaskRecord(TaskVerdict.BLOCKED, blocked_by=("A",)),
    }
    return plan, ProjectRecord(tasks)


@given(st.text(max_size=60))
def test_fault_62_any_text_is_shown_as_it_is_and_does_nothing(text: str) -> None:
    table = "\n".join(markdown_table(["a"], [[f"x{escaped(text)}x"]]))
    cells = MARKDOWN.render(table).split("<td>")[1:]
    assert len(cells) == 1
    assert shown(cells[0].split("</td>")[0]) == f"x{clean(text)}x".strip()


@pytest.mark.fault(62)
def test_fault_62_a_hostile_title_stays_in_its_cell() -> None:
    plan, record = failing(HOSTILE)
    tasks = {name: replace(task, title=HOSTILE) for name, task in plan.tasks.items()}
    html = MARKDOWN.render(summary_markdown(replace(plan, tasks=tasks, project=HOSTILE), record))
    for tag in ("<script", "<strong>alert", "<a ", "<img", "<code>"):
        assert tag not in html
    assert html.count("<tr>") == 3


def test_the_summary_says_verdicts_and_why() -> None:
    plan, record = failing()
    text = summary_markdown(plan, record, sentence="exit 1: 1 failed", mermaid="flowchart LR\n")
    assert text.startswith("## world\n\nexit 1: 1 failed\n")
    assert "**1 FAIL, 1 BLOCKED** · 0 of 2 criteria met" in text
    assert "| A | Title of A | ❌ FAIL | 0/1 | 2 | 1.0 s |" in text
    assert "| B | Title of B | ⚠️ BLOCKED | 0/1 | - | - | by A |" in text
    assert "```mermaid\nflowchart LR\n```" in text
    assert "<details>" not in summary_markdown(plan, record)


def test_annotations_stand_at_the_plans_lines() -> None:
    plan, record = failing("50 % of a: b, c")
    assert annotation_lines(plan, record, ["B", "A"]) == [
        "::error file=plan.yaml,line=1,title=A/AC-001 A shows 1::FAIL: 50 %25 of a: b, c",
        "::notice file=plan.yaml,line=1,title=B Title of B::BLOCKED by A",
    ]


def test_an_annotation_cannot_bring_another_command() -> None:
    plan, record = failing("x\n::set-env name=PATH::y")
    (line,) = annotation_lines(plan, record, ["A"])
    assert "\n" not in line
    assert line.startswith("::error ")
