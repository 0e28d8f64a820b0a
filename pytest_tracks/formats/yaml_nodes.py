"""From YAML text to plan data: the event stream of the safe parser, bounded while it is read.

::

    text ──► libyaml's events ──► depth, aliases, tags, keys checked ──► Node
             (or the pure ones)   nothing is composed, resolved or built

The tree is made here, event by event and without recursion: libyaml's own composer recurses, and
resolving scalars would turn ``010`` into 8 and ``no`` into False.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Items, Keys, Node, Problems, Scalar
from pytest_tracks.formats.yaml_errors import note_syntax_error

__all__ = [
    "LOADER",
    "MAX_DEPTH",
    "MAX_KEY",
    "MAX_NODES",
    "begins_list",
    "read_yaml",
    "read_yaml_documents",
]

MAX_DEPTH = 40
"""A plan nests about ten deep; readers recurse into metadata, so this bounds their stack too."""
MAX_NODES = 200_000
"""Of one file, with every alias counted as what it stands for."""
MAX_KEY = 200
"""Keys are printed and compared with the known ones; those are some 20 characters long."""

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Escapes can make what the bytes of a file cannot hold, and what no path, id or report can.
_UNUSABLE = re.compile("[\0\ud800-\udfff]")


def read_yaml(path: str, text: str, problems: Problems, loader: Any = LOADER) -> Node | None:
    """Read the one document of a file; None where a problem was noted, also for an empty file.

    ``text`` has LF line breaks only, and none of the characters that YAML forbids.
    """
    builder = _TreeBuilder(path, problems)
    if not _build(builder, text, loader):
        return None
    root = builder.roots[0] if builder.roots else None
    if root is None or (isinstance(root, Scalar) and root.is_null):
        problems.error(Location(path), "wrong-type", "the file is empty", "expected a mapping")
        return None
    return root


def begins_list(text: str, key: str, loader: Any = LOADER) -> bool:
    """Whether the document is a mapping with a list at ``key``, so far as it takes to see that.

    False also for what cannot be read: ``read_yaml`` says why.
    """
    depth, previous = 0, None
    try:
        for event in yaml.parse(text, loader):
            if isinstance(event, yaml.CollectionStartEvent):
                if depth == 1 and previous == key and isinstance(event, yaml.SequenceStartEvent):
                    return True
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            previous = event.value if isinstance(event, yaml.ScalarEvent) else None
    except (yaml.YAMLError, ValueError, OverflowError):
        pass
    return False


def read_yaml_documents(
    path: str, text: str, problems: Problems, loader: Any = LOADER
) -> tuple[Node, ...] | None:
    """Read all documents of a file, without the empty ones; None where a problem was noted."""
    builder = _TreeBuilder(path, problems, several=True)
    if not _build(builder, text, loader):
        return None
    return tuple(root for root in builder.roots if not (isinstance(root, Scalar) and root.is_null))


def _build(builder: _TreeBuilder, text: str, loader: Any) -> bool:
    """Fill the builder; False where a problem was noted."""
    problems = builder.problems
    before = len(problems.errors)
    try:
        _feed(builder, loader(text))
    except _Refused as refused:
        problems.error(refused.location, refused.code, refused.message, refused.hint)
    except yaml.YAMLError as error:
        note_syntax_error(text, builder.innermost(), error, problems)
    return len(problems.errors) == before


def _feed(builder: _TreeBuilder, parser: Any) -> None:
    take = {
        yaml.ScalarEvent: builder.scalar,
        yaml.AliasEvent: builder.alias,
        yaml.SequenceStartEvent: builder.start,
        yaml.MappingStartEvent: builder.start,
        yaml.SequenceEndEvent: builder.end_sequence,
        yaml.MappingEndEvent: builder.end_mapping,
        yaml.DocumentStartEvent: builder.start_document,
    }
    try:
        while True:
            event = parser.get_event()
            kind = type(event)
            if kind in take:
                take[kind](event)
            elif kind is yaml.StreamEndEvent:
                return
    except (ValueError, OverflowError) as error:
        # The pure parser's chr() and int() let these through.
        line = getattr(parser, "line", -1) + 1
        location = Location(builder.path, line, 0)
        raise _Refused(location, "yaml-syntax", "not valid YAML", "check escapes") from error
    finally:
        parser.dispose()


class _Refused(Exception):  # noqa: N818 - says what happened to the file, ends only its reading
    def __init__(self, location: Location, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.location = location
        self.code = code
        self.message = message
        self.hint = hint


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    location: Location
    is_mapping: bool
    anchor: str | None
    count_before: int
    height: int = 1
    nodes: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Anchored:
    node: Node
    size: int
    height: int


class _TreeBuilder:
    def __init__(self, path: str, problems: Problems, *, several: bool = False) -> None:
        self.roots: list[Node] = []
        self.path = path
        self.problems = problems
        self._several = several
        self._open: list[_Open] = []
        self._anchored: dict[str, _Anchored] = {}
        self._count = 0
        self._documents = 0

    def innermost(self) -> Location:
        """Tell where the innermost collection that is still open began."""
        return self._open[-1].location if self._open else Location(self.path)

    def start_document(self, event: Any) -> None:
        self._documents += 1
        self._anchored.clear()
        if self._documents > 1 and not self._several:
            line = event.start_mark.line + 1
            raise _Refused(
                Location(self.path),
                "wrong-type",
                f"the file holds two documents (the second starts at line {line})",
                "expected a mapping, or a list of tasks, without '---'",
            )

    def scalar(self, event: Any) -> None:
        location = self._location(event)
        style = event.style
        if event.tag is not None:
            self._note_tag(location, event.tag)
        if style == '"' and _UNUSABLE.search(event.value):
            self.problems.error(
                location, "yaml-syntax", "unknown escape in double quotes", "use single quotes"
            )
        if event.value == "<<" and not style and self._expects_key():
            # At once, before its value: what is merged may be a bomb.
            raise _Refused(
                location, "merge-key", "merge keys are not supported", "write the keys out"
            )
        node = Scalar(event.value, location, not style)
        if event.anchor is not None:
            self._anchored[event.anchor] = _Anchored(node, 1, 0)
        self._add(node, 1, 0, location)

    def alias(self, event: Any) -> None:
        location = self._location(event)
        name = event.anchor
        if any(collection.anchor == name for collection in self._open):
            raise _Refused(
                location, "recursive-alias", f"*{name} stands within itself", "write it out"
            )
        anchored = self._anchored.get(name)
        if anchored is None:
            raise _Refused(
                location, "unknown-alias", f"*{name} has no &{name} before it", "write it out"
            )
        self._add(anchored.node, anchored.size, anchored.height, location)

    def start(self, event: Any) -> None:
        location = self._location(event)
        if event.tag is not None:
            self._note_tag(location, event.tag)
        if len(self._open) >= MAX_DEPTH:
            raise _too_deep(location)
        if event.anchor is not None:
            self._anchored.pop(event.anchor, None)
        is_mapping = type(event) is yaml.MappingStartEvent
        self._open.append(_Open(location, is_mapping, event.anchor, self._count))

    def end_sequence(self, _event: Any) -> None:
        collection = self._open.pop()
        self._close(collection, Items(tuple(collection.nodes), collection.location))

    def end_mapping(self, _event: Any) -> None:
        collection = self._open.pop()
        pairs: list[tuple[Scalar, Node]] = []
        lines: dict[str, int] = {}
        for key, value in zip(collection.nodes[::2], collection.nodes[1::2], strict=True):
            if isinstance(key, Scalar) and self._is_usable(key, lines):
                lines[key.text] = key.location.line
                pairs.append((key, value))
            elif not isinstance(key, Scalar):
                self.problems.error(
                    key.location, "bad-key", "a list or mapping as a key", "keys are texts"
                )
        self._close(collection, Keys(tuple(pairs), collection.location))

    def _is_usable(self, key: Scalar, lines: dict[str, int]) -> bool:
        if len(key.text) > MAX_KEY:
            self.problems.error(
                key.location, "bad-key", f"a key of {len(key.text):,} characters", "shorten it"
            )
            return False
        if key.text in lines:
            self.problems.error(
                key.location,
                "duplicate-key",
                f"key {key.text!r} stands at line {lines[key.text]} already",
                "keep one of the two",
            )
            return False
        if key.is_null or not key.text.strip():
            self.problems.error(key.location, "bad-key", "an empty key", "keys are texts")
            return False
        return True

    def _expects_key(self) -> bool:
        return bool(self._open) and self._open[-1].is_mapping and not len(self._open[-1].nodes) % 2

    def _close(self, collection: _Open, node: Node) -> None:
        size = self._count - collection.count_before + 1
        if collection.anchor is not None:
            self._anchored[collection.anchor] = _Anchored(node, size, collection.height)
        self._add(node, 1, collection.height, collection.location)

    def _add(self, node: Node, size: int, height: int, location: Location) -> None:
        self._count += size
        if self._count > MAX_NODES:
            raise _Refused(
                location,
                "too-many-nodes",
                f"over the limit of {MAX_NODES:,} values in a file, aliases written out",
                "split the file, or write aliases out",
            )
        if not self._open:
            self.roots.append(node)
            return
        if len(self._open) + height > MAX_DEPTH:
            raise _too_deep(location)
        parent = self._open[-1]
        parent.nodes.append(node)
        if height >= parent.height:
            parent.height = height + 1

    def _location(self, event: Any) -> Location:
        mark = event.start_mark
        return Location(self.path, mark.line + 1, mark.column + 1)

    def _note_tag(self, location: Location, tag: str) -> None:
        short = tag.replace("tag:yaml.org,2002:", "!!")
        shown = short if len(short) <= 60 else short[:57] + "..."
        self.problems.error(
            location,
            "tag-not-allowed",
            f"tag not allowed: {shown}",
            "leave it out: the schema gives types",
        )


def _too_deep(location: Location) -> _Refused:
    return _Refused(
        location, "too-deep", f"nested more than {MAX_DEPTH} deep", "a plan nests about ten deep"
    )
