"""Any plan as native nodes: what a conversion starts from.

A native plan is read file by file, without being typed; that it is a plan has been shown by
loading it before.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pytest_tracks.core.kinds import CheckKind
from pytest_tracks.core.model import Plan
from pytest_tracks.core.tree import Items, Keys, Node, Problems, Scalar
from pytest_tracks.errors import PlanError
from pytest_tracks.formats.document import PlanFormat, PlanTree
from pytest_tracks.formats.folder import Listing, list_plan
from pytest_tracks.formats.foreign import ForeignLoader, find_documents
from pytest_tracks.formats.loading import load_plan
from pytest_tracks.formats.native import interpret
from pytest_tracks.formats.registry import builtin_formats
from pytest_tracks.formats.source import read_bytes
from pytest_tracks.formats.text import decode
from pytest_tracks.formats.yaml_nodes import read_yaml

__all__ = ["read_native_texts", "read_plan_and_tree"]


def read_plan_and_tree(
    root: Path,
    place: str,
    *,
    sprints: str,
    kinds: Mapping[str, CheckKind],
    formats: Sequence[PlanFormat] = (),
) -> tuple[Plan, PlanTree]:
    """Load the plan in a file or folder, and give it as nodes too; raises PlanError."""
    plan = load_plan(root, place, sprints=sprints, kinds=kinds, formats=formats)
    if not plan.format:
        return plan, _native_tree(root, place, sprints)
    known = (*builtin_formats(), *formats)
    problems = Problems()
    real_root = os.path.realpath(root)
    found = find_documents(real_root, place, known, problems)
    chosen = tuple(one for one in known if one.name == plan.format)
    tree = None if found is None else ForeignLoader(real_root, kinds, chosen).tree(found, sprints)
    if tree is None:
        raise PlanError(*problems.errors)
    return plan, tree


def _native_tree(root: Path, place: str, sprints: str) -> PlanTree:
    problems = Problems()
    real_root = os.path.realpath(root)
    listing = list_plan(real_root, place, sprints, problems)
    if listing is None:
        raise PlanError(*problems.errors)
    nodes = {path: _read(real_root, path, problems) for path in listing.files}
    tracks = next((nodes[path] for path in listing.tracks), None)
    tasks = [*_listed(tracks), *(one for path in listing.tasks for one in _tasks(nodes[path]))]
    prd = next((nodes[path] for path in listing.prd), None)
    return PlanTree(
        tasks=tuple(tasks),
        tracks=_without_tasks(tracks) if isinstance(tracks, Keys) else None,
        requirements=prd if isinstance(prd, Keys) else None,
        sprints=tuple(_sprint(path, nodes[path]) for path in listing.sprints),
    )


def _read(root: str, path: str, problems: Problems) -> Node | None:
    content = read_bytes(root, path, problems)
    text = None if content is None else decode(path, content, problems)
    return None if text is None else read_yaml(path, text, problems)


def _listed(tracks: Node | None) -> Iterator[Keys]:
    listed = tracks.get("tasks") if isinstance(tracks, Keys) else None
    yield from _tasks(listed)


def _tasks(node: Node | None) -> Iterator[Keys]:
    nodes = node.nodes if isinstance(node, Items) else (node,)
    yield from (one for one in nodes if isinstance(one, Keys))


def _without_tasks(tracks: Keys) -> Keys:
    return Keys(tuple(pair for pair in tracks if pair[0].text != "tasks"), tracks.location)


def _sprint(path: str, node: Node | None) -> Keys:
    """Give a sprint the id that its file's name tells."""
    pairs = node.pairs if isinstance(node, Keys) else ()
    location = node.location if node is not None else None
    name = path.rpartition("/")[2].partition(".")[0]
    kept = tuple(pair for pair in pairs if pair[0].text != "id")
    if location is None:
        raise ValueError(f"not a sprint: {path}")
    return Keys(((Scalar("id", location), Scalar(name, location)), *kept), location)


def read_native_texts(
    files: Mapping[str, str],
    folder: str,
    sprints: str,
    *,
    kinds: Mapping[str, CheckKind],
    name: str,
) -> Plan:
    """Load a native plan from texts that are not on disk yet; raises PlanError."""
    names = sorted(files, key=lambda path: path.split("/"))
    tasks = tuple(one for one in names if one.startswith(f"{folder}/tasks/"))
    listing = Listing(
        folder,
        tracks=tuple(one for one in names if one == f"{folder}/tracks.yaml"),
        prd=tuple(one for one in names if one == f"{folder}/PROJECT_PRD.yaml"),
        tasks=tasks,
        sprints=tuple(one for one in names if one.startswith(f"{sprints}/")),
    )
    contents = {path: files[path].encode() for path in listing.files}
    return interpret(listing, contents, kinds=kinds, name=name, problems=Problems())
