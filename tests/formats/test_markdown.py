from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.document import Document
from pytest_tracks.formats.markdown import Section, front_matter, parse
from pytest_tracks.formats.markdown_blocks import Bullets, Fence, Html, Paragraph, Quote, Table
from pytest_tracks.formats.markdown_fences import note_fences


def read(text: str) -> Section:
    return parse(Document("a.md", text)).root


def test_sections_follow_the_levels_of_headings() -> None:
    root = read("# A\n\n## B\n\ntext\n\n#### C\n\n## D\n")
    (first,) = root.sections
    assert (first.title, first.line) == ("A", 1)
    assert [(one.title, one.line, one.end) for one in first.sections] == [("B", 3, 8), ("D", 9, 10)]
    assert [one.title for one in root.walk()] == ["", "A", "B", "C", "D"]


def test_blocks_know_their_lines() -> None:
    text = "p\nq\n\n- a\n  - b\n\n```bash\nx\n```\n\n| h |\n|---|\n| c |\n\n> z\n\n<!-- AC -->\n"
    found = [(type(block), block.line) for block in read(text).blocks]
    assert found == [
        (Paragraph, 1),
        (Bullets, 4),
        (Fence, 7),
        (Table, 11),
        (Quote, 15),
        (Html, 17),
    ]


def test_task_lists_are_lists_with_boxes() -> None:
    (block,) = read(
        "- [x] done `code`\n- [ ] open\n  - [X] inner\n- plain [x]\n- [y] none\n"
    ).blocks
    assert isinstance(block, Bullets)
    assert [(item.text, item.checked, item.line) for item in block.walk()] == [
        ("done `code`", True, 1),
        ("open", False, 2),
        ("inner", True, 3),
        ("plain [x]", None, 4),
        ("[y] none", None, 5),
    ]


@pytest.mark.parametrize(
    ("line", "name", "value", "strong"),
    [
        ("**Objective**: Build it", "objective", "Build it", True),
        ("**Objective:** Build it", "objective", "Build it", True),
        ("dependencies: [1, 2]", "dependencies", "[1, 2]", False),
        ("Tasks:", "tasks", "", False),
        ("**Files Created/Modified:**", "files created/modified", "", True),
    ],
)
def test_labels(line: str, name: str, value: str, strong: bool) -> None:
    (block,) = read(line).blocks
    assert isinstance(block, Paragraph)
    label = block.lines[0].label()
    assert label is not None
    assert (label.name, label.value, label.strong) == (name, value, strong)


@pytest.mark.parametrize("line", ["see http://x.y", "no label here", "12:30 is no name"])
def test_what_is_no_label(line: str) -> None:
    (block,) = read(line).blocks
    assert isinstance(block, Paragraph)
    assert block.lines[0].label() is None


@pytest.mark.fault(20)
def test_fault_20_a_fence_holds_no_sections_and_no_tasks() -> None:
    root = read("```\n# no\n- [ ] no\n```\n\n    - [ ] indented\n")
    assert root.sections == ()
    assert [type(block) for block in root.blocks] == [Fence, Fence]


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    ("text", "line"),
    [("a\n\n```bash\nx\n", 3), ("- a\n  ```\n  x\n\n# b\n~~~\n", 6), ("````\n```\n", 1)],
)
def test_fault_20_an_unclosed_fence_is_named_by_its_line(text: str, line: int) -> None:
    problems = Problems()
    assert not note_fences(parse(Document("a.md", text)), problems)
    assert line in [problem.line for problem in problems.errors]
    assert {problem.code for problem in problems.errors} == {"unclosed-fence"}


def test_a_fence_opened_inside_another_is_named() -> None:
    problems = Problems()
    text = "```markdown\n# t\n```bash\nx\n```\nread as text\n"
    assert note_fences(parse(Document("a.md", text)), problems)
    (warning,) = problems.warnings
    assert (warning.line, warning.code) == (3, "nested-fence")
    assert "line 1" in warning.message
    assert note_fences(parse(Document("b.md", "````md\n```bash\n```\n````\n")), problems)
    assert len(problems.warnings) == 1


def test_front_matter_is_yaml_and_no_text() -> None:
    document = Document("a.md", "---\nid: 08\n---\n# T\n")
    problems = Problems()
    keys = front_matter(document, problems)
    assert keys is not None
    value = keys.get("id")
    assert value is not None
    assert (getattr(value, "text", None), value.location.line) == ("08", 2)
    root = parse(document).root
    assert [(one.title, one.line) for one in root.sections] == [("T", 4)]


@pytest.mark.parametrize(
    ("text", "code"),
    [("---\na: 1\na: 2\n---\n", "duplicate-key"), ("---\n- 1\n---\n", "wrong-type")],
)
def test_broken_front_matter_is_named(text: str, code: str) -> None:
    problems = Problems()
    assert front_matter(Document("a.md", text), problems) is None
    (problem,) = problems.errors
    assert (problem.code, problem.path) == (code, "a.md")


@given(st.text(alphabet="#-*`~>|[]xX ()\n\tab1.:_!<", max_size=120))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_with_lines_that_exist(text: str) -> None:
    document = Document("a.md", text)
    root = parse(document).root
    last = text.count("\n") + 1
    note_fences(parse(document), Problems())
    assert all(1 <= block.line <= last for block in root.all_blocks())
    assert all(1 <= section.line <= last for section in root.walk())
