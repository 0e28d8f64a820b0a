"""Plans to begin with, shipped as data: one YAML file each, with ``prd``, ``tracks`` and ``tasks``.

Three follow the usual shapes of parallel work: an interface is agreed, streams build against it
side by side, and one task brings them together.
"""

from __future__ import annotations

from importlib.resources import files

from pytest_tracks.core.tree import Items, Keys, Problems
from pytest_tracks.errors import PlanError
from pytest_tracks.formats.document import PlanTree
from pytest_tracks.formats.yaml_nodes import read_yaml

__all__ = ["FIRST_TASK", "TEMPLATES", "read_template"]

TEMPLATES = ("crud-api", "data-pipeline", "ui-library")
FIRST_TASK = "first-task"
"""What ``init`` writes when nothing else is asked for."""


def read_template(name: str) -> PlanTree:
    """Read one of ``TEMPLATES`` or ``FIRST_TASK``; raises PlanError if the package is damaged."""
    path = f"{name}.yaml"
    problems = Problems()
    text = (files("pytest_tracks.formats") / "templates" / path).read_text(encoding="utf-8")
    root = read_yaml(path, text, problems)
    if not isinstance(root, Keys):
        raise PlanError(*problems.errors)
    prd, tracks, tasks = root.get("prd"), root.get("tracks"), root.get("tasks")
    return PlanTree(
        tasks=tuple(one for one in tasks.nodes if isinstance(one, Keys))
        if isinstance(tasks, Items)
        else (),
        tracks=tracks if isinstance(tracks, Keys) else None,
        requirements=prd if isinstance(prd, Keys) else None,
    )
