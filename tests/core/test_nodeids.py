from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_tracks.core.nodeids import CriterionKey, format_node_id, parse_node_id

ODD = st.text(st.sampled_from(":[]/. aB-é\\"), max_size=6)
PARTS = ODD | st.text(max_size=6)


def is_a_part(text: str) -> bool:
    return bool(text) and "::" not in text and not text.startswith(":") and not text.endswith(":")


GOOD_PARTS = PARTS.filter(is_a_part)


@given(GOOD_PARTS, GOOD_PARTS, GOOD_PARTS)
@example("docs/[draft]/a:b.yaml", "TASK:1", "AC[x/y]")
def test_there_and_back(path: str, task: str, criterion: str) -> None:
    key = CriterionKey(task, criterion)
    assert parse_node_id(format_node_id(path, key)) == (path, key)


@given(st.lists(PARTS, min_size=3, max_size=3))
def test_made_of_good_parts_or_not_at_all(parts: list[str]) -> None:
    path, task, criterion = parts
    if all(map(is_a_part, parts)):
        assert format_node_id(path, CriterionKey(task, criterion)) == "::".join(parts)
    else:
        with pytest.raises(ValueError, match=r"^not a part of a node id: "):
            format_node_id(path, CriterionKey(task, criterion))


@given(st.lists(PARTS, max_size=4).map("::".join))
@example("a.yaml:::T::AC")
@example("a.yaml::T:::AC")
def test_back_and_there(text: str) -> None:
    try:
        path, key = parse_node_id(text)
    except ValueError:
        return  # refused: which texts are, and in which words, is tested below
    assert format_node_id(path, key) == text


@pytest.mark.parametrize("part", ["", ":", "::", "a::b", ":a", "a:"])
@pytest.mark.parametrize("place", range(3))
def test_a_part_that_would_not_come_back_is_refused_by_name(part: str, place: int) -> None:
    parts = ["a.yaml", "T", "AC"]
    parts[place] = part
    path, task, criterion = parts
    with pytest.raises(ValueError) as caught:
        format_node_id(path, CriterionKey(task, criterion))
    assert str(caught.value) == f"not a part of a node id: {part!r}"


@pytest.mark.parametrize(
    "text", ["", "a.yaml", "a.yaml::T", "::T::AC", "a.yaml::::AC", "a.yaml::T::", "a::b::c::d"]
)
def test_what_is_not_the_node_id_of_a_criterion_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not the node id of a criterion: "):
        parse_node_id(text)


def test_a_key_reads_as_marks_write_it() -> None:
    assert str(CriterionKey("TASK-004", "AC-002")) == "TASK-004/AC-002"
