"""The binding table: which real test serves which criterion, many to many.

Made in every process that collects, from the same plan and the same tests, hence equal in all of
them. The process that collects knows marks and node ids; the controller knows the state and
decides what of it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_tracks.core.model import Criterion, Plan
from pytest_tracks.core.nodeids import SEPARATOR, CriterionKey

__all__ = ["BOUND_KINDS", "Binder", "Binding", "BoundItem", "Claim", "covers", "prefixes"]

BOUND_KINDS = frozenset({"prose", "test", "mark"})
"""Kinds of check that are carried out by real tests, where any are bound."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a test's mark says: it serves this criterion; ``text`` where the mark states it."""

    key: CriterionKey
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """One edge of the table. ``by`` is ``mark`` for a criterion mark, else the check's kind."""

    key: CriterionKey
    by: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class BoundItem:
    """A collected test with all that it serves.

    ``handle`` is the id that the test runner uses for it (xdist may add a suffix to ``id``).
    """

    id: str
    handle: str
    selected: bool
    bindings: tuple[Binding, ...]


def prefixes(node_id: str) -> list[str]:
    """List what a ``test:`` check may call a test by: its id, function, class, file, folders."""
    path, _, inside = node_id.partition(SEPARATOR)
    names = [node_id]
    base = inside.split("[", 1)[0]
    while base:
        names.append(f"{path}{SEPARATOR}{base}")
        base = base.rpartition(SEPARATOR)[0]
    folder = path
    while folder:
        names.append(folder)
        folder = folder.rpartition("/")[0]
    names.append(".")
    return list(dict.fromkeys(names))


def covers(test_id: str, node_id: str) -> bool:
    """Whether a ``test:`` id names the node (a test, or a file or class that failed to load)."""
    return _normal(test_id) in prefixes(node_id)


def _normal(test_id: str) -> str:
    path, separator, inside = test_id.partition(SEPARATOR)
    steps = [step for step in path.split("/") if step not in ("", ".")]
    return ("/".join(steps) or ".") + separator + inside


@dataclass(slots=True)
class Binder:
    """Finds what a collected test serves, among the criteria that take part in this run."""

    by_id: dict[str, list[CriterionKey]] = field(default_factory=dict)
    by_mark: dict[str, list[CriterionKey]] = field(default_factory=dict)
    known: dict[CriterionKey, Criterion] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
    """Criteria that marks name and the plan does not have, in the order met."""

    @classmethod
    def of(cls, plan: Plan, taking_part: Iterable[CriterionKey]) -> Binder:
        """Prepare for the criteria that take part."""
        binder = cls()
        for key in taking_part:
            criterion = plan.tasks[key.task].criterion(key.criterion)
            binder.known[key] = criterion
            params = criterion.check.params
            if criterion.check.kind == "test":
                for test_id in _texts(params["ids"]):
                    binder.by_id.setdefault(_normal(test_id), []).append(key)
            elif criterion.check.kind == "mark":
                binder.by_mark.setdefault(str(params["expression"]), []).append(key)
        return binder

    def bind(
        self,
        node_id: str,
        claims: Sequence[Claim],
        matches: Callable[[str], bool],
        plan: Plan,
    ) -> tuple[Binding, ...]:
        """List what a test serves; ``matches`` evaluates a mark expression on it."""
        found: dict[CriterionKey, Binding] = {}
        for name in prefixes(node_id) if self.by_id else ():
            for key in self.by_id.get(name, ()):
                found.setdefault(key, Binding(key, "test"))
        for expression, keys in self.by_mark.items():
            if matches(expression):
                for key in keys:
                    found.setdefault(key, Binding(key, "mark-expression"))
        for claim in claims:
            self._claim(claim, found, plan)
        return tuple(found.values())

    def _claim(self, claim: Claim, found: dict[CriterionKey, Binding], plan: Plan) -> None:
        criterion = self.known.get(claim.key)
        if criterion is None:
            task = plan.tasks.get(claim.key.task)
            if task is None or all(one.id != claim.key.criterion for one in task.criteria):
                self.unknown.setdefault(str(claim.key))
        elif criterion.check.kind in BOUND_KINDS:
            found.setdefault(claim.key, Binding(claim.key, "mark", claim.text))
        else:
            self.unknown.setdefault(str(claim.key))


def is_usable(binding: Binding, criterion: Criterion, passed_texts: Mapping[str, str]) -> bool:
    """Whether a mark may stand for the criterion's text as it is now.

    A positional id slides when a line is inserted above it: a mark that states no text is good
    only as long as the text is the one of the recorded PASS (``passed_texts``: id → text).
    """
    if binding.by != "mark":
        return True
    if binding.text is not None:
        return binding.text == criterion.text
    if not criterion.positional:
        return True
    return passed_texts.get(criterion.id, criterion.text) == criterion.text


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, (tuple, list)) else (str(value),)
