from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Problems, Reader, Scalar
from pytest_tracks.formats.names import fold, near_miss, note_path, probably_meant, read_id

from .plans import load_task, refuse_task

KNOWN = frozenset({"id", "title", "depends_on", "uses", "acceptance_criteria", "estimated_hours"})


def accepts(name: str) -> bool:
    problems = Problems()
    found = read_id(Reader(problems), Scalar(name, Location("a"), plain=False), "id")
    assert (found is None) == bool(problems.errors)
    return found is not None


@pytest.mark.parametrize(
    "name",
    [
        "TASK-004",
        "a",
        "1",
        "3.10",
        "1:30",
        "C++",
        "C#",
        "Größe",
        "数据库",
        "a b",
        "x@2",
        "CONSOLE",
        "e\u0301te\u0301",
        "x" * 100,
        "_",
        "2025-10-31",
        "COM10",
    ],
)
def test_fault_63_ids_that_can_be_used(name: str) -> None:
    assert accepts(name)


@pytest.mark.parametrize(
    "name",
    [
        "../../x",
        "a/b",
        "a\\b",
        "CON",
        "con",
        "NUL.txt",
        "com1",
        "x" * 300,
        "x" * 101,
        "é" * 51,
        "a::b",
        ":a",
        "a:",
        " a",
        "a ",
        "a\u00a0",
        "a\nb",
        "a\tb",
        "a\x1bb",
        "..",
        ".",
        ".a",
        "a.",
        "a..b",
        "-a",
        "a*",
        "a?",
        "[a]",
        "a'b",
        'a"b',
        "a$b",
        "$(x)",
        "a|b",
        "a<b",
        "a;b",
        "\u0301",
        "a\u200bb",
        "🎉",
        "\ud800",
        "a,b",
        "CON .x",
    ],
)
def test_fault_63_ids_refused_at_load(name: str) -> None:
    assert not accepts(name)


@pytest.mark.parametrize("name", ["../../x", "a/b", "CON", "x" * 300])
def test_fault_63_in_a_plan(tmp_path: Path, name: str) -> None:
    problem = refuse_task(tmp_path, f"title: x\nid: {name}\n")
    assert (problem.code, problem.line, problem.col) == ("bad-id", 2, 5)
    assert len(str(problem)) < 400
    problem = refuse_task(tmp_path, f"id: T\nacceptance_criteria:\n- text: a\n  id: {name}\n")
    assert (problem.code, problem.line, problem.col) == ("bad-id", 4, 7)
    assert refuse_task(tmp_path, f"id: T\nresources: ['{name}']\n").code == "bad-id"


@pytest.mark.parametrize(
    "name", ["REVIEW-SPRINT-001-01", "REVIEW-TRACK-01", "REVIEW-FINAL", "SYNC-01", "sync-1", "None"]
)
def test_reserved_task_ids(tmp_path: Path, name: str) -> None:
    assert refuse_task(tmp_path, f"id: {name}").code == "reserved-id"


def test_ids_that_only_look_reserved(tmp_path: Path) -> None:
    assert list(load_task(tmp_path, "- id: REVIEW-API\n- id: SYNCHRONISE\n").tasks) == [
        "REVIEW-API",
        "SYNCHRONISE",
    ]


@settings(deadline=None)  # the machine may be busy
@given(st.text())
def test_an_id_that_is_accepted_is_one_part_of_any_path_and_node_id(name: str) -> None:
    if accepts(name):
        assert name == name.strip()
        assert not set(name) & set("/\\*?[]\"'$<>|\0\n;")
        assert "::" not in name
        assert ":" not in (name[0], name[-1])
        assert name not in (".", "..")
        assert len(name.encode()) <= 100


@settings(deadline=None)  # the machine may be busy
@given(st.text())
def test_folding_settles(name: str) -> None:
    assert fold(fold(name)) == fold(name)
    if name.isascii():
        assert fold(name.upper()) == fold(name.lower())


def test_folding_joins_forms() -> None:
    assert fold("é") == fold("e\u0301") == fold("É")
    assert fold("Straße") == fold("STRASSE")


@pytest.mark.parametrize(
    "key",
    [
        "depends_no",
        "dependson",
        "depend_on",
        "Depends On",
        "DEPENDS-ON",
        "tilte",
        "acceptance_criterias",
    ],
)
def test_near_misses(key: str) -> None:
    assert near_miss(key, KNOWN)


@pytest.mark.parametrize("key", ["kind", "x", "jira", "url", "depends", "sprint", "", "🎉"])
def test_far_from_everything(key: str) -> None:
    assert near_miss(key, KNOWN) is None


def test_near_miss_names_the_nearest() -> None:
    assert near_miss("use", frozenset({"uses", "us"})) in ("us", "uses")
    assert near_miss("titles", KNOWN) == "title"


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("depends", "depends_on"),
        ("criteria", "acceptance_criteria"),
        ("hours", "estimated_hours"),
        ("jira", None),
        ("", None),
        ("_", None),
    ],
)
def test_what_was_probably_meant(key: str, meant: str | None) -> None:
    assert probably_meant(key, KNOWN) == meant


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/etc", "outside-root"),
        ("../x", "outside-root"),
        ("a/../../b", "outside-root"),
        ("~/x", "outside-root"),
        ("C:\\x", "outside-root"),
        ("\\\\host", "outside-root"),
        ("a\nb", "bad-path"),
        (" a", "bad-path"),
        ("a\u2028b", "bad-path"),
    ],
)
def test_paths_out_of_the_root(path: str, code: str) -> None:
    problems = Problems()
    assert not note_path(Reader(problems), Scalar(path, Location("a")), "files")
    assert [problem.code for problem in problems.errors] == [code]


@pytest.mark.parametrize(
    "path", ["src/**", ".", "a..b/c", "...", "a b", "ä/文件　夹", "src/[ab].py"]
)
def test_paths_below_the_root(path: str) -> None:
    problems = Problems()
    assert note_path(Reader(problems), Scalar(path, Location("a")), "files")
    assert not problems.errors
