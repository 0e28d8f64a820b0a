"""What was written in another format is the same plan when it is loaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.core.model import Location, Plan
from pytest_tracks.core.tree import Keys, Problems, Scalar
from pytest_tracks.errors import PlanError
from pytest_tracks.formats.document import PlanTree
from pytest_tracks.formats.document_text import DocumentText, DocumentWriter, write_document
from pytest_tracks.formats.loading import load_plan
from pytest_tracks.formats.native_files import TO_FILL_IN, native_files, open_criteria
from pytest_tracks.formats.native_text import yaml_text
from pytest_tracks.formats.node_building import items, keys
from pytest_tracks.formats.phase_text import PhaseWriter
from pytest_tracks.formats.plain import to_plain
from pytest_tracks.formats.plan_trees import read_native_texts, read_plan_and_tree
from pytest_tracks.formats.templates_of_plans import FIRST_TASK, TEMPLATES, read_template
from pytest_tracks.formats.tracks_text import TracksWriter
from pytest_tracks.formats.yaml_nodes import read_yaml

from .conversions import as_document_says, what_it_says
from .corpus import CORPUS

KINDS = builtin_kinds()
HERE = Location("plan.yaml")
EXAMPLE = Path(__file__).parents[2] / "examples/ecommerce"
WRITERS: dict[str, Callable[[], DocumentWriter]] = {"phases": PhaseWriter, "tracks": TracksWriter}

PLANS = {
    "devteam": (CORPUS, "devteam"),
    "gsd": (CORPUS, "gsd"),
    "taskmaster": (CORPUS, "taskmaster"),
    "spec-kit": (CORPUS, "spec-kit"),
    "backlog.md": (CORPUS, "backlog.md"),
    "phase plan": (CORPUS, "sources/parallel-phase-plan.md"),
    "tracks document": (CORPUS, "sources/parallel-execution-tracks.md"),
    "stages": (CORPUS, "stages/STAGE_16_PLAN.md"),
    "native": (EXAMPLE, "docs/planning"),
}


@pytest.fixture(scope="module", params=PLANS)
def plan_and_tree(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Plan, PlanTree]:
    folder, place = PLANS[request.param]
    root = tmp_path_factory.mktemp("plans") / "root"
    shutil.copytree(folder, root, ignore=shutil.ignore_patterns(".git", "__pycache__"))
    return read_plan_and_tree(root, place, sprints="docs/sprints", kinds=KINDS)


def load_native(tree: PlanTree, name: str) -> Plan:
    files = native_files(tree, "docs/planning", "docs/sprints")
    return read_native_texts(files, "docs/planning", "docs/sprints", kinds=KINDS, name=name)


def load_document(root: Path, written: DocumentText) -> Plan:
    (root / "plan.md").write_text(written.document)
    if written.side:
        (root / "plan.md.tracks").mkdir()
        (root / "plan.md.tracks/tracks.yaml").write_text(written.side)
    return load_plan(root, "plan.md", sprints="docs/sprints", kinds=KINDS)


def test_the_native_plan_says_the_same(plan_and_tree: tuple[Plan, PlanTree]) -> None:
    plan, tree = plan_and_tree
    back = load_native(tree, plan.project)
    assert list(back.tasks) == list(plan.tasks)
    assert what_it_says(back) == what_it_says(plan)


@pytest.mark.parametrize("name", WRITERS)
def test_a_document_and_its_side_file_say_the_same(
    plan_and_tree: tuple[Plan, PlanTree], name: str, tmp_path: Path
) -> None:
    plan, tree = plan_and_tree
    written = write_document(tree, WRITERS[name](), "plan.md")
    back = load_document(tmp_path, written)
    assert as_document_says(back) == as_document_says(plan, written.ids)
    assert ("requirements" in written.unsaid) == bool(plan.requirements)


@pytest.mark.parametrize("name", [*TEMPLATES, FIRST_TASK])
def test_templates_are_plans_with_their_open_checks_marked(name: str) -> None:
    tree = read_template(name)
    plan = load_native(tree, "x")
    prose = [c for t in plan.tasks.values() for c in t.criteria if c.check.kind == "prose"]
    assert open_criteria(tree) == len(prose) > 0
    assert plan.warnings == ()
    text = native_files(tree, "p", "s")["p/tasks/TASK-001.yaml"]
    assert f"# {TO_FILL_IN}\n" in text


@pytest.mark.parametrize(
    ("name", "sequential", "parallel"),
    [("crud-api", 10, 3.25), ("data-pipeline", 14, 3.6), ("ui-library", 12, 3.2)],
)
def test_templates_take_the_time_that_the_patterns_say(
    name: str, sequential: float, parallel: float
) -> None:
    hours = {one.id: one.hours or 0 for one in load_native(read_template(name), "x").tasks.values()}
    first, *streams, last = hours.values()
    assert sum(hours.values()) == pytest.approx(sequential)
    assert first + max(streams) + last == pytest.approx(parallel)


def test_files_are_named_so_that_the_order_stays() -> None:
    def task(name: str) -> Keys:
        return keys(HERE, {"id": name, "acceptance_criteria": ["a"]})

    ordered = PlanTree((task("A"), task("B:1")))
    other = PlanTree((task("B"), task("A")))
    assert list(native_files(ordered, "p", "s")) == ["p/tasks/A.yaml", "p/tasks/B-1.yaml"]
    assert list(native_files(other, "p", "s")) == ["p/tasks/1-B.yaml", "p/tasks/2-A.yaml"]


def test_what_would_be_another_plan_is_not_written() -> None:
    """A title that makes a heading of its own is escaped; ids that are lost would be refused."""
    tree = PlanTree((keys(HERE, {"id": "A", "title": "x\n\n### Phase 7: y", "tags": ["a"]}),))
    written = write_document(tree, PhaseWriter(), "plan.md")
    assert written.ids == {"A": "PHASE-1"}
    with pytest.raises(PlanError):
        write_document(PlanTree(()), PhaseWriter(), "plan.md")


TEXTS = st.one_of(
    st.sampled_from(
        ["a", "null", "~", "true", "1", "01", "- a", "a: b", "# a", "a #b", "[a]", "{"]
    ),
    st.sampled_from(["'", '"', "a\nb", "a\n  b\n", " a", "a ", "\ta", "é→", "\x85", "\u2028", ""]),
    st.text(max_size=30),
)
VALUES = st.recursive(
    TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            TEXTS.filter(lambda t: bool(t.strip()) and len(t) < 100), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1))
def test_yaml_says_what_the_nodes_say(value: dict[str, Any]) -> None:
    node = _node(value)
    text = yaml_text(node)
    problems = Problems()
    back = read_yaml("a.yaml", text, problems)
    if problems.errors:  # what no file can hold, written or not: NUL, halves of pairs
        assert any(sign in repr(value) for sign in ("\\x00", "\\ud"))
        return
    assert back is not None
    assert to_plain(back) == to_plain(node)
    assert yaml.safe_load(text).keys() == value.keys()


def _node(value: Any) -> Keys:
    def made(one: Any) -> Any:
        if isinstance(one, dict):
            pairs = tuple((Scalar(k, HERE, plain=False), made(v)) for k, v in one.items())
            return Keys(pairs, HERE)
        if isinstance(one, list):
            return items(HERE, [made(each) for each in one])
        return Scalar(one, HERE, plain=False)

    node = made(value)
    assert isinstance(node, Keys)
    return node


WORDS = st.text(
    alphabet="ab1 .,:;#-_*`[]()<>&|!?'\"é→\\", min_size=1, max_size=20
).map(lambda text: f"w{text.strip()}")  # fmt: skip
CRITERIA = st.one_of(
    WORDS,
    st.builds(lambda text, code: {"text": text, "run": code}, WORDS, WORDS),
    st.builds(lambda text, path: {"text": text, "file": {"path": path}}, WORDS, st.just("a/b.c")),
)


@st.composite
def trees(draw: st.DrawFn) -> PlanTree:
    """Draw a plan of up to seven tasks, each behind some of those before it."""
    count = draw(st.integers(1, 7))
    tasks = []
    for number in range(count):
        before = draw(st.lists(st.integers(0, number - 1), unique=True)) if number else []
        tasks.append(
            keys(
                HERE,
                {
                    "id": f"T-{number}",
                    "title": draw(WORDS),
                    "description": draw(st.none() | WORDS),
                    "depends_on": [f"T-{one}" for one in before],
                    "estimated_hours": draw(st.none() | st.integers(1, 40)),
                    "component": draw(st.sampled_from([None, "api", "ui"])),
                    "owner": draw(st.sampled_from([None, "Ann"])),
                    "files": draw(st.lists(st.sampled_from(["a/**", "b.py"]), unique=True)),
                    "steps": draw(
                        st.lists(
                            st.builds(lambda t, d: {"text": t, "done": d}, WORDS, st.booleans())
                        )
                    ),
                    "acceptance_criteria": draw(st.lists(CRITERIA, max_size=4)),
                },
            )
        )
    order = draw(st.permutations(tasks))
    tracks = {"project": "P", "tracks": {"1": "First", "2": {"name": "Second"}}}
    return PlanTree(tuple(order), keys(HERE, tracks) if draw(st.booleans()) else None)


@settings(max_examples=60, deadline=None)
@given(trees())
def test_any_plan_survives_the_native_files(tree: PlanTree) -> None:
    files = native_files(tree, "p", "s")
    texts = [text for path, text in files.items() if path.startswith("p/tasks/")]
    for text, task in zip(texts, tree.tasks, strict=True):
        written = read_yaml("a.yaml", text, Problems())
        assert isinstance(written, Keys)
        assert _with_texts(to_plain(written)) == _with_texts(to_plain(task))
    ids = [str(to_plain(task.get("id") or task)) for task in tree.tasks]
    assert list(load_native(tree, "x").tasks) == ids


def _with_texts(task: Any) -> Any:
    """Write prose criteria in one of their two ways."""
    listed = task.get("acceptance_criteria", ())
    return {
        **task,
        "acceptance_criteria": [{"text": c} if isinstance(c, str) else c for c in listed],
    }


@settings(max_examples=40, deadline=None)
@given(trees(), st.sampled_from(sorted(WRITERS)))
def test_any_plan_survives_a_document(
    tmp_path_factory: pytest.TempPathFactory, tree: PlanTree, name: str
) -> None:
    plan = load_native(tree, "x")
    written = write_document(tree, WRITERS[name](), "plan.md")
    back = load_document(tmp_path_factory.mktemp("document"), written)
    assert as_document_says(back) == as_document_says(plan, written.ids)
