"""What a change of pytest's configuration made weaker: as far as a gate depends on it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from pytest_tracks.core.weakening import Weakening, lost

__all__ = ["weaker_settings"]

_Ini = Mapping[str, tuple[str, ...]]
_Planned = Mapping[str, object]
_NOTHING: _Planned = {}

_LOOSE = {
    "tracks_unverified": ("block", "open", "UNVERIFIED opens the gate"),
    "tracks_goal": ("all", "no-regression", "a run may leave tasks that are not PASS"),
}
"""Name → its default, the looser value, what that means."""
_IN_PLANS = ("tracks_unverified",)
"""What a plan's ``settings`` may say too."""
_OF_PLAN = "settings"
_PLACES = ("tracks_plan", "tracks_state", "tracks_sprints", "tracks_against")
_SELECTING = ("testpaths", "norecursedirs", "python_files", "python_classes", "python_functions")
_STEERING = ("pythonpath", "usefixtures", "required_plugins")
_STRICT = ("xfail_strict", "strict_xfail", "strict", "tracks_strict", "tracks_require_red")
_TRUE = ("true", "1", "yes", "on")
_DESELECTING = (
    "-k",
    "-m",
    "--deselect",
    "--ignore",
    "--ignore-glob",
    "-p",
    "--lf",
    "--sw",
    "-o",
    "-c",
)
_DESELECTING_LONG = (
    "--deselect=",
    "--ignore",
    "--last-failed",
    "--stepwise",
    "--override-ini",
    "--runxfail",
    "--tracks-",
    "--reruns",
    "--confcutdir",
    "--noconftest",
    "--co",
    "--setup-",
    "--fixtures",
    "--funcargs",
    "--markers",
    "--help",
    "--version",
    "--cache-show",
    "--rootdir",
    "--config-file",
    "--import-mode",
    "--assert=",
)


def weaker_settings(
    file: str,
    before: _Ini,
    after: _Ini,
    planned_before: _Planned = _NOTHING,
    planned_after: _Planned = _NOTHING,
) -> Iterator[Weakening]:
    """Compare ini values; ``file`` is where those of today stand.

    The others are the ``settings`` of the two plans, which hold where the ini values say nothing.
    """
    yield from _looser(file, (before, planned_before), (after, planned_after))
    for name in _PLACES:
        if before.get(name) != after.get(name):
            yield _changed(file, name, before, after, "is another")
    ignored = lost(after.get("tracks_digest_ignore", ()), before.get("tracks_digest_ignore", ()))
    if ignored:
        message = f"{file}: no verdict depends any more on {', '.join(ignored)}"
        name = "tracks_digest_ignore"
        yield Weakening(file, name, message, before.get(name), after.get(name))
    for name in _SELECTING:
        if before.get(name) != after.get(name):
            yield _changed(file, name, before, after, "selects other tests")
    for name in _STEERING:
        if before.get(name) != after.get(name):
            yield _changed(file, name, before, after, "can change what tests show")
    for name in _STRICT:
        if _is_on(before, name) and not _is_on(after, name):
            yield _changed(file, name, before, after, "is off")
    if _has_errors(before) and not _has_errors(after):
        yield _changed(file, "filterwarnings", before, after, "lets warnings pass")
    yield from _arguments(file, before, after)


def _looser(
    file: str, before: tuple[_Ini, _Planned], after: tuple[_Ini, _Planned]
) -> Iterator[Weakening]:
    for name, (default, loose, meaning) in _LOOSE.items():
        _, old = _in_force(name, default, *before)
        by, new = _in_force(name, default, *after)
        place = by or file
        if new == loose != old:
            yield Weakening(place, name, f"{place}: {name} = {loose}: {meaning}", (old,), (new,))


def _in_force(name: str, default: str, ini: _Ini, planned: _Planned) -> tuple[str, str]:
    """Return where a value stands, if that is the plan, and the value."""
    written = (ini.get(name) or ("",))[-1]
    if written or name not in _IN_PLANS or name not in planned:
        return "", written or default
    return _OF_PLAN, str(planned[name])


def _changed(file: str, name: str, before: _Ini, after: _Ini, how: str) -> Weakening:
    old, new = (" ".join(values.get(name, ())) or "not set" for values in (before, after))
    return Weakening(file, name, f"{file}: {name} {how}: {new}, was {old}", old, new)


def _is_on(values: _Ini, name: str) -> bool:
    return "".join(values.get(name, ())[-1:]).lower() in _TRUE


def _has_errors(values: _Ini) -> bool:
    return any(line.split(":")[0] == "error" for line in values.get("filterwarnings", ()))


def _arguments(file: str, before: _Ini, after: _Ini) -> Iterator[Weakening]:
    old, new = (_selecting(values.get("addopts", ())) for values in (before, after))
    more = lost(new, old)
    if more:
        message = f"{file}: addopts has {' '.join(more)}, by which tests can be left out"
        yield Weakening(file, "addopts", message, old, new)


def _selecting(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Pick the arguments that can keep tests from running, each with its value."""
    words = _words(lines)
    found = []
    for place, word in enumerate(words):
        if word in _DESELECTING:
            found.append(" ".join(words[place : place + 2]))
        elif word.startswith(_DESELECTING_LONG) or _is_joined(word):
            found.append(word)
    return tuple(found)


def _is_joined(word: str) -> bool:
    """Whether a short option carries its value with it: ``-kfast``."""
    return word[:2] in ("-k", "-m", "-p", "-o") and len(word) > 2 and word[1] != "-"


def _words(lines: tuple[str, ...]) -> list[str]:
    try:
        return [word for line in lines for word in shlex.split(line)]
    except ValueError:
        return [word for line in lines for word in line.split()]
