"""What is read of ``PROJECT_PRD.yaml``: its requirements. What else it tells is for people."""

from __future__ import annotations

from pytest_tracks.core.model import Requirement
from pytest_tracks.core.tree import Keys, Node
from pytest_tracks.formats.drafts import PlanDraft
from pytest_tracks.formats.fields import Fields, written
from pytest_tracks.formats.names import near_miss, read_id

__all__ = ["read_prd_file"]

_FILE_KEYS = frozenset({"project", "requirements"})
_REQUIREMENT_KEYS = frozenset({"id", "title", "name", "must"})


def read_prd_file(fields: Fields, draft: PlanDraft, root: Node) -> None:
    """Read the requirements into the draft, and the project's name where it has none yet."""
    keys = fields.reader.mapping(root, "the file")
    if keys is None:
        return
    _refuse_near_misses(fields, keys, _FILE_KEYS, "the file")
    project = fields.text(written(keys, "project"), "project")
    draft.project = draft.project or project
    node = written(keys, "requirements")
    for item in () if node is None else fields.reader.items(node, "requirements") or ():
        requirement = _read_requirement(fields, item)
        if requirement is None:
            draft.complete = False
        else:
            draft.requirements.append(requirement)


def _read_requirement(fields: Fields, item: Node) -> Requirement | None:
    keys = fields.reader.mapping(item, "a requirement")
    if keys is None:
        return None
    _refuse_near_misses(fields, keys, _REQUIREMENT_KEYS, "a requirement")
    node = fields.required(keys, "id", "a requirement")
    requirement_id = None if node is None else read_id(fields.reader, node, "requirement id")
    title = fields.title(keys, "a requirement")
    must = fields.boolean(keys.get("must"), "must of a requirement", default=True)
    if requirement_id is None:
        return None
    return Requirement(requirement_id, title or requirement_id, keys.location, must)


def _refuse_near_misses(fields: Fields, keys: Keys, known: frozenset[str], what: str) -> None:
    # One edit only: what stands here beside the known keys is free, and ``product`` is common.
    for key, _ in keys:
        if key.text not in known and (miss := near_miss(key.text, known, limit=1)):
            fields.problems.error(
                key.location,
                "unknown-key",
                f"{what} has no key {key.text!r}",
                f"did you mean {miss!r}?",
            )
