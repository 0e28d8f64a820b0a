from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.document import Document
from pytest_tracks.formats.markdown_blocks import Fence
from pytest_tracks.formats.markup import Element, Grammar, read_elements

GRAMMAR = Grammar(
    frozenset({"tasks", "task", "name", "verify", "output"}),
    alone=frozenset({"task", "verify"}),
    outermost=frozenset({"tasks", "output"}),
)


def read(text: str) -> tuple[Element, list[str]]:
    problems = Problems()
    root = read_elements(Document("a.md", text), GRAMMAR, problems)
    return root, [f"{one.line} {one.code}" for one in problems.warnings]


def test_elements_with_attributes_lines_and_texts() -> None:
    root, warnings = read(
        '# T\n\n<tasks>\n<task type="auto">\n  <name>A &amp; B</name>\n  <verify>go</verify>\n'
        "</task>\n</tasks>\n"
    )
    (task,) = (one for one in root.walk() if one.name == "task")
    assert (task.line, task.attributes) == (4, {"type": "auto"})
    assert [(one.name, one.line, one.text) for one in task.children] == [
        ("name", 5, "A & B"),
        ("verify", 6, "go"),
    ]
    assert warnings == []


def test_unknown_names_are_words() -> None:
    root, _ = read("<name>List<String> or <b>bold</b> & <x/> a < b</name>")
    assert root.children[0].text == "List<String> or <b>bold</b> & <x/> a < b"


def test_code_holds_no_elements() -> None:
    root, warnings = read(
        "<verify>\n    ```html\n    <task>\n\n    </task>\n    ```\nand `<task>` too\n</verify>\n"
    )
    assert [one.name for one in root.walk()] == ["", "verify"]
    assert "<task>" in root.children[0].text
    assert warnings == []


def test_markdown_inside_an_element_keeps_its_lines() -> None:
    text = "<verify>\n\n  Do this:\n\n  ```bash\n  make\n  ```\n</verify>\n"
    root, _ = read(text)
    blocks = list(root.children[0].markdown(Document("a.md", text)).root.all_blocks())
    (fence,) = (block for block in blocks if isinstance(block, Fence))
    assert (fence.line, fence.content, fence.language) == (5, "make\n", "bash")


def test_what_has_no_end_ends_with_what_it_stands_in() -> None:
    root, warnings = read("<tasks>\n<task>\n<name>a\n<task>\n<name>b</name>\n</task>\n<output>x\n")
    assert [(one.name, one.line) for one in root.walk()] == [
        ("", 1),
        ("tasks", 1),
        ("task", 2),
        ("name", 3),
        ("task", 4),
        ("name", 5),
        ("output", 7),
    ]
    assert warnings == [
        "3 unclosed-element",
        "2 unclosed-element",
        "1 unclosed-element",
        "7 unclosed-element",
    ]


def test_an_end_without_a_beginning_is_told() -> None:
    assert read("a\n</task>\n")[1] == ["2 unopened-element"]


@given(st.text(alphabet="<>/tasknmeverify \n`&;!-?[]\"'= "))
def test_never_fails(text: str) -> None:
    root, _ = read(text)
    assert all(1 <= one.line <= text.count("\n") + 1 for one in root.walk())
