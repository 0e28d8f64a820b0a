"""The HTML page as text; what it does is tested in a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.distribute import distribute
from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.reports.graph_layout import make_picture
from pytest_tracks.reports.page import page_html
from pytest_tracks.reports.page_data import embedded
from pytest_tracks.reports.page_facts import Attempt, Output, PageFacts
from pytest_tracks.reports.page_timeline import SCALE, timeline
from pytest_tracks.reports.task_markdown import task_markdown
from pytest_tracks.reports.validation_result import validation_result
from tests.reports import ecommerce

PLAN = ecommerce.make_plan()
MADE_AT = "2026-11-21T10:00:00Z"


def facts(record: ProjectRecord, plan: Plan = PLAN, **more: object) -> PageFacts:
    return PageFacts(plan, record, distribute(plan, None), MADE_AT, **more)  # type: ignore[arg-type]


class Elements(HTMLParser):
    """Notes every element, and every attribute that could load or run something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.risky: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.risky += [
            (name, value)
            for name, value in attrs
            if name in ("src", "style", "srcset", "action", "data")
            or name.startswith("on")
            or (name == "href" and not str(value).startswith("#"))
        ]


def test_the_page_loads_and_runs_nothing_else() -> None:
    text = page_html(facts(ecommerce.make_broken_record(PLAN)))
    found = Elements(text)
    assert found.risky == []
    assert found.names.count("script") == 2
    assert not {"link", "img", "iframe", "object", "base"} & set(found.names)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src &#39;none&#39;; ")
    for element in ("style", "script"):
        inside = re.search(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
        assert inside is not None
        digest = base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()
        assert f"{element}-src &#39;sha256-{digest}&#39;" in policy[1]


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_any_text_stays_text(text: str) -> None:
    hostile = f"{text}</script><script>x</script><!--<img onerror=x>]]>\"'"
    tasks = {name: replace(task, title=hostile, owner=hostile) for name, task in PLAN.tasks.items()}
    plan = replace(PLAN, tasks=tasks, project=hostile)
    outputs = {"TASK-001": {"AC-001": (Output(hostile, hostile),)}}
    found = Elements(page_html(facts(ecommerce.make_record(plan), plan, outputs=outputs)))
    assert found.names.count("script") == 2
    assert "img" not in found.names
    assert found.risky == []


@given(st.text())
def test_embedded_json_comes_back_as_it_was(text: str) -> None:
    written = embedded({"text": text})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {"text": text}


@pytest.mark.parametrize(
    ("record", "word"),
    [
        (ecommerce.make_record(PLAN), "PASS"),
        (ecommerce.make_broken_record(PLAN), "FAIL"),
        (ProjectRecord(), "NOT DONE"),
    ],
    ids=["passed", "broken", "not run"],
)
def test_only_a_plan_that_has_passed_is_called_pass(record: ProjectRecord, word: str) -> None:
    text = page_html(facts(record))
    headline = re.search(r'<strong class="badge">([^<]*)</strong>', text)
    assert headline is not None
    assert headline[1] == word
    assert f"<title>{word}: " in text


def test_an_empty_plan_has_a_page() -> None:
    text = page_html(facts(ProjectRecord(), Plan("Nothing", {}, "docs/planning")))
    assert "NOT DONE" in text


def test_pauses_of_all_tracks_are_left_out_of_the_timeline() -> None:
    def attempt(day: int, minute: int, end: int) -> Attempt:
        at = f"2026-11-{day:02}T10:{minute:02}:00+00:00"
        return Attempt(at, at.replace(f"{minute:02}:00+", f"{end:02}:00+"), "PASS", seconds=60.0)

    attempts = {"TASK-001": (attempt(1, 0, 10),), "TASK-004": (attempt(9, 0, 10),)}
    shown = facts(ecommerce.make_record(PLAN), attempts=attempts)
    only = replace(shown, record=ProjectRecord())
    found = timeline(only, make_picture(PLAN, only.record, only.layout))
    assert found.done == "20 min"
    assert found.breaks == (SCALE // 2,)
    first, second = found.rows[0].done
    assert (first.x, first.width, second.x, second.width) == (0, 5_000, 5_000, 5_000)
    assert found.rows[0].done_waits == ()


def test_waiting_for_another_track_is_shown() -> None:
    picture = make_picture(PLAN, ProjectRecord(), distribute(PLAN, None))
    found = timeline(facts(ProjectRecord()), picture)
    assert [len(row.planned) for row in found.rows] == [7, 6, 5]
    for row in found.rows:
        for start, width in row.planned_waits:
            end = start + width
            assert not [bar for bar in row.planned if start < bar.x + bar.width and bar.x < end]


def test_markdown_of_a_task_lets_no_text_out() -> None:
    task = replace(PLAN.tasks["TASK-004"], title="<b>|`x`\x1b[31m")
    record = ecommerce.make_broken_record(PLAN)
    result = validation_result(PLAN, record, "TASK-004", at=MADE_AT)
    output = {"AC-002": (Output("shown", "```\n# not a heading\n````"),)}
    text = task_markdown(task, record, result, (), output)
    assert "<b>" not in text
    assert "\x1b" not in text
    assert "`````" in text, "the fence is longer than any in the output"
    assert "to do: " in text
