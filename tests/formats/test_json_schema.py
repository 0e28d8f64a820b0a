"""The JSON Schema that editors use and the loader: what one refuses, the other must not want."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.core.tree import Items, Node, Problems, Scalar
from pytest_tracks.errors import PlanError, Problem
from pytest_tracks.formats.folder import Listing
from pytest_tracks.formats.native import interpret
from pytest_tracks.formats.native_files import native_files
from pytest_tracks.formats.plan_trees import read_plan_and_tree
from pytest_tracks.formats.templates_of_plans import TEMPLATES, read_template
from pytest_tracks.formats.yaml_nodes import read_yaml

from .corpus import CORPUS

SCHEMAS = {
    name: json.loads(
        (files("pytest_tracks.formats") / "schema" / f"{name}.schema.json").read_text()
    )
    for name in ("task", "tracks", "prd", "sprint")
}
REGISTRY: Any = Registry().with_resources(
    (f"{name}.schema.json", Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)
VALIDATORS = {
    name: Draft202012Validator(schema, registry=REGISTRY) for name, schema in SCHEMAS.items()
}
TASK = "docs/planning/tasks/TASK-001.yaml"
TRACKS = "docs/planning/tracks.yaml"
EXAMPLE = Path(__file__).parents[2] / "examples/ecommerce"

_NUMBER = re.compile(r"[-+]?(?:0|[1-9]\d*)(?:\.\d*)?")


def as_json(node: Node) -> Any:
    """What an editor makes of YAML (1.2, core schema)."""
    if isinstance(node, Items):
        return [as_json(one) for one in node.nodes]
    if not isinstance(node, Scalar):
        return {key.text: as_json(value) for key, value in node}
    if node.is_null:
        return None
    if node.plain and node.text in ("true", "false"):
        return node.text == "true"
    if node.plain and _NUMBER.fullmatch(node.text):
        return float(node.text) if "." in node.text else int(node.text)
    return node.text


def as_editor_sees(text: str) -> Any:
    node = read_yaml("a.yaml", text, Problems())
    assert node is not None
    return as_json(node)


def refusals(text: str, path: str = TASK) -> tuple[Problem, ...]:
    """What the loader has against one file of a plan."""
    other = "id: TASK-900\nacceptance_criteria: [it works]\n"
    contents = {path: text.encode(), "docs/planning/tasks/TASK-900.yaml": other.encode()}
    listing = Listing(
        "docs/planning",
        tracks=tuple(one for one in contents if one == TRACKS),
        tasks=tuple(one for one in contents if one != TRACKS),
    )
    try:
        interpret(listing, contents, kinds=builtin_kinds(), name="p", problems=Problems())
    except PlanError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("name", SCHEMAS)
def test_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$id"] == f"{name}.schema.json"


def test_knows_every_kind_of_check_and_its_options() -> None:
    known = SCHEMAS["task"]["$defs"]["checkedCriterion"]["properties"].keys()
    for kind in builtin_kinds().values():
        assert kind.options <= known
        assert kind.name == "prose" or kind.name in known


def _kind_of_file(path: str) -> str:
    if "/tasks/" in path:
        return "task"
    return {"tracks.yaml": "tracks", "PROJECT_PRD.yaml": "prd"}.get(
        path.rpartition("/")[2], "sprint"
    )


def _native_texts() -> Iterator[tuple[str, str]]:
    for path in sorted(EXAMPLE.rglob("docs/planning/**/*.yaml")):
        if not path.name.startswith("."):
            yield str(path.relative_to(EXAMPLE)), path.read_text()
    trees = [read_template(name) for name in TEMPLATES]
    for folder in ("devteam", "spec-kit", "backlog.md"):
        _, tree = read_plan_and_tree(CORPUS, folder, sprints="docs/sprints", kinds=builtin_kinds())
        trees.append(tree)
    for tree in trees:
        yield from native_files(tree, "docs/planning", "docs/sprints").items()


def test_accepts_what_is_written_as_a_plan() -> None:
    texts = list(_native_texts())
    assert len(texts) > 60
    for path, text in texts:
        validator = VALIDATORS[_kind_of_file(path)]
        assert [e.message for e in validator.iter_errors(as_editor_sees(text))] == [], path


WORDS = st.sampled_from(
    ["a", "1", "01", "", " ", "none", "TASK-900", "SYNC-1", "../x", "/etc", "src/a.py", "x y", "~"]
)
LEAVES = st.one_of(WORDS, st.none(), st.booleans(), st.integers(-2, 200), st.just(2.5))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["id", "text", "run", "test", "mark", "file", "timeout", "allow", "path", "absent",
                 "contains", "done", "min", "source", "branch", "exports", "min_lines"]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)  # fmt: skip
TASK_KEYS = sorted(SCHEMAS["task"]["$defs"]["task"]["properties"])
TASKS = st.dictionaries(st.sampled_from(TASK_KEYS), VALUES, max_size=4).map(
    lambda made: {"id": "TASK-001", **made}
)


@settings(max_examples=250, deadline=None)
@given(TASKS)
@example({"id": "TASK-001", "acceptance_criteria": [{"text": "a", "file": "../x"}]})
def test_what_the_schema_refuses_the_loader_refuses(task: dict[str, Any]) -> None:
    text = json.dumps(task)
    errors = [error.message for error in VALIDATORS["task"].iter_errors(as_editor_sees(text))]
    assert not errors or refusals(text), errors


REFUSED = {
    "no id": "title: a",
    "reserved id": "id: REVIEW-FINAL",
    "id none": "id: None",
    "id with a slash": "id: a/b",
    "no hours": "{id: A, estimated_hours: 0}",
    "hours in words": "{id: A, estimated_hours: two}",
    "title twice": "{id: A, title: a, name: b}",
    "predecessors twice": "{id: A, depends_on: [B], dependencies: [B]}",
    "title as a list": "{id: A, title: [a]}",
    "a file outside": "{id: A, files: [../a]}",
    "an absolute file": "{id: A, files: /etc}",
    "units": "{id: A, resources: {db: 0}}",
    "a step without text": "{id: A, steps: [{done: true}]}",
    "a step with more": "{id: A, steps: [{text: a, by: b}]}",
    "done in words": "{id: A, steps: [{text: a, done: yes}]}",
    "criteria as a text": "{id: A, acceptance_criteria: a}",
    "an empty criterion": "{id: A, acceptance_criteria: ['']}",
    "a criterion without text": "{id: A, acceptance_criteria: [{run: a}]}",
    "two checks": "{id: A, acceptance_criteria: [{text: a, run: b, test: c}]}",
    "an unknown check": "{id: A, acceptance_criteria: [{text: a, rnu: b}]}",
    "a timeout alone": "{id: A, acceptance_criteria: [{text: a, timeout: 3}]}",
    "no timeout": "{id: A, acceptance_criteria: [{text: a, run: b, timeout: 0}]}",
    "an empty command": "{id: A, acceptance_criteria: [{text: a, run: []}]}",
    "a file without path": "{id: A, acceptance_criteria: [{text: a, file: {contains: b}}]}",
    "a file with more": "{id: A, acceptance_criteria: [{text: a, file: {path: b, has: c}}]}",
    "nothing offered": "{id: A, acceptance_criteria: [{text: a, file: {path: b, exports: []}}]}",
    "another exception": "{id: A, acceptance_criteria: [{text: a, allow: fail}]}",
    "another kind": "{id: A, kind: sync-point}",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_both_refuse_a_task(text: str) -> None:
    assert not VALIDATORS["task"].is_valid(as_editor_sees(text))
    assert refusals(text)


REFUSED_TRACKS = {
    "an unknown key": "tarcks: {}",
    "a track without number": "tracks: [{name: a}]",
    "a track with two": "tracks: [{number: 1, id: 1}]",
    "a track with more": "tracks: {1: {name: a, colour: b}}",
    "units": "resources: {db: 0}",
    "a sync point behind nothing": "sync_points: [{id: SYNC-1}]",
    "a sync point of another name": "sync_points: [{id: A, after: [TASK-900]}]",
    "a sync point with more": "sync_points: [{after: [TASK-900], when: now}]",
    "a review as a text": "final_review: all is fine",
    "a contract without owner": "contracts: [{path: docs/api.yaml}]",
    "settings as a list": "settings: [a]",
}


@pytest.mark.parametrize("text", REFUSED_TRACKS.values(), ids=REFUSED_TRACKS)
def test_both_refuse_tracks(text: str) -> None:
    assert not VALIDATORS["tracks"].is_valid(as_editor_sees(text))
    assert refusals(text, TRACKS)


ACCEPTED_TRACKS = [
    "project: a\ntracks: {1: a, 2: {name: b, tasks: [TASK-900]}}",
    "tracks: [{id: 1, name: a}]",
    "sync_points: [{after: TASK-900, criteria: [{text: a, run: b}]}]",
    "final_review: [{section: A, criteria: [a]}, b]\nsprint_review:\ntrack_review: {title: a}",
    "contracts: [{path: docs/api.yaml, owner: TASK-900}]",
    "settings: {tracks_unverified: open}\nresources: {db: 2}",
]


@pytest.mark.parametrize("text", ACCEPTED_TRACKS)
def test_both_accept_tracks(text: str) -> None:
    errors = [e.message for e in VALIDATORS["tracks"].iter_errors(as_editor_sees(text))]
    assert errors == []
    assert refusals(text, TRACKS) == ()
