"""One ``NN-MM-PLAN.md``: its front matter and its ``<task>`` blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_tracks.core.tree import Items, Keys, Node, Problems, Scalar
from pytest_tracks.formats.document import Document
from pytest_tracks.formats.gsd_checks import must_haves, verified_by
from pytest_tracks.formats.loose_keys import LooseKeys, one_line
from pytest_tracks.formats.markdown import front_matter
from pytest_tracks.formats.markup import Element, Grammar, read_elements
from pytest_tracks.formats.node_building import Value, items, keys, text
from pytest_tracks.formats.owned_files import written_path

__all__ = ["GsdPlan", "as_task", "plan_id", "read_plan"]

_FILE_NAME = re.compile(r"(\d+(?:\.\d+)*[A-Za-z]?)-(\d+[A-Za-z]?)-PLAN\.md")
_NUMBER = re.compile(r"\d+(?:\.\d+)*[A-Za-z]?", re.ASCII)
_LONGEST_TITLE = 100
_GRAMMAR = Grammar(
    frozenset(
        [
            "objective",
            "execution_context",
            "context",
            "tasks",
            "task",
            "feature",
            "name",
            "files",
            "read_first",
            "action",
            "verify",
            "automated",
            "manual",
            "human",
            "done",
            "acceptance_criteria",
            "behavior",
            "implementation",
            "verification",
            "success_criteria",
            "output",
            "decision",
            "options",
            "option",
            "what-built",
            "how-to-verify",
            "instructions",
            "resume-signal",
            "interfaces",
            "threat_model",
        ]
    ),
    alone=frozenset({"task", "feature", "verify", "automated", "done", "action"}),
    outermost=frozenset(
        ["objective", "execution_context", "tasks", "verification", "success_criteria", "output"]
    ),
)


@dataclass(frozen=True, slots=True)
class GsdPlan:
    """A plan that has been parsed."""

    id: str
    phase: str
    """Number of its phase: ``02``, ``2.1``."""
    folder: str
    """Name of its phase: ``02-domain-models``."""
    wave: int | None
    front: LooseKeys
    depends_on: tuple[Node, ...]
    body: Element
    document: Document
    keys: Keys


def plan_id(phase: str, plan: str) -> str:
    """Write an id as file names do: ``02-01``."""
    return f"{phase}-{plan}"


def read_plan(document: Document, problems: Problems) -> GsdPlan | None:
    """Parse a plan; None where its front matter cannot be read, which is noted."""
    errors = len(problems.errors)
    front = front_matter(document, problems)
    if front is None:
        if len(problems.errors) == errors:
            problems.error(
                document.at(1),
                "no-front-matter",
                "the plan has no front matter",
                "begin it with '---', phase and plan, and end that with '---'",
            )
        return None
    loose = LooseKeys(front, problems)
    phase, plan = loose.text("phase"), loose.text("plan")
    name = _FILE_NAME.fullmatch(document.name)
    numbers = (name[1], name[2]) if name else _stated_numbers(phase, plan)
    if numbers is None:
        problems.error(
            front.location,
            "missing-key",
            "neither the file's name nor its front matter tells which plan it is",
            "call it 02-01-PLAN.md, or add phase: 02 and plan: 01",
        )
        return None
    return GsdPlan(
        id=plan_id(*numbers),
        phase=numbers[0],
        folder=phase.text if phase is not None else numbers[0],
        wave=_wave(loose, problems),
        front=loose,
        depends_on=loose.list("depends_on"),
        body=read_elements(document, _GRAMMAR, problems),
        document=document,
        keys=front,
    )


def _stated_numbers(phase: Scalar | None, plan: Scalar | None) -> tuple[str, str] | None:
    found = [_NUMBER.search(one.text) if one is not None else None for one in (phase, plan)]
    if found[0] is None or found[1] is None:
        return None
    return found[0][0], found[1][0]


def _wave(front: LooseKeys, problems: Problems) -> int | None:
    stated = front.text("wave")
    if stated is None:
        return None
    if re.fullmatch(r"\d{1,4}", stated.text, re.ASCII):
        return int(stated.text)
    problems.warn(
        stated.location, "no-wave", f"wave {stated.text!r} is no number", "it is not read"
    )
    return None


def as_task(plan: GsdPlan, predecessors: Sequence[Node], is_done: bool, problems: Problems) -> Keys:
    """Translate a plan whose order is known."""
    objective = _objective(plan)
    front = plan.front
    criteria = [
        *must_haves(front.take("must_haves"), problems),
        *verified_by(plan.body, plan.document, problems),
    ]
    if not criteria:
        criteria = [*_success(plan)] or [text(objective or plan.id, plan.keys.location)]
    pairs: dict[str, Value] = {
        "id": text(plan.id, plan.keys.location),
        "title": _title(objective) or plan.id,
        "description": objective,
        "depends_on": Items(tuple(predecessors), plan.keys.location) if predecessors else None,
        "component": f"phase {plan.phase}",
        "requirements": front.texts("requirements"),
        "files": _files(plan),
        "steps": [*_setup(front), *_steps(plan)],
        "status": "completed" if is_done else None,
        "acceptance_criteria": criteria,
        "source": front.rest(),
    }
    return keys(plan.keys.location, pairs)


def _objective(plan: GsdPlan) -> str:
    element = plan.body.first("objective")
    return one_line(element.text.split("\n\n")[0]) if element is not None else ""


def _title(objective: str) -> str:
    first = re.split(r"(?<=[.!?])\s|:\s", objective, maxsplit=1)[0].rstrip(".:")
    if len(first) <= _LONGEST_TITLE:
        return first
    return first[:_LONGEST_TITLE].rpartition(" ")[0] + " …"


def _files(plan: GsdPlan) -> Items | None:
    named = plan.front.texts("files_modified")
    entries = [
        (node.text, node) for node in (named.nodes if named else ()) if isinstance(node, Scalar)
    ]
    found = {path: node.location for said, node in entries if (path := written_path(said))}
    if not found:
        found = {
            path: plan.document.at(element.line)
            for element in plan.body.walk()
            if element.name == "files"
            for said in re.split(r"[,\n]", element.text)
            if (path := written_path(said))
        }
    nodes = [text(path, at) for path, at in found.items()]
    return items(nodes[0].location, nodes) if nodes else None


def _steps(plan: GsdPlan) -> Iterator[Node]:
    """Yield what is to be done, and when it counts as done."""
    for element in plan.body.walk():
        if element.name in ("task", "feature"):
            name = element.first("name", "what-built", "decision", "action")
            done = element.first("done")
            said = one_line(name.text) if name is not None else element.name
            if done is not None and done.text:
                said += f" (done when: {one_line(done.text)})"
            yield text(said, plan.document.at(element.line))


def _setup(front: LooseKeys) -> Iterator[Node]:
    """Yield what only a person can set up."""
    for node in front.list("user_setup"):
        entry = LooseKeys(node, Problems()) if isinstance(node, Keys) else None
        service = None if entry is None else entry.text("service", "name", "task")
        why = None if entry is None else entry.text("why", "details")
        said = [one.text for one in (service, why) if one is not None]
        if not said and isinstance(node, Scalar):
            said = [one_line(node.text)]
        if said:
            yield text(f"Set up {': '.join(said)}", node.location)


def _success(plan: GsdPlan) -> Iterator[Node]:
    """Yield the criteria of success as prose, for plans that state nothing else."""
    for name in ("success_criteria", "verification"):
        element = plan.body.first(name)
        lines = [] if element is None else element.text.split("\n")
        for line in lines:
            said = re.sub(r"^(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s*)?", "", line.strip())
            if said and element is not None:
                yield text(said, plan.document.at(element.line))
        if lines:
            return
