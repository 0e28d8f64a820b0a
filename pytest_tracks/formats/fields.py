"""Readers of optional values: what is absent reads as empty, what does not fit is noted."""

from __future__ import annotations

from pytest_tracks.core.tree import Items, Keys, Node, Reader, Scalar
from pytest_tracks.formats.drafts import Reference
from pytest_tracks.formats.names import note_path

__all__ = ["Fields", "entries", "is_left_empty", "written"]


def entries(node: Node) -> tuple[Node, ...]:
    """Take one value for a list of one."""
    return node.nodes if isinstance(node, Items) else (node,)


def is_left_empty(node: Node) -> bool:
    """Tell whether a key was written without a value."""
    return isinstance(node, Scalar) and node.is_null


def written(keys: Keys, name: str) -> Node | None:
    """Get the value of a key that may be left empty as well as out."""
    node = keys.get(name)
    return None if node is None or is_left_empty(node) else node


class Fields:
    """Reads values that may be absent; problems go to ``reader``."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.problems = reader.problems

    def text(self, node: Node | None, what: str) -> str:
        """Read a text; empty where there is none."""
        return "" if node is None else self.reader.text(node, what) or ""

    def texts(self, node: Node | None, what: str) -> tuple[str, ...]:
        """Read one text or a list of texts."""
        return () if node is None else self.reader.texts(node, what) or ()

    def boolean(self, node: Node | None, what: str, *, default: bool) -> bool:
        """Read ``true`` or ``false``."""
        if node is None:
            return default
        value = self.reader.boolean(node, what)
        return default if value is None else value

    def paths(self, node: Node | None, what: str) -> tuple[str, ...]:
        """Read paths or patterns relative to the root folder."""
        paths = []
        for item in () if node is None else entries(node):
            text = self.reader.text(item, what)
            if text is not None and isinstance(item, Scalar) and note_path(self.reader, item, what):
                paths.append(text.removeprefix("./") or ".")
        return tuple(paths)

    def reference(self, node: Node | None, what: str) -> Reference | None:
        """Read one name of something that is defined elsewhere."""
        text = self.text(node, what)
        return Reference(text, node.location) if text and node is not None else None

    def references(self, node: Node | None, what: str) -> tuple[Reference, ...]:
        """Read one name or a list of names; repeated ones count once, with a warning."""
        found: dict[str, Reference] = {}
        for item in () if node is None else entries(node):
            reference = self.reference(item, what)
            if reference is None:
                continue
            if found.setdefault(reference.text, reference) is not reference:
                self.problems.warn(
                    item.location,
                    "repeated",
                    f"{what} names {reference.text!r} twice",
                    "take one of them out",
                )
        return tuple(found.values())

    def required(self, keys: Keys, key: str, what: str) -> Node | None:
        """Get the value of a key that must be there."""
        node = keys.get(key)
        if node is None:
            self.problems.error(
                keys.location, "missing-key", f"{what} has no {key}", f"add {key!r}"
            )
        return node

    def title(self, keys: Keys, what: str) -> str:
        """Read ``title`` or ``name``; empty where there is neither."""
        title, name = written(keys, "title"), written(keys, "name")
        if title is not None and name is not None:
            self.problems.error(
                name.location,
                "duplicate-key",
                f"{what} has a title and a name",
                "keep one of them",
            )
        return self.text(title if name is None else name, f"title of {what}")
