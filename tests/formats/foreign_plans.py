"""Foreign plans for tests: a tiny format of a third party, and how documents are loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.core.model import Plan
from pytest_tracks.core.tree import Keys, Problems
from pytest_tracks.errors import PlanError, Problem
from pytest_tracks.formats.document import Document, PlanFormat, PlanTree, Recognition
from pytest_tracks.formats.loading import load_plan
from pytest_tracks.formats.node_building import items, keys

from .plans import write


class ListFormat:
    """``todo.txt``: each line a task, ``id: title <- predecessors``."""

    name = "to-do list"
    patterns = ("todo*.txt",)

    def recognises(self, documents: Sequence[Document]) -> Recognition:
        for document in documents:
            if document.text.startswith("TODO\n"):
                return Recognition((document,))
        return Recognition(reason="the first line is not TODO", at=documents[0].at(1))

    def read(self, documents: Sequence[Document], problems: Problems) -> PlanTree:
        (document,) = documents
        lines = enumerate(document.text.splitlines()[1:], 2)
        return PlanTree(tuple(self._task(document, line, text) for line, text in lines if text))

    def _task(self, document: Document, line: int, text: str) -> Keys:
        name, _, rest = text.partition(":")
        title, _, before = rest.partition("<-")
        at = document.at(line)
        return keys(
            at,
            {
                "id": name.strip(),
                "title": title.strip(),
                "depends_on": before.split(),
                "steps": ["think", {"text": "write", "done": True}],
                "acceptance_criteria": items(at, [title.strip(), {"text": "it builds"}]),
            },
        )


def load_foreign(
    root: Path,
    place: str,
    files: Mapping[str, str | bytes] | None = None,
    formats: Sequence[PlanFormat] = (),
) -> Plan:
    write(root, files or {})
    kinds = builtin_kinds()
    return load_plan(root, place, sprints="docs/sprints", kinds=kinds, formats=formats)


def warned(plan: Plan) -> list[tuple[str, int]]:
    """Code and line of what a plan is warned of, without what no foreign plan says."""
    codes = ("no-hours", "unchecked")
    return [(one.code, one.line) for one in plan.warnings if one.code not in codes]


def refuse_foreign(
    root: Path,
    place: str,
    files: Mapping[str, str | bytes] | None = None,
    formats: Sequence[PlanFormat] = (),
) -> tuple[Problem, ...]:
    with pytest.raises(PlanError) as caught:
        load_foreign(root, place, files, formats)
    assert caught.value.problems
    return caught.value.problems
