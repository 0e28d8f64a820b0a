"""What a PRD of planning agents says that ours does: features and requirements, by how needed.

::

    features:     {must_have: [{id: F001, name: …}], nice_to_have: [...]}
    requirements: {must_have: [{id: REQ-001, description: …}], should_have: [...]}  or a list
    success_metrics: [...]        success_criteria: {mvp_complete_when: [...]}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_tracks.core.tree import Items, Keys, Node, Problems, Scalar
from pytest_tracks.formats.loose_keys import LooseKeys, as_text, listed, snake
from pytest_tracks.formats.names import is_id
from pytest_tracks.formats.node_building import items, keys

__all__ = ["criteria_of_success", "known_requirements", "translate_prd"]

_NEEDED = frozenset({"must_have", "must", "must_haves", "critical", "p0"})
_NAMES = ("name", "title", "description", "text", "requirement")
_SUCCESS = frozenset({"success_metrics", "success_criteria"})
_COMPLETE = frozenset({"mvp_complete_when", "complete_when", "definition_of_done"})


def translate_prd(prds: Sequence[Keys], problems: Problems) -> Keys | None:
    """Make our PRD of all of them; None where there is none."""
    if not prds:
        return None
    found = [one for prd in prds for one in _requirements(prd, problems)]
    names = [name for prd in prds if (name := _project(prd)) is not None]
    return keys(
        prds[0].location,
        {"project": names[0] if names else None, "requirements": _unique(found)},
    )


def known_requirements(prd: Keys | None) -> frozenset[str]:
    """Give the ids that a translated PRD defines."""
    defined = None if prd is None else prd.get("requirements")
    names = [one.get("id") for one in listed(defined) if isinstance(one, Keys)]
    return frozenset(name.text for name in names if isinstance(name, Scalar))


def criteria_of_success(prds: Sequence[Keys]) -> Items | None:
    """Collect what must hold in the end, each as a prose criterion of the final review."""
    found = [text for prd in prds for text in _success(prd)]
    return items(found[0].location, found) if found else None


def _project(prd: Keys) -> Scalar | None:
    for key, value in prd:
        if snake(key.text) in ("project", "project_name", "name"):
            named = value.get("name") if isinstance(value, Keys) else value
            if isinstance(named, Scalar) and (name := as_text(named)) is not None:
                return name
    return None


def _requirements(prd: Keys, problems: Problems) -> Iterator[Keys]:
    for key, value in prd:
        if snake(key.text) in ("features", "requirements", "functional_requirements"):
            yield from _by_need(value, problems, needed=True)


def _by_need(node: Node, problems: Problems, *, needed: bool) -> Iterator[Keys]:
    """Read a list, or lists under ``must_have``, ``should_have``, …; texts without id are prose."""
    if isinstance(node, Keys) and node.get("id") is None:
        for key, value in node:
            yield from _by_need(value, problems, needed=snake(key.text) in _NEEDED)
        return
    for one in listed(node):
        if isinstance(one, Keys) and one.get("id") is not None:
            yield _requirement(one, problems, needed=needed)


def _requirement(node: Keys, problems: Problems, *, needed: bool) -> Keys:
    requirement = LooseKeys(node, problems)
    name = requirement.take("id")
    stated = requirement.text("must", "required")
    title = next((text for key in _NAMES if (text := requirement.text(key)) is not None), None)
    if stated is not None:
        needed = stated.text.lower() == "true"
    return keys(node.location, {"id": name, "title": title, "must": needed})


def _unique(found: Sequence[Keys]) -> list[Keys]:
    """Keep the first of each id: features and requirements of one PRD often repeat each other."""
    kept: dict[str, Keys] = {}
    for one in found:
        name = one.get("id")
        if isinstance(name, Scalar) and is_id(name.text):
            kept.setdefault(name.text, one)
    return list(kept.values())


def _success(prd: Keys) -> Iterator[Scalar]:
    for key, value in prd:
        if snake(key.text) not in _SUCCESS:
            continue
        lists: list[Node] = [value]
        if isinstance(value, Keys):
            lists = [inner for name, inner in value if snake(name.text) in _COMPLETE]
        for one in lists:
            yield from (text for entry in listed(one) if (text := _goal(entry)) is not None)


def _goal(entry: Node) -> Scalar | None:
    """Read a text, or ``{metric: …, target: …}``."""
    if isinstance(entry, Keys) and (metric := as_text(entry.get("metric"))) is not None:
        target = as_text(entry.get("target"))
        said = metric.text if target is None else f"{metric.text}: {target.text}"
        return Scalar(said, entry.location, plain=False)
    return as_text(entry)
