"""What a task may say, key by key."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_tracks.core.kinds import CheckKind
from pytest_tracks.core.model import Task
from pytest_tracks.core.tree import Keys, Node, Reader, Scalar
from pytest_tracks.formats.coverage_schema import read_coverage
from pytest_tracks.formats.criterion_schema import CriterionSchema
from pytest_tracks.formats.drafts import Reference, TaskDraft
from pytest_tracks.formats.fields import Fields, is_left_empty
from pytest_tracks.formats.names import fold, near_miss, probably_meant, read_id
from pytest_tracks.formats.plain import to_plain
from pytest_tracks.formats.task_parts import read_requests, read_steps

__all__ = ["TaskSchema"]

MAX_HOURS = 100_000

_ALIASES = {"name": "title", "dependencies": "depends_on"}
_KNOWN = frozenset(
    [
        "id",
        "title",
        "name",
        "track",
        "component",
        "owner",
        "requirements",
        "estimated_hours",
        "depends_on",
        "dependencies",
        "files",
        "uses",
        "resources",
        "steps",
        "coverage",
        "acceptance_criteria",
        "description",
        "priority",
        "value",
        "tags",
        "status",
        "kind",
    ]
)
# What was begun and left empty here is a mistake, not a choice.
_NEVER_EMPTY = frozenset({"id", "coverage"})
_RESERVED_PREFIXES = ("review-sprint-", "review-track-", "review-final", "sync-")
_NONE = "none"


class TaskSchema:
    """Reads tasks; what is wrong goes to the reader's problems."""

    def __init__(self, reader: Reader, kinds: Mapping[str, CheckKind]) -> None:
        self._fields = Fields(reader)
        self._reader = reader
        self._problems = reader.problems
        self._criteria = CriterionSchema(reader, kinds)

    def read(self, node: Node) -> TaskDraft | None:
        """Read one task; None where not even its id can be used."""
        keys = self._reader.mapping(node, "the task")
        if keys is None:
            return None
        nodes, metadata = self._sort_keys(keys)
        self._refuse_other_kinds(nodes.get("kind"))
        task_id = self._read_id(nodes.get("id"), keys)
        # Without an id the other keys are read all the same: one pass reports everything.
        draft = self._read_rest(task_id or "?", keys, nodes, metadata)
        return draft if task_id else None

    def _read_rest(
        self, task_id: str, keys: Keys, nodes: Mapping[str, Node], metadata: Mapping[str, object]
    ) -> TaskDraft:
        fields = self._fields
        predecessors = self._predecessors(nodes.get("depends_on"))
        requirements = fields.references(nodes.get("requirements"), "requirements")
        requests = read_requests(fields, nodes.get("resources"))
        criteria = nodes.get("acceptance_criteria")
        task = Task(
            id=task_id,
            title=fields.text(nodes.get("title"), "title") or task_id,
            location=keys.location,
            criteria=() if criteria is None else self._criteria.read_all(criteria),
            predecessors=tuple(reference.text for reference in predecessors),
            component=fields.text(nodes.get("component"), "component") or None,
            owner=fields.text(nodes.get("owner"), "owner") or None,
            requirements=tuple(reference.text for reference in requirements),
            hours=self._hours(nodes.get("estimated_hours")),
            files=fields.paths(nodes.get("files"), "files"),
            uses=fields.paths(nodes.get("uses"), "uses"),
            resources={request.name: request.units for request in requests},
            steps=read_steps(fields, nodes.get("steps")),
            description=fields.text(nodes.get("description"), "description"),
            priority=fields.text(nodes.get("priority"), "priority"),
            value=fields.text(nodes.get("value"), "value"),
            tags=fields.texts(nodes.get("tags"), "tags"),
            claim=fields.text(nodes.get("status"), "status"),
            metadata=metadata,
        )
        track = fields.reference(nodes.get("track"), "track")
        coverage = read_coverage(fields, nodes.get("coverage"))
        return TaskDraft(task, predecessors, requirements, track, requests, coverage)

    def _sort_keys(self, keys: Keys) -> tuple[dict[str, Node], dict[str, object]]:
        """Part what the schema knows, without what was left empty, from metadata."""
        nodes: dict[str, Node] = {}
        metadata: dict[str, object] = {}
        for key, value in keys:
            name = _ALIASES.get(key.text, key.text)
            if name not in _KNOWN:
                if self._is_metadata(key):
                    metadata[name] = to_plain(value)
            elif name in nodes:
                self._problems.error(
                    key.location,
                    "duplicate-key",
                    f"{key.text!r} says the same as another key of the task",
                    f"keep one of them: {name!r}",
                )
            elif name in _NEVER_EMPTY or not is_left_empty(value):
                nodes[name] = value
        return nodes, metadata

    def _is_metadata(self, key: Scalar) -> bool:
        if miss := near_miss(key.text, _KNOWN):
            self._problems.error(
                key.location,
                "unknown-key",
                f"a task has no key {key.text!r}",
                f"did you mean {miss!r}?",
            )
            return False
        if meant := probably_meant(key.text, _KNOWN):
            self._problems.warn(
                key.location,
                "metadata-key",
                f"{key.text!r} means nothing here and is only kept",
                f"did you mean {meant!r}?",
            )
        return True

    def _refuse_other_kinds(self, node: Node | None) -> None:
        if node is not None and not (isinstance(node, Scalar) and node.text == "task"):
            self._problems.error(
                node.location,
                "not-yet-supported",
                "only tasks of kind 'task' can be written down",
                "take the key out",
            )

    def _read_id(self, node: Node | None, keys: Keys) -> str | None:
        if node is None:
            self._problems.error(
                keys.location, "missing-key", "the task has no id", "add one, like id: TASK-004"
            )
            return None
        found = read_id(self._reader, node, "task id")
        if found is None:
            return None
        folded = fold(found)
        if folded.startswith(_RESERVED_PREFIXES) or folded == _NONE:
            self._problems.error(
                node.location,
                "reserved-id",
                f"task id {found!r} is reserved",
                "choose another: REVIEW-…, SYNC-… and 'none' have meanings of their own",
            )
            return None
        return found

    def _predecessors(self, node: Node | None) -> tuple[Reference, ...]:
        references = self._fields.references(node, "depends_on")
        named = tuple(reference for reference in references if reference.text.lower() != _NONE)
        if named and len(named) < len(references) and node is not None:
            self._problems.error(
                node.location,
                "unknown-predecessor",
                "depends_on names tasks and 'none'",
                "take 'none' out",
            )
        return named

    def _hours(self, node: Node | None) -> float | None:
        if node is None:
            return None
        return self._reader.number(node, "estimated_hours", low=0, high=MAX_HOURS, exclusive=True)
