"""One task of a planning that agents have written, as YAML or JSON, as one task of ours.

::

    acceptanceCriteria: [...]                  prose
    validation: {commands: [...], manual: [...]}    run, manual
    deliverables: [docs/api.yaml (the contract)]    files that the task owns
    dependencies: [none]                       none
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pytest_tracks.core.tree import Items, Keys, Node, Problems, Scalar
from pytest_tracks.formats.fields import is_left_empty
from pytest_tracks.formats.loose_keys import LooseKeys, as_text, listed, one_line
from pytest_tracks.formats.node_building import Value, items, keys, text
from pytest_tracks.formats.owned_files import written_path

__all__ = ["translate_task"]

_CRITERION_TEXTS = ("text", "description", "criterion", "criteria", "title", "name")
_COMMANDS = ("commands", "command", "automated", "run", "tests")
_MANUAL = ("manual", "manual_checks", "manual_steps")
_HOURS = re.compile(r"(\d+(?:\.\d+)?)\s*(h|hr|hrs|hours?|d|days?|m|mins?|minutes?)?", re.ASCII)
_HOURS_OF = {"h": 1.0, "d": 8.0, "m": 1 / 60}
_FIRST_WORD = re.compile(r"[\w.@#+-]*\w")


def translate_task(source: Keys, claims: Mapping[str, Scalar], problems: Problems) -> Keys:
    """Translate a task; ``claims`` are the statuses that a state file knows, by id."""
    task = LooseKeys(source, problems)
    task_id = task.take("id", "task_id")
    title = task.text("title", "name")
    description = task.text("description", "summary")
    criteria = [*_criteria(task), *_validation(task, problems)]
    if not criteria and (objective := description or title):
        criteria.append(objective)
    pairs: dict[str, Value] = {
        "id": task_id,
        "title": title,
        "description": description,
        "depends_on": _predecessors(task),
        "estimated_hours": _hours(task, problems),
        "track": task.text("track", "parallel_track"),
        "component": task.text("component", "task_type", "type"),
        "owner": task.text("owner", "assignee", "assigned_to"),
        "requirements": _requirements(task),
        "files": _files(task),
        "priority": task.text("priority"),
        "tags": task.texts("tags", "labels"),
        "steps": task.texts("steps", "implementation_steps"),
        "status": _claim(task, task_id, claims),
        "acceptance_criteria": criteria,
    }
    return keys(source.location, {**pairs, "source": task.rest()})


def _claim(task: LooseKeys, task_id: Node | None, claims: Mapping[str, Scalar]) -> Scalar | None:
    stated = task.text("status")
    known = claims.get(task_id.text) if isinstance(task_id, Scalar) else None
    return known or stated


def _criteria(task: LooseKeys) -> Iterator[Node]:
    for node in task.list("acceptance_criteria", "acceptance"):
        yield _criterion(node)


def _criterion(node: Node) -> Node:
    """Make a criterion; what it is not is left as it stands, for the schema to refuse."""
    if not isinstance(node, Keys) or node.get("text") is not None:
        return as_text(node) or node
    found = next((node.get(name) for name in _CRITERION_TEXTS if node.get(name)), None)
    written = None if found is None else as_text(found)
    if written is None:
        return as_text(node) or node
    name = node.get("id")
    return keys(node.location, {"id": name, "text": written}) if name is not None else written


def _validation(task: LooseKeys, problems: Problems) -> Iterator[Keys]:
    """Read ``commands`` and ``manual``; a bare list is one of commands, a bare text is prose."""
    pair = task.take_pair("validation", "verification")
    if pair is None:
        return
    key, node = pair
    if isinstance(node, Scalar):
        yield keys(node.location, {"text": as_text(node)})
        return
    if isinstance(node, Items):
        yield from _commands(node.nodes, problems)
        return
    validation = LooseKeys(node, problems)
    yield from _commands(validation.list(*_COMMANDS), problems)
    for one in validation.list(*_MANUAL):
        if (sentence := as_text(one)) is not None:
            yield keys(one.location, {"text": sentence, "manual": True})
    if (rest := validation.rest()) is not None:
        task.put_back(key, rest)


def _commands(nodes: tuple[Node, ...], problems: Problems) -> Iterator[Keys]:
    for node in nodes:
        command, said = _command(node, problems)
        if command is not None:
            shown = said or text(one_line(command.text), command.location)
            yield keys(node.location, {"text": shown, "run": command})


def _command(node: Node, problems: Problems) -> tuple[Scalar | None, Scalar | None]:
    if isinstance(node, Keys):
        entry = LooseKeys(node, problems)
        command = entry.take("command", "run", "cmd")
        said = entry.text(*_CRITERION_TEXTS)
    else:
        command, said = node, None
    if isinstance(command, Scalar) and not command.is_null and command.text.strip():
        return text(command.text.strip(), command.location), said
    problems.warn(
        node.location, "not-a-command", "cannot be read as a command", "write the command as a text"
    )
    return None, None


def _predecessors(task: LooseKeys) -> Items | None:
    pair = task.take_pair("depends_on", "dependencies", "depends", "blocked_by")
    if pair is None:
        return None
    key, node = pair
    if isinstance(node, Keys):
        named = LooseKeys(node, Problems())
        found = named.list("tasks", "depends_on")
        if (rest := named.rest()) is not None:
            task.put_back(key, rest)
    else:
        found = listed(node)
    names = [name for one in found for name in _names(one)]
    return items(node.location, names) if names else None


def _names(node: Node) -> Iterator[Node]:
    """Read ``TASK-001``, ``TASK-001, TASK-002``, ``TASK-001 (the schema)``, ``{id: TASK-001}``."""
    if isinstance(node, Keys):
        node = node.get("id") or node.get("task") or node
    if not isinstance(node, Scalar) or is_left_empty(node):
        if not isinstance(node, Scalar):
            yield node
        return
    for part in re.split(r"[,;]", re.sub(r"\([^)]*\)", "", node.text)):
        if found := _FIRST_WORD.match(part.strip()):
            yield text(found[0], node.location)
        elif part.strip():
            yield text(part.strip(), node.location)


def _requirements(task: LooseKeys) -> Items | None:
    return task.texts(
        "requirements", "requirement_ids", "requirement", "prd_refs", "feature_ref", "feature_id"
    )


def _files(task: LooseKeys) -> Items | None:
    named = [
        (node, path)
        for key in ("files", "files_modified", "deliverables")
        for node in task.list(key)
        if isinstance(node, Scalar) and (path := written_path(node.text))
    ]
    paths = {path: text(path, node.location) for node, path in named}
    return items(named[0][0].location, paths.values()) if named else None


def _hours(task: LooseKeys, problems: Problems) -> Scalar | None:
    pair = task.take_pair(
        "estimated_hours", "estimate_hours", "hours", "estimated_time", "estimate", "effort"
    )
    if pair is None:
        return None
    key, node = pair
    found = _HOURS.fullmatch(node.text.strip().lower()) if isinstance(node, Scalar) else None
    hours = float(found[1]) * _HOURS_OF[(found[2] or "h")[0]] if found else 0.0
    if hours:
        return Scalar(f"{hours:.6f}".rstrip("0").rstrip("."), node.location)
    problems.warn(
        node.location,
        "unread-hours",
        f"{key.text} is no time above 0",
        "write hours, like 8; the task is planned without an estimate",
    )
    task.put_back(key, node)
    return None
