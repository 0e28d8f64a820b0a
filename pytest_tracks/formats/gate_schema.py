"""What ``tracks.yaml`` may say of reviews, sync points and contracts.

::

    sprint_review: [criterion, …]                   one for each sprint that is written
    track_review: {title: …, criteria: […]}         one for each track
    sync_points: [{id: SYNC-01, after: [TASK-001, track 2, wave 1], before: […], criteria: […]}]
    final_review: [{section: Security, criteria: […]}, criterion, …]
    contracts: [{path: docs/openapi.yaml, owner: TASK-004}]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pytest_tracks.core.kinds import CheckKind
from pytest_tracks.core.model import Criterion, Location, TaskKind
from pytest_tracks.core.tree import Items, Keys, Node, Reader, Scalar
from pytest_tracks.formats.criterion_schema import CriterionSchema
from pytest_tracks.formats.drafts import ContractDraft, GateDraft, GateDrafts
from pytest_tracks.formats.fields import Fields, is_left_empty, written
from pytest_tracks.formats.names import fold, read_id

__all__ = ["GATE_KEYS", "GateSchema"]

_REVIEWS = {
    "sprint_review": TaskKind.SPRINT_REVIEW,
    "track_review": TaskKind.TRACK_REVIEW,
    "final_review": TaskKind.FINAL_REVIEW,
}
GATE_KEYS = frozenset({*_REVIEWS, "sync_points", "contracts"})
"""Keys of ``tracks.yaml`` that are read here."""

_REVIEW_KEYS = frozenset({"title", "name", "criteria", "acceptance_criteria"})
_SYNC_KEYS = _REVIEW_KEYS | {"id", "after", "before"}
_CONTRACT_KEYS = frozenset({"path", "owner"})
_GROUP_KEYS = frozenset({"section", "criteria"})
_SYNC_PREFIX = "sync-"


class GateSchema:
    """Reads gates; what is wrong goes to the reader's problems."""

    def __init__(self, reader: Reader, kinds: Mapping[str, CheckKind]) -> None:
        self._reader = reader
        self._fields = Fields(reader)
        self._criteria = CriterionSchema(reader, kinds)

    def read(self, root: Node) -> GateDrafts:
        """Read what the root of ``tracks.yaml`` says of gates; what it is itself is not judged."""
        if not isinstance(root, Keys):
            return GateDrafts()
        found = {kind: self._review(root, key, kind) for key, kind in _REVIEWS.items()}
        return GateDrafts(
            sprint_review=found[TaskKind.SPRINT_REVIEW],
            track_review=found[TaskKind.TRACK_REVIEW],
            final_review=found[TaskKind.FINAL_REVIEW],
            sync_points=tuple(self._sync_points(written(root, "sync_points"))),
            contracts=tuple(self._contracts(written(root, "contracts"))),
        )

    def _review(self, root: Keys, key: str, kind: TaskKind) -> GateDraft | None:
        node = root.get(key)
        if node is None:
            return None
        what = key.replace("_", " ")
        if isinstance(node, Items):
            return GateDraft(kind, location=node.location, criteria=self._read_criteria(node))
        if is_left_empty(node):
            return GateDraft(kind, location=node.location)
        keys = self._reader.mapping(node, f"the {what}")
        if keys is None:
            return None
        self._reader.known_keys(keys, _REVIEW_KEYS, f"the {what}")
        return self._gate(keys, kind, what)

    def _gate(self, keys: Keys, kind: TaskKind, what: str) -> GateDraft:
        return GateDraft(
            kind,
            location=keys.location,
            title=self._fields.title(keys, what),
            criteria=self._read_criteria(self._criteria_of(keys, what)),
        )

    def _criteria_of(self, keys: Keys, what: str) -> Node | None:
        short, long = written(keys, "criteria"), written(keys, "acceptance_criteria")
        if short is not None and long is not None:
            self._reader.problems.error(
                long.location,
                "duplicate-key",
                f"{what} has criteria and acceptance_criteria",
                "keep one of them",
            )
        return long if short is None else short

    def _read_criteria(self, node: Node | None) -> tuple[Criterion, ...]:
        if node is None:
            return ()
        items = self._reader.items(node, "criteria")
        flat = [pair for item in items or () for pair in self._flatten(item)]
        section_of = {item.location: section for item, section in flat}
        read = self._criteria.read_all(Items(tuple(item for item, _ in flat), node.location))
        return tuple(
            replace(criterion, section=section_of[criterion.location]) for criterion in read
        )

    def _flatten(self, node: Node) -> Iterator[tuple[Node, str]]:
        """Yield criteria with their sections: of a group, or one with a section of its own."""
        if not isinstance(node, Keys) or node.get("section") is None:
            yield node, ""
            return
        section = self._fields.text(node.get("section"), "section of a criterion")
        grouped = node.get("criteria")
        if grouped is None:
            rest = tuple(pair for pair in node.pairs if pair[0].text != "section")
            yield Keys(rest, node.location), section
            return
        self._reader.known_keys(node, _GROUP_KEYS, "a section")
        for item in self._reader.items(grouped, "criteria of a section") or ():
            yield item, section

    def _sync_points(self, node: Node | None) -> Iterator[GateDraft]:
        items = None if node is None else self._reader.items(node, "sync_points")
        for position, item in enumerate(items or (), 1):
            keys = self._reader.mapping(item, "a sync point")
            if keys is not None:
                yield self._sync_point(keys, position)

    def _sync_point(self, keys: Keys, position: int) -> GateDraft:
        gate_id = self._sync_id(keys.get("id")) or f"SYNC-{position:02d}"
        self._reader.known_keys(keys, _SYNC_KEYS, gate_id)
        after = written(keys, "after")
        if after is None:
            self._fields.required(keys, "after", gate_id)
        return replace(
            self._gate(keys, TaskKind.SYNC_POINT, gate_id),
            id=gate_id,
            after=self._fields.references(after, f"after of {gate_id}"),
            before=self._fields.references(written(keys, "before"), f"before of {gate_id}"),
        )

    def _sync_id(self, node: Node | None) -> str | None:
        found = None if node is None else read_id(self._reader, node, "id of a sync point")
        if found is not None and node is not None and not fold(found).startswith(_SYNC_PREFIX):
            self._reader.problems.error(
                node.location,
                "bad-id",
                f"the id of a sync point begins with SYNC-, not {found!r}",
                "call it SYNC-01",
            )
        return found

    def _contracts(self, node: Node | None) -> Iterator[ContractDraft]:
        items = None if node is None else self._reader.items(node, "contracts")
        for item in items or ():
            keys = self._reader.mapping(item, "a contract")
            if keys is None:
                continue
            self._reader.known_keys(keys, _CONTRACT_KEYS, "a contract")
            path_node = self._fields.required(keys, "path", "a contract")
            paths = self._fields.paths(path_node, "path of a contract")
            owner = self._fields.reference(
                self._fields.required(keys, "owner", "a contract"), "owner of a contract"
            )
            if owner is not None:
                yield from (ContractDraft(path, owner, _place(path_node, keys)) for path in paths)


def _place(node: Node | None, keys: Keys) -> Location:
    return node.location if isinstance(node, Scalar) else keys.location
