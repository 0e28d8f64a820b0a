"""``test: tests/test_auth.py::test_reset``: real tests of the project decide the criterion.

A value is one id or a list of ids, whatever pytest takes: folder, file, class, node id. It is
never split at blanks, since parametrised ids hold them. ``core.binding`` joins ids to items.
"""

from __future__ import annotations

import posixpath

from pytest_tracks.checks.relative import outside
from pytest_tracks.core.model import Check
from pytest_tracks.core.tree import Items, Keys, Node, Reader

__all__ = ["TestKind"]


class TestKind:
    """Criteria that are node ids; ``params["ids"]`` is a tuple, without repeats."""

    __test__ = False  # not a test class, whatever pytest thinks of its name

    name = "test"
    options: frozenset[str] = frozenset()

    def read(self, value: Node, criterion: Keys, reader: Reader) -> Check | None:
        """Type one id or a list of them."""
        nodes = value.nodes if isinstance(value, Items) else (value,)
        if not nodes:
            reader.problems.error(
                value.location, "empty-list", "'test' names no test", "write at least one id"
            )
            return None
        ids = [_read_id(node, reader) for node in nodes]
        kept = tuple(dict.fromkeys(node_id for node_id in ids if node_id is not None))
        return Check(self.name, {"ids": kept}) if all(ids) else None


def _read_id(node: Node, reader: Reader) -> str | None:
    text = reader.text(node, "'test'")
    if text is None:
        return None
    path, separator, inside = text.strip().partition("::")
    reason = _fault(path, separator, inside)
    if not reason:
        return posixpath.normpath(path) + separator + inside
    hint = "write folder, file.py, file.py::Class or file.py::test, relative to rootdir"
    reader.problems.error(node.location, "bad-node-id", f"{text.strip()!r} {reason}", hint)
    return None


def _fault(path: str, separator: str, inside: str) -> str:
    if not path:
        return "names no file"
    if "\n" in inside:
        return "holds a line end: several ids are a list"
    if separator and not inside:
        return "ends in '::'"
    return outside(path)
