"""In which order GSD's plans come: ``depends_on``, then waves, then phases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from pytest_tracks.core.tree import Node, Problems, Scalar
from pytest_tracks.formats.gsd_plan import GsdPlan
from pytest_tracks.formats.gsd_roadmap import Roadmap, phase_key
from pytest_tracks.formats.node_building import text

__all__ = ["order_plans"]

_PLAN = re.compile(r"(\d+(?:\.\d+)*[A-Za-z]?)-(\d+[A-Za-z]?)(?![\d.])")
_ALONE = re.compile(r"(?:plan[\s-]*)?(\d+[A-Za-z]?)", re.IGNORECASE)
_PHASE = re.compile(r"(?:phase[\s-]*)?(\d+(?:\.\d+)*[A-Za-z]?)(?:-[A-Za-z].*)?", re.IGNORECASE)


def order_plans(
    plans: Sequence[GsdPlan], roadmap: Roadmap, problems: Problems
) -> Mapping[str, tuple[Node, ...]]:
    """Name every plan's predecessors, each at the place that says so."""
    order = _Order(plans)
    stated = {plan.id: order.stated(plan) for plan in plans}
    for plan in plans:
        stated[plan.id] += order.missing_wave(plan, stated[plan.id], problems)
    firsts = {plan.id: order.phase_before(plan, stated, roadmap) for plan in plans}
    return {name: (*found, *firsts[name]) for name, found in stated.items()}


class _Order:
    """Knows the plans by number and by phase."""

    def __init__(self, plans: Sequence[GsdPlan]) -> None:
        self._by_number = {_number(plan.phase, plan.id.rpartition("-")[2]): plan for plan in plans}
        self._phases: dict[tuple[float, ...], list[GsdPlan]] = {}
        for plan in sorted(plans, key=lambda one: phase_key(one.phase)):
            self._phases.setdefault(phase_key(plan.phase), []).append(plan)

    def stated(self, plan: GsdPlan) -> list[Node]:
        """Read ``depends_on``: ``02-01``, ``01`` of the same phase, or a whole phase."""
        return [one for node in plan.depends_on for one in self._meant(plan, node)]

    def _meant(self, plan: GsdPlan, node: Node) -> Iterable[Node]:
        if not isinstance(node, Scalar) or node.text.strip().lower() in ("none", ""):
            return [] if isinstance(node, Scalar) else [node]
        said = node.text.strip().removesuffix(".md").removesuffix("-PLAN")
        if full := _PLAN.match(said):
            found = self._by_number.get(_number(full[1], full[2]))
            return [text(found.id if found else full[0], node.location)]
        if alone := _ALONE.fullmatch(said):
            found = self._by_number.get(_number(plan.phase, alone[1]))
            return [text(found.id if found else f"{plan.phase}-{alone[1]}", node.location)]
        phase = _PHASE.fullmatch(said)
        whole = self._phases.get(phase_key(phase[1]), []) if phase else []
        return [text(one.id, node.location) for one in whole] or [node]

    def missing_wave(self, plan: GsdPlan, stated: Sequence[Node], problems: Problems) -> list[Node]:
        """Find what a plan waits for by its wave, where nothing that it names is of that wave."""
        phase = self._phases[phase_key(plan.phase)]
        waves = {one.id: one.wave for one in phase if one.wave is not None}
        if plan.wave is None:
            return []
        earlier = [wave for wave in waves.values() if wave < plan.wave]
        named = [waves.get(one.text) for one in stated if isinstance(one, Scalar)]
        if not earlier or max(earlier) in named:
            return []
        at = plan.keys.get("wave")
        place = plan.keys.location if at is None else at.location
        waiting = [one.id for one in phase if one.wave == max(earlier)]
        problems.warn(
            place,
            "wave-without-edge",
            f"{plan.id} is of wave {plan.wave} and names no plan of wave {max(earlier)}",
            f"it waits for {', '.join(waiting)}: name what it needs in depends_on",
        )
        return [text(one, place) for one in waiting]

    def phase_before(
        self, plan: GsdPlan, stated: Mapping[str, Sequence[Node]], roadmap: Roadmap
    ) -> list[Node]:
        """Name the last plans of the phases before, for the first plans of a phase."""
        own = phase_key(plan.phase)
        if _ids(stated[plan.id]) & {one.id for one in self._phases[own]}:
            return []
        before = roadmap.before.get(own)
        if before is None:
            lower = [key for key in self._phases if key < own]
            before = (max(lower),) if lower else ()
        known = _ids(stated[plan.id])
        last = [one for key in before for one in self._last_of(key, stated)]
        return [text(one, plan.keys.location) for one in last if one not in known]

    def _last_of(self, key: tuple[float, ...], stated: Mapping[str, Sequence[Node]]) -> list[str]:
        phase = [one.id for one in self._phases.get(key, [])]
        awaited = {name for one in phase for name in _ids(stated[one])}
        return [one for one in phase if one not in awaited]


def _ids(nodes: Sequence[Node]) -> set[str]:
    return {node.text for node in nodes if isinstance(node, Scalar)}


def _number(phase: str, plan: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return phase_key(phase), phase_key(plan)
