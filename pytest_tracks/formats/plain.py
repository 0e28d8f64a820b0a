"""From nodes to plain values, for what no schema types: metadata and settings."""

from __future__ import annotations

from pytest_tracks.core.tree import Items, Node, Scalar

__all__ = ["to_plain"]


def to_plain(node: Node) -> object:
    """Make dicts, tuples and texts as written of a node; None where nothing was written.

    Recursion is bounded: the tree is at most ``yaml_nodes.MAX_DEPTH`` deep.
    """
    if isinstance(node, Scalar):
        return None if node.is_null else node.text
    if isinstance(node, Items):
        return tuple(to_plain(item) for item in node.nodes)
    return {key.text: to_plain(value) for key, value in node}
