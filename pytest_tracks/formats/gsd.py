"""GSD's executable plans: ``.planning/phases/02-models/02-01-PLAN.md``, one task of ours each.

::

    front matter   depends_on, files_modified, requirements, wave
                   must_haves: truths       prose      artifacts   file      key_links   file
    <task>         a step; its <verify>     run, where it is <automated> or shell code; else prose
                   checkpoint:…             manual
    ROADMAP.md     the order of phases, what is ticked     REQUIREMENTS.md   requirements

Phases come one after another, as the roadmap says: the first plans of a phase wait for the last
ones of the phase before. Within a phase ``depends_on`` says what waits, and where a plan's wave is
later than that explains, it waits for the wave before.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.document import Document, PlanTree, Recognition
from pytest_tracks.formats.gsd_order import order_plans
from pytest_tracks.formats.gsd_plan import GsdPlan, as_task, read_plan
from pytest_tracks.formats.gsd_roadmap import read_requirements, read_roadmap
from pytest_tracks.formats.outside import close_open_edges, define_requirements

__all__ = ["Gsd"]

_SIGNS = re.compile(r"^\s*<(?:objective|tasks|task)\b|^must_haves:", re.MULTILINE)
_SUMMARY = "-SUMMARY.md"


class Gsd:
    """Reads a folder ``.planning``, a phase of it, or one plan."""

    name = "GSD plan"
    patterns: tuple[str, ...] = ("*PLAN.md", f"*{_SUMMARY}", "ROADMAP.md", "REQUIREMENTS.md")

    def recognises(self, documents: Sequence[Document]) -> Recognition:
        """Take the plans, and with them roadmap, requirements and summaries."""
        plans = [one for one in documents if _is_plan(one)]
        if not plans:
            first = documents[0].at(1) if len(documents) == 1 else None
            reason = "no …PLAN.md has front matter with <objective>, <tasks> or must_haves"
            return Recognition(reason=reason, at=first)
        beside = [one for one in documents if one not in plans and not one.name.endswith("PLAN.md")]
        return Recognition((*plans, *beside))

    def read(self, documents: Sequence[Document], problems: Problems) -> PlanTree | None:
        """Translate all plans; None where the front matter of one cannot be read."""
        plans = [read_plan(one, problems) for one in documents if _is_plan(one)]
        found = [plan for plan in plans if plan is not None]
        if len(found) < len(plans):
            return None
        roadmap = read_roadmap(_named(documents, "ROADMAP.md"))
        done = roadmap.done | _summarised(documents, found)
        predecessors = order_plans(found, roadmap, problems)
        tasks = close_open_edges(
            [as_task(one, predecessors[one.id], one.id in done, problems) for one in found],
            problems,
        )
        defined = read_requirements(_named(documents, "REQUIREMENTS.md"))
        return PlanTree(tasks=tasks, requirements=define_requirements(tasks, defined))


def _is_plan(document: Document) -> bool:
    is_named = document.name.endswith("PLAN.md")
    return is_named and document.text.startswith("---") and bool(_SIGNS.search(document.text))


def _named(documents: Sequence[Document], name: str) -> list[Document]:
    return [one for one in documents if one.name == name]


def _summarised(documents: Sequence[Document], plans: Sequence[GsdPlan]) -> frozenset[str]:
    """Name the plans beside which a summary of the work stands."""
    summaries = {one.path for one in documents if one.name.endswith(_SUMMARY)}
    return frozenset(
        plan.id
        for plan in plans
        if posixpath.join(
            posixpath.dirname(plan.document.path),
            plan.document.name.removesuffix("-PLAN.md") + _SUMMARY,
        )
        in summaries
    )
