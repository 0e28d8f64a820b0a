"""Node ids: ``docs/planning/tasks/TASK-004.yaml::TASK-004::AC-002`` ⇄ (task, criterion)."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CriterionKey", "format_node_id", "parse_node_id"]

SEPARATOR = "::"


class CriterionKey(NamedTuple):
    """Which criterion of which task; as text ``TASK-004/AC-002``, as marks and plans write it."""

    task: str
    criterion: str

    def __str__(self) -> str:
        return f"{self.task}/{self.criterion}"


def format_node_id(path: str, key: CriterionKey) -> str:
    """Make the node id of a criterion in the plan file ``path``.

    Raises ValueError where a part holds the separator: the way back would not be unique.
    """
    parts = (path, key.task, key.criterion)
    for part in parts:
        if not part or SEPARATOR in part or part[0] == ":" or part[-1] == ":":
            raise ValueError(f"not a part of a node id: {part!r}")
    return SEPARATOR.join(parts)


def parse_node_id(node_id: str) -> tuple[str, CriterionKey]:
    """Take the node id of a criterion apart into plan file and key.

    Raises ValueError where it is not the node id of a criterion.
    """
    parts = node_id.split(SEPARATOR)
    if len(parts) != 3 or not all(part and part[0] != ":" != part[-1] for part in parts):
        raise ValueError(f"not the node id of a criterion: {node_id!r}")
    path, task, criterion = parts
    return path, CriterionKey(task, criterion)
