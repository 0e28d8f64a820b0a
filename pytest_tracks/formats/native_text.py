"""Plan nodes as YAML text: what is read back is what was written.

A text is plain where no reader could take it for anything else, a block where it has several
lines, else in double quotes. Short lists of names stand on one line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from pytest_tracks.core.tree import Items, Keys, Node, Scalar

__all__ = ["Remark", "yaml_text"]

Remark = Callable[[str, Node], str]
"""What to say, as a comment, below an entry of the list of this key; empty for nothing."""

_WIDTH = 96
_PLAIN = re.compile(
    r"[A-Za-z0-9_./](?:[A-Za-z0-9_./()+*'<>=@~^$%&|;!?, –—→-]*[A-Za-z0-9_./()+*'?!%-])?"
)
_IN_FLOW = re.compile(r"[A-Za-z0-9_./](?:[A-Za-z0-9_./ *+@:-]*[A-Za-z0-9_./*-])?")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "none", "~", "y", "n"})
_NUMBER = re.compile(r"[-+]?[.\d][\d_.:,xobeE+-]*")


def yaml_text(node: Keys, remark: Remark = lambda _key, _entry: "") -> str:
    """Write a mapping; ``remark`` may comment entries of the lists in it."""
    return "".join(f"{line}\n" for line in _block(node, "", "", remark))


def _block(node: Node, name: str, indent: str, remark: Remark) -> Iterator[str]:
    """Write a collection that is the value of the key ``name``."""
    if isinstance(node, Keys):
        for key, value in node:
            yield from _entry(key, value, indent, remark)
    elif isinstance(node, Items):
        for item in node.nodes:
            yield from _item(item, name, indent, remark)


def _entry(key: Scalar, value: Node, indent: str, remark: Remark) -> Iterator[str]:
    head = f"{indent}{_inline(key)}:"
    if isinstance(value, Scalar):
        yield from _scalar_lines(head, value, indent)
    elif _is_empty(value):
        yield f"{head} {'{}' if isinstance(value, Keys) else '[]'}"
    elif (flow := _flow(value, _WIDTH - len(head))) is not None:
        yield f"{head} {flow}"
    else:
        yield head
        yield from _block(value, key.text, indent + "  ", remark)


def _item(item: Node, name: str, indent: str, remark: Remark) -> Iterator[str]:
    """Write an item of a list: the first key of a mapping stands behind the dash."""
    if isinstance(item, Scalar):
        yield from _scalar_lines(f"{indent}-", item, indent)
    elif _is_empty(item):
        yield f"{indent}- {'{}' if isinstance(item, Keys) else '[]'}"
    else:
        first, *rest = _block(item, name, indent + "  ", remark)
        yield f"{indent}- {first[len(indent) + 2 :]}"
        yield from rest
    if said := remark(name, item):
        yield f"{indent}  # {said}"


def _is_empty(node: Node) -> bool:
    return not (node.pairs if isinstance(node, Keys) else getattr(node, "nodes", True))


def _flow(node: Node, width: int) -> str | None:
    """Write a short list of names on one line; None where it is none."""
    if not isinstance(node, Items):
        return None
    names = [_flow_name(item) for item in node.nodes]
    if None in names:
        return None
    line = f"[{', '.join(str(name) for name in names)}]"
    return line if len(line) <= min(width, 80) else None


def _flow_name(node: Node) -> str | None:
    if not isinstance(node, Scalar) or ": " in node.text or not _IN_FLOW.fullmatch(node.text):
        return None
    return node.text if node.plain or _is_safe(node.text) else json.dumps(node.text)


def _scalar_lines(head: str, node: Scalar, indent: str) -> Iterator[str]:
    if node.plain and node.is_null:
        yield head
    elif _is_block(node.text):
        yield f"{head} |" + ("" if node.text.endswith("\n") else "-")
        for line in node.text.removesuffix("\n").split("\n"):
            yield f"{indent}  {line}".rstrip()
    else:
        yield f"{head} {_inline(node)}"


def _is_block(text: str) -> bool:
    """Tell whether a text can be a literal block as it stands."""
    lines = text.removesuffix("\n").split("\n")
    return (
        len(lines) > 1
        and lines[0][:1] not in ("", " ", "\t")
        and bool(lines[-1])
        and all(line == line.rstrip() and _is_printable(line) for line in lines)
        and not any(line.startswith("\t") for line in lines)
    )


def _is_printable(line: str) -> bool:
    return all(sign.isprintable() for sign in line)


def _inline(node: Scalar) -> str:
    if node.plain and not node.is_null and _PLAIN.fullmatch(node.text):
        return node.text
    if _PLAIN.fullmatch(node.text) and _is_safe(node.text):
        return node.text
    return "".join(map(_escaped, json.dumps(node.text, ensure_ascii=False)))


def _is_safe(text: str) -> bool:
    """Tell a text that no reader takes for a number, a boolean or nothing."""
    return text.lower() not in _WORDS and not _NUMBER.fullmatch(text)


def _escaped(sign: str) -> str:
    """Escape what YAML takes for a line end or does not allow; JSON knows no escape for all."""
    return sign if sign.isprintable() else f"\\U{ord(sign):08x}"
