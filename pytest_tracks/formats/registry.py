"""The formats of plans that come with the package, and which one a document is written in."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import cast

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.document import Document, PlanFormat, Recognition

__all__ = ["builtin_formats", "matching", "recognise"]

_BUILTIN: tuple[str, ...] = (
    "phase_plan.PhasePlan",
    "tracks_document.TracksDocument",
    "stages_document.StagesDocument",
    "devteam.DevTeam",
    "gsd.Gsd",
    "task_master.TaskMaster",
    "spec_kit.SpecKit",
    "backlog.BacklogMd",
)
"""Module and class of each, in the order in which they are asked."""

_GENERAL = frozenset({"phase plan"})
"""Headings called ``Phase 1`` with boxes to tick are in plans of many kinds: what takes such a
document for one of a kind that says more is right."""


def builtin_formats() -> tuple[PlanFormat, ...]:
    """Make one of each; their modules are imported now, as native plans need none of them."""
    return tuple(_make(name) for name in _BUILTIN)


def _make(name: str) -> PlanFormat:
    module, _, symbol = name.partition(".")
    made = getattr(importlib.import_module(f"pytest_tracks.formats.{module}"), symbol)()
    return cast("PlanFormat", made)


def matching(documents: Iterable[Document], plan_format: PlanFormat) -> tuple[Document, ...]:
    """Choose the documents whose names interest a format."""
    return tuple(one for one in documents if is_of_interest(one.path, plan_format))


def is_of_interest(path: str, plan_format: PlanFormat) -> bool:
    """Whether a name matches one of a format's patterns, from the right."""
    return any(PurePosixPath(path).match(pattern) for pattern in plan_format.patterns)


def recognise(
    place: str,
    documents: Sequence[Document],
    formats: Sequence[PlanFormat],
    problems: Problems,
) -> tuple[PlanFormat, Recognition] | None:
    """Find the one format that takes the documents; None where a problem was noted.

    ``place`` is the file or folder that was named.
    """
    answers = [(one, _ask(one, documents)) for one in formats]
    takers = [(one, answer) for one, answer in answers if answer]
    takers = [taker for taker in takers if taker[0].name not in _GENERAL] or takers
    if len(takers) == 1:
        return takers[0]
    if takers:
        _note_several(takers, problems)
    else:
        _note_none(place, documents, answers, problems)
    return None


def _ask(plan_format: PlanFormat, documents: Sequence[Document]) -> Recognition:
    concerned = matching(documents, plan_format)
    if concerned:
        return plan_format.recognises(concerned)
    return Recognition(reason=f"no file is called like {' or '.join(plan_format.patterns)}")


def _note_several(takers: Sequence[tuple[PlanFormat, Recognition]], problems: Problems) -> None:
    names = " and as a ".join(one.name for one, _ in takers)
    for _, answer in takers[:1]:
        problems.error(
            Location(answer.documents[0].path, 1, 0),
            "ambiguous-format",
            f"can be read as a {names}",
            "name one document, or take out what makes it look like the other",
        )


def _note_none(
    place: str,
    documents: Sequence[Document],
    answers: Sequence[tuple[PlanFormat, Recognition]],
    problems: Problems,
) -> None:
    path = documents[0].path if len(documents) == 1 else place
    problems.error(
        Location(path, 1 if len(documents) == 1 else 0, 0),
        "no-plan",
        "is no plan in any format that is known",
        "what each format looked for is told below",
    )
    for plan_format, answer in answers:
        at = answer.at or Location(path, 1 if len(documents) == 1 else 0, 0)
        problems.error(at, "not-this-format", f"is no {plan_format.name}: {answer.reason}")
