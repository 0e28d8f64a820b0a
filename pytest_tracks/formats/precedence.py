"""Cycles among predecessors, each told edge by edge with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.drafts import Reference

__all__ = ["note_cycles"]

MAX_CYCLES = 20
"""Each costs a pass over the graph, and nobody mends more in one go."""

_Edges = dict[str, dict[str, Reference]]


def note_cycles(predecessors: Mapping[str, Sequence[Reference]], problems: Problems) -> None:
    """Note cycles that share no edge; keys and references are ids of known tasks, in order."""
    edges = {
        task: {reference.text: reference for reference in references}
        for task, references in predecessors.items()
    }
    _note_self_references(edges, problems)
    order = {task: position for position, task in enumerate(edges)}
    for cycle in _disjoint_cycles(edges):
        first = min(range(len(cycle)), key=lambda index: order[cycle[index]])
        _note_cycle(cycle[first:] + cycle[:first], predecessors, problems)


def _note_self_references(edges: _Edges, problems: Problems) -> None:
    for task, references in edges.items():
        if (reference := references.pop(task, None)) is not None:
            problems.error(
                reference.location, "cycle", f"{task} depends on itself", "take the id out"
            )


def _disjoint_cycles(edges: _Edges) -> Iterator[list[str]]:
    """Yield cycles as tasks, each depending on the next; takes their edges out."""
    for _ in range(MAX_CYCLES):
        try:
            TopologicalSorter(edges).prepare()
        except CycleError as error:
            # args[1] goes from predecessor to successor and ends where it began
            cycle = error.args[1][:0:-1]
            yield cycle
            for task, predecessor in zip(cycle, cycle[1:] + cycle[:1], strict=True):
                del edges[task][predecessor]
        else:
            return


def _note_cycle(
    cycle: list[str], predecessors: Mapping[str, Sequence[Reference]], problems: Problems
) -> None:
    steps = list(zip(cycle, cycle[1:] + cycle[:1], strict=True))
    places = [
        next(found.location for found in predecessors[task] if found.text == predecessor)
        for task, predecessor in steps
    ]
    told = ", ".join(
        f"{task} depends on {predecessor} at {place}"
        for (task, predecessor), place in zip(steps, places, strict=True)
    )
    chain = " → ".join([*cycle, cycle[0]])
    problems.error(places[0], "cycle", f"{chain}: {told}", "take one of these out")
