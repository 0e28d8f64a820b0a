"""What a sprint file ``SPRINT-XXX-YY.yaml`` may say; YY is the number of its track."""

from __future__ import annotations

import posixpath

from pytest_tracks.core.model import Sprint
from pytest_tracks.core.tree import Keys, Node
from pytest_tracks.formats.drafts import PlanDraft, SprintDraft
from pytest_tracks.formats.fields import Fields, written
from pytest_tracks.formats.names import near_miss, shown
from pytest_tracks.formats.sprint_names import SPRINT_FILE

__all__ = ["read_sprint_file"]

_KEYS = frozenset({"id", "title", "name", "track", "tasks"})


def read_sprint_file(fields: Fields, draft: PlanDraft, path: str, root: Node) -> None:
    """Read a sprint into the draft. Raises ValueError where the path is not that of a sprint."""
    name = SPRINT_FILE.fullmatch(posixpath.basename(path))
    if name is None:
        raise ValueError(f"not the name of a sprint file: {path!r}")
    keys = fields.reader.mapping(root, "the sprint")
    if keys is None:
        return
    sprint_id, track = name[1], int(name[2])
    _check_keys(fields, keys)
    _check_identity(fields, keys, sprint_id)
    title = fields.title(keys, "the sprint")
    tasks = fields.references(fields.required(keys, "tasks", "the sprint"), "tasks of the sprint")
    ids = tuple(reference.text for reference in tasks)
    reference = fields.reference(written(keys, "track"), "track of the sprint")
    sprint = Sprint(sprint_id, track, title or sprint_id, ids, keys.location)
    draft.sprints.append(SprintDraft(sprint, tasks, reference))


def _check_keys(fields: Fields, keys: Keys) -> None:
    for key, _ in keys:
        if key.text in _KEYS:
            continue
        what = f"a sprint has no key {key.text!r}"
        if miss := near_miss(key.text, _KEYS, limit=1):
            fields.problems.error(key.location, "unknown-key", what, f"did you mean {miss!r}?")
        else:
            fields.problems.warn(key.location, "unread-key", what, "it is not read")


def _check_identity(fields: Fields, keys: Keys, sprint_id: str) -> None:
    node = keys.get("id")
    found = fields.text(node, "id of the sprint")
    if node is not None and found and found != sprint_id:
        fields.problems.error(
            node.location,
            "wrong-sprint-id",
            f"id {shown(found)} in the file of {sprint_id}",
            "rename the file or the sprint",
        )
