"""What a change of one criterion's check made weaker.

Kinds of check are open, so their parameters are compared by shape: names that begin with ``min``
or ``max`` are thresholds, a list of demands may grow, a time to wait asks for nothing. Everything
else that differs is listed as changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_tracks.core.binding import covers
from pytest_tracks.core.model import Check
from pytest_tracks.core.weakening import Weakening, lost, plain

__all__ = ["weaker_check"]

_HARMLESS = frozenset({"timeout", "grace", "unit"})
"""How long to wait, and how a number is shown."""
_LOOSENING = ("max", "tolerance", "expires", "percent", "absolute")
_TIGHTENING = ("min",)
_DEMANDS = frozenset({"contains", "covers"})
"""Lists of which each item is asked for."""
_ALLOWANCES = ("tolerance", "serve", "allow", "covers")
"""What is new under these names asks for less, not more."""
_OTHERWISE = frozenset({"redirects", "method", "baseline.better"})
"""Where these are new, something else is asked for."""
_PROSE = "prose"
_ABSENT = object()


def weaker_check(key: str, before: Check, after: Check) -> Iterator[Weakening]:
    """Compare the checks of a criterion, called ``TASK-004/AC-002``."""
    if before.kind != after.kind:
        if before.kind != _PROSE:
            yield _other_kind(key, before, after)
        return
    if before.kind == "test":
        yield from _fewer_tests(key, before, after)
        return
    old, new = _flat(before.params), _flat(after.params)
    for name in dict.fromkeys((*old, *new)):
        values = old.get(name, _ABSENT), new.get(name, _ABSENT)
        if _ABSENT in values:
            yield from _come_or_gone(key, name, *values)
        else:
            yield from _changed(key, name, *values)


def _other_kind(key: str, before: Check, after: Check) -> Weakening:
    message = f"{key} is checked by {after.kind!r}, was {before.kind!r}"
    if after.kind == _PROSE:
        message = f"{key} has lost its check: it is prose, was {before.kind!r}"
    old = [before.kind, before.params]
    return Weakening(key, "check", message, old, [after.kind, after.params])


def _fewer_tests(key: str, before: Check, after: Check) -> Iterator[Weakening]:
    old, new = _ids(before), _ids(after)
    gone = tuple(one for one in old if not any(covers(other, one) for other in new))
    if gone:
        message = f"{key} is no longer checked by {', '.join(gone)}, but by {', '.join(new)}"
        yield Weakening(key, "test", message, old, new)


def _ids(check: Check) -> tuple[str, ...]:
    ids = check.params.get("ids", ())
    return tuple(map(str, ids)) if isinstance(ids, (list, tuple)) else (str(ids),)


def _flat(params: Mapping[str, object], above: str = "") -> dict[str, object]:
    """Name nested parameters by their path: ``json.status``."""
    found: dict[str, object] = {}
    for name, value in params.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{above}{name}.")
        else:
            found[f"{above}{name}"] = value
    return found


def _come_or_gone(key: str, name: str, before: object, after: object) -> Iterator[Weakening]:
    """List demands that are gone, and allowances that are new; the other way round is stricter."""
    leaf = name.rpartition(".")[2]
    is_allowance = leaf.startswith(_ALLOWANCES) or name in _OTHERWISE
    is_allowance |= name == "status" and _is_failure(after)
    if before is _ABSENT and is_allowance:
        yield Weakening(key, name, f"{key}: {name} is new: {_said(after)}", None, after)
    elif after is _ABSENT and not is_allowance and leaf not in _HARMLESS:
        yield Weakening(key, name, f"{key}: {name} is gone, was {_said(before)}", before)


def _is_failure(status: object) -> bool:
    """Whether a status is named that is none of success, which is what is asked for by itself."""
    return any(not one.startswith("2") for one in _texts(status))


def _changed(key: str, name: str, before: object, after: object) -> Iterator[Weakening]:
    leaf = name.rpartition(".")[2]
    if leaf in _HARMLESS or plain(before) == plain(after):
        return
    if leaf in _DEMANDS:
        gone = lost(_texts(before), _texts(after))
        if gone:
            message = f"{key}: {name} no longer asks for {', '.join(map(repr, gone))}"
            yield Weakening(key, name, message, before, after)
    elif not _is_tighter(leaf, before, after):
        message = f"{key}: {name} is {_said(after)}, was {_said(before)}"
        yield Weakening(key, name, message, before, after)


def _is_tighter(leaf: str, before: object, after: object) -> bool:
    """Whether a threshold was only moved to where less passes."""
    if not isinstance(before, (int, float)) or not isinstance(after, (int, float)):
        return False
    if leaf.startswith(_TIGHTENING):
        return after > before
    return leaf.startswith(_LOOSENING) and after < before


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else (str(value),)


def _said(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else repr(plain(value))
