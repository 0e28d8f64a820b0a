"""The parts of a task with a shape of their own: steps, resources."""

from __future__ import annotations

from pytest_tracks.core.model import Step
from pytest_tracks.core.tree import Keys, Node
from pytest_tracks.formats.drafts import ResourceRequest
from pytest_tracks.formats.fields import Fields, entries
from pytest_tracks.formats.names import fold, read_id

__all__ = ["MAX_UNITS", "read_requests", "read_steps"]

MAX_UNITS = 10_000
_STEP_KEYS = frozenset({"text", "done"})


def read_steps(fields: Fields, node: Node | None) -> tuple[Step, ...]:
    """Read steps, each a text or ``{text, done}``."""
    items = None if node is None else fields.reader.items(node, "steps")
    steps = [_read_step(fields, item) for item in items or ()]
    return tuple(step for step in steps if step is not None)


def _read_step(fields: Fields, node: Node) -> Step | None:
    if not isinstance(node, Keys):
        text = fields.reader.text(node, "a step")
        return None if text is None else Step(text)
    fields.reader.known_keys(node, _STEP_KEYS, "a step")
    text = fields.text(fields.required(node, "text", "a step"), "text of a step")
    return Step(text, fields.boolean(node.get("done"), "done of a step", default=False))


def read_requests(fields: Fields, node: Node | None) -> tuple[ResourceRequest, ...]:
    """Read resources: a name, ``{name: units}``, or a list of these."""
    requests: dict[str, ResourceRequest] = {}
    for item in () if node is None else entries(node):
        for request in _read_request(fields, item):
            if requests.setdefault(fold(request.name), request) is not request:
                fields.problems.error(
                    request.location,
                    "duplicate-id",
                    f"resource {request.name!r} is asked for twice",
                    f"ask once, with the units: {{{request.name}: 2}}",
                )
    return tuple(requests.values())


def _read_request(fields: Fields, node: Node) -> list[ResourceRequest]:
    if not isinstance(node, Keys):
        name = read_id(fields.reader, node, "resource")
        return [] if name is None else [ResourceRequest(name, 1, node.location)]
    requests = []
    for key, value in node:
        name = read_id(fields.reader, key, "resource")
        what = f"units of resource {key.text!r}"
        units = fields.reader.integer(value, what, low=1, high=MAX_UNITS)
        if name is not None and units is not None:
            requests.append(ResourceRequest(name, units, key.location))
    return requests
