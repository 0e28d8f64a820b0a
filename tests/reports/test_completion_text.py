from __future__ import annotations

from dataclasses import replace

from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.reports.completion_text import completion_lines, review_lines
from pytest_tracks.reports.languages import languages
from pytest_tracks.reports.line import Line
from tests.core.test_completion import FINAL, record, shop


def texts(lines: list[Line]) -> list[str]:
    return [str(line) for line in lines]


def test_a_complete_project_is_summed_up_in_the_words_of_the_source() -> None:
    said = texts(completion_lines(shop(), record()))
    assert "  PROJECT COMPLETION SUCCESSFUL" in said
    assert "world Development Complete!" in said
    assert "  Total tasks: 3/3 completed" in said
    assert "  T1 tasks: 3 (100%)" in said
    assert "  Sequential estimate: ~8 hours" in said
    assert "  Time saved by parallel tracks: 50%" in said
    assert "  Total: ~$6.00" in said
    assert said[-1] == "Ready for deployment!"
    delivered = said[said.index("Features Delivered:") + 1 :]
    assert delivered[:2] == ["  PASS R1 wish R1", "  PASS R2 wish R2"]
    assert "  open R3 wish R3" in said[said.index("Features Missing:") :]


def test_ready_is_said_only_when_everything_is_pass() -> None:
    said = texts(completion_lines(shop(), record(A=TaskRecord(TaskVerdict.FAIL))))
    assert "  PROJECT NOT COMPLETE" in said
    assert said[-1] == "Not ready for deployment: 1 task not PASS."
    said = texts(completion_lines(shop(), ProjectRecord()))
    assert said[-1] == "Not ready for deployment: 3 tasks and 1 review or sync point not PASS."


def test_a_review_is_shown_by_section_with_its_gaps() -> None:
    first, *_ = FINAL.criteria
    criteria = (
        replace(first, id="X", text="No secrets", section="Security"),
        replace(first, id="Y", text="Readme", section="Docs"),
        replace(first, id="Z", text="Loose"),
    )
    review = replace(FINAL, criteria=criteria)
    results = {
        "X": CriterionResult("X", CriterionVerdict.FAIL, "a key in deploy/"),
        "Y": CriterionResult("Y", CriterionVerdict.PASS),
    }
    known = record(**{review.id: TaskRecord(TaskVerdict.FAIL, criteria=results)})
    said = texts(review_lines(shop(), known, review, ["a.py", "b.ts", "c.py"]))
    assert said == [
        "",
        "Detecting languages used...",
        "  - Python (2 files)",
        "  - TypeScript (1 file)",
        "",
        "Security",
        "  FAIL  No secrets",
        "      a key in deploy/",
        "",
        "Docs",
        "  PASS  Readme",
        "",
        "Other",
        "  NOT_RUN  Loose",
    ]


def test_lines_keep_to_the_width() -> None:
    plan = replace(shop(), project="x" * 50 + " " + "y" * 50)
    for width in (40, 80):
        assert max(map(len, texts(completion_lines(plan, record(), width=width)))) <= width


def test_languages_by_their_files() -> None:
    paths = ["a.PY", "d/Dockerfile", "x/Makefile", "b.tsx", "c.ts", "data.json", "README"]
    assert languages(paths) == (("TypeScript", 2), ("Docker", 1), ("Make", 1), ("Python", 1))
