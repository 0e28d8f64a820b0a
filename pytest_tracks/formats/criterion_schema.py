"""What an acceptance criterion may say: prose, or a text and one kind of check with its options."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_tracks.core.kinds import CheckKind
from pytest_tracks.core.model import COVERAGE_ID, Check, Criterion, Location
from pytest_tracks.core.tree import Keys, Node, Reader, Scalar, nearest
from pytest_tracks.formats.names import fold, read_id, shown

__all__ = ["CriterionSchema"]

_COMMON = frozenset({"id", "text", "allow", "require_red"})
_EXCEPTIONS = frozenset({"skip", "xfail", "flaky"})
_PROSE = Check()


class CriterionSchema:
    """Reads criteria with the kinds of check that are installed."""

    def __init__(self, reader: Reader, kinds: Mapping[str, CheckKind]) -> None:
        self._reader = reader
        # Prose is what has no kind key, not one of them.
        self._kinds = {key: kind for key, kind in kinds.items() if kind.name != _PROSE.kind}

    def read_all(self, node: Node) -> tuple[Criterion, ...]:
        """Read the criteria of one task; those with a problem are left out."""
        items = self._reader.items(node, "acceptance_criteria")
        read = [self._read(item, position) for position, item in enumerate(items or (), 1)]
        criteria = tuple(criterion for criterion in read if criterion is not None)
        self._refuse_collisions(criteria)
        return criteria

    def _read(self, node: Node, position: int) -> Criterion | None:
        positional = f"AC-{position:03d}"
        if not isinstance(node, Keys):
            text = self._reader.text(node, f"criterion {positional}")
            return None if text is None else Criterion(positional, text, _PROSE, node.location)
        errors_before = len(self._reader.problems.errors)
        explicit = self._read_id(node.get("id"))
        what = f"criterion {explicit or positional}"
        check = self._read_check(node, what)
        text = self._read_text(node, what)
        allow = self._read_allow(node.get("allow"), what)
        red = node.get("require_red")
        require_red = None if red is None else self._reader.boolean(red, f"require_red of {what}")
        if len(self._reader.problems.errors) > errors_before or check is None or text is None:
            return None
        name = explicit or positional
        return Criterion(
            name, text, check, node.location, explicit is None, allow, require_red=require_red
        )

    def _read_id(self, node: Node | None) -> str | None:
        if node is None:
            return None
        found = read_id(self._reader, node, "criterion id")
        if found is not None and fold(found) == COVERAGE_ID:
            self._reader.problems.error(
                node.location,
                "reserved-id",
                f"criterion id {found!r} is reserved for the task's coverage gate",
                "choose another id",
            )
            return None
        return found

    def _read_text(self, criterion: Keys, what: str) -> str | None:
        node = criterion.get("text")
        if node is not None:
            return self._reader.text(node, f"text of {what}")
        hint = "say in a sentence what must hold"
        if len(criterion.pairs) == 1 and criterion.pairs[0][0].text not in self._kinds:
            hint = "a prose criterion that holds ': ' must be quoted"
        self._reader.problems.error(criterion.location, "missing-key", f"{what} has no text", hint)
        return None

    def _read_check(self, criterion: Keys, what: str) -> Check | None:
        chosen = [(key, value) for key, value in criterion if key.text in self._kinds]
        options = _COMMON.union(*(self._kinds[key.text].options for key, _ in chosen))
        known = options | self._kinds.keys()
        fine = True
        for key, _ in criterion:
            if key.text not in known:
                fine = False
                self._note_unknown(key, known, what)
        if len(chosen) > 1:
            self._note_two_kinds(chosen[1][0], chosen[0][0].text, what)
            return None
        if not fine:
            return None
        if not chosen:
            return _PROSE
        key, value = chosen[0]
        return self._ask(self._kinds[key.text], value, criterion, key.location)

    def _ask(
        self, kind: CheckKind, value: Node, criterion: Keys, location: Location
    ) -> Check | None:
        problems = self._reader.problems
        errors_before = len(problems.errors)
        check = kind.read(value, criterion, self._reader)
        if check is None and len(problems.errors) == errors_before:
            # A kind of a third party that refuses without a word must not end as prose.
            problems.error(location, "bad-check", f"check {kind.name!r} cannot be used as written")
        return check

    def _note_unknown(self, key: Scalar, known: frozenset[str], what: str) -> None:
        owners = sorted(name for name, kind in self._kinds.items() if key.text in kind.options)
        if owners and not nearest(key.text, known, cutoff=0.8):
            self._reader.problems.error(
                key.location,
                "unknown-key",
                f"{what} has no key {key.text!r}",
                f"it goes with a check of kind {' or '.join(owners)}",
            )
        else:
            self._reader.unknown(key, known, what)

    def _note_two_kinds(self, second: Scalar, first: str, what: str) -> None:
        self._reader.problems.error(
            second.location,
            "two-checks",
            f"{what} has two checks: {first!r} and {second.text!r}",
            "make two criteria of it",
        )

    def _read_allow(self, node: Node | None, what: str) -> frozenset[str]:
        if node is None:
            return frozenset()
        words = self._reader.texts(node, f"allow of {what}") or ()
        for word in words:
            if word not in _EXCEPTIONS:
                match = nearest(word[:20], _EXCEPTIONS)
                self._reader.problems.error(
                    node.location,
                    "unknown-value",
                    f"allow of {what} knows no {shown(word)}",
                    f"did you mean {match!r}?" if match else "known: flaky, skip, xfail",
                )
        return frozenset(words)

    def _refuse_collisions(self, criteria: tuple[Criterion, ...]) -> None:
        seen: dict[str, Criterion] = {}
        for criterion in criteria:
            first = seen.setdefault(fold(criterion.id), criterion)
            if first is not criterion:
                self._reader.problems.error(
                    criterion.location,
                    "duplicate-id",
                    f"criterion id {criterion.id!r} is also that of line {first.location.line}"
                    + (" (by its position)" if first.positional else ""),
                    "give one of them another id",
                )
