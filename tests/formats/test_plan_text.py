from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.text import decode

from .plans import load_task, refuse_task


def decode_clean(content: bytes) -> str | None:
    problems = Problems()
    text = decode("a.yaml", content, problems)
    assert not problems.errors
    return text


@pytest.mark.parametrize("line_break", ["\r\n", "\r", "\x85"])
def test_fault_13_line_breaks_give_the_same_as_lf(tmp_path: Path, line_break: str) -> None:
    lines = ["id: TASK-001", "title: Größe", "acceptance_criteria:", "- one", "- |", "  a", "  b"]
    with_lf = load_task(tmp_path, "\n".join(lines)).tasks
    assert load_task(tmp_path, line_break.join(lines).encode()).tasks == with_lf
    assert with_lf["TASK-001"].criterion("AC-002").location.line == 5
    broken = [*lines, "hours: ["]
    expected = refuse_task(tmp_path, "\n".join(broken))
    assert refuse_task(tmp_path, line_break.join(broken).encode()) == expected
    assert expected.line == 8


def test_fault_13_byte_order_mark_changes_nothing(tmp_path: Path) -> None:
    plain = b"id: TASK-001\ntitle: x\n"
    expected = load_task(tmp_path, plain).tasks
    assert load_task(tmp_path, b"\xef\xbb\xbf" + plain).tasks == expected
    problem = refuse_task(tmp_path, b"\xef\xbb\xbfid: @")
    assert (problem.line, problem.col) == (1, 5)


@pytest.mark.parametrize(
    ("content", "at", "line"),
    [
        pytest.param("id: x".encode("utf-16"), 0, 1, id="utf-16"),
        pytest.param("id: x".encode("utf-16-le"), 1, 1, id="utf-16 without a mark"),
        pytest.param("a: 1\r\nid: Gr\xf6\xdfe".encode("latin-1"), 12, 2, id="latin-1"),
        pytest.param(b"a: 1\nb: \0", 8, 2, id="NUL"),
        pytest.param(b"\xef\xbb\xbfa\rb\xff", 6, 2, id="behind a byte order mark"),
        pytest.param(b"a: \xe2\x86", 3, 1, id="cut off"),
        pytest.param(b"a: \xed\xa0\x80", 3, 1, id="surrogate"),
    ],
)
def test_fault_14_not_utf8(tmp_path: Path, content: bytes, at: int, line: int) -> None:
    problem = refuse_task(tmp_path, content)
    assert (problem.code, problem.line) == ("not-utf8", line)
    assert f"not UTF-8 at byte {at} (line {line})" in problem.message


@pytest.mark.parametrize("wrong", ["‚Üí", "â†’", "â€œ", "‚úÖ"])
def test_fault_15_mojibake_is_one_warning(tmp_path: Path, wrong: str) -> None:
    content = f"id: TASK-001\ntitle: A {wrong} B\ndescription: B {wrong} C\n"
    plan = load_task(tmp_path, content)
    assert plan.tasks["TASK-001"].title == f"A {wrong} B"
    (warning,) = plan.warnings
    assert (warning.code, warning.line, warning.col) == ("mojibake", 2, 10)


@pytest.mark.parametrize(
    "right", ["→ ✅ „so“ Größe", "âge", "naïve – œuvre", "‚so‘", "数据库 → 表"]
)
def test_fault_15_right_text_warns_of_nothing(tmp_path: Path, right: str) -> None:
    assert load_task(tmp_path, f"id: TASK-001\ntitle: {right}\n").warnings == ()


@pytest.mark.parametrize("marker", ["<<<<<<< HEAD", ">>>>>>> branch", "<<<<<<<"])
def test_fault_17_merge_conflict_markers(tmp_path: Path, marker: str) -> None:
    problem = refuse_task(tmp_path, f"id: TASK-001\n{marker}\ntitle: x\n=======\n")
    assert (problem.code, problem.line) == ("merge-conflict", 2)
    assert "merge conflict markers at line 2" in problem.message


def test_fault_17_markers_within_a_text_are_text() -> None:
    assert decode_clean(b"a: |\n  <<<<<<< HEAD\n  =======\n")


def test_control_characters_are_refused_with_their_place(tmp_path: Path) -> None:
    problem = refuse_task(tmp_path, "id: TASK-001\ntitle: a\x1b[31m\n")
    assert (problem.code, problem.line, problem.col) == ("control-character", 2, 9)
    assert "U+001B" in problem.message


@settings(deadline=None)  # the machine may be busy
@given(st.binary())
def test_decodes_or_notes_one_error(content: bytes) -> None:
    problems = Problems()
    text = decode("a.yaml", content, problems)
    assert (text is None) == (len(problems.errors) == 1)
    assert len(problems.errors) <= 1


@settings(deadline=None)  # the machine may be busy
@given(st.text(alphabet=st.characters(exclude_categories=["C"], include_characters="\n")))
def test_what_is_printable_comes_back_as_it_was(text: str) -> None:
    # Cf, the byte order mark among them, is excluded with the controls.
    problems = Problems()
    decoded = decode("a.yaml", text.encode(), problems)
    conflicts = any(problem.code == "merge-conflict" for problem in problems.errors)
    assert conflicts or decoded == text
