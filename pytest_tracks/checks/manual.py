"""``manual: true``: a person decides, by ``pytest-tracks sign-off``; PENDING until then.

::

    - {text: Security reviewed, manual: true, expires: 90d, covers: ["src/auth/**"]}

A signature is bound to the criterion's text and to the contents of what it ``covers`` (the
task's files where that is left out), so that an edit elsewhere does not void it. Whether there is
one is not looked up here but told by the controller: checks never read the state.
"""

from __future__ import annotations

import re

from pytest_tracks.checks.relative import read_path
from pytest_tracks.core.kinds import CheckContext, CheckResult
from pytest_tracks.core.model import Check, Criterion
from pytest_tracks.core.tree import Items, Keys, Node, Reader
from pytest_tracks.core.verdict import Outcome

__all__ = ["ManualKind"]

_EXPIRES = re.compile(r"([1-9]\d{0,3})\s*([dwmy])", re.ASCII)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


class ManualKind:
    """Criteria that a person decides; ``params`` may hold ``expires`` (days) and ``covers``."""

    name = "manual"
    options = frozenset({"expires", "covers"})

    def read(self, value: Node, criterion: Keys, reader: Reader) -> Check | None:
        """Type ``true``, the time that a signature is good for and the paths that it is about."""
        flag = reader.boolean(value, "'manual'")
        params: dict[str, object] = {}
        expires, covers = criterion.get("expires"), criterion.get("covers")
        if expires is not None:
            params["expires"] = _read_days(expires, reader)
        if covers is not None:
            params["covers"] = _read_covers(covers, reader)
        if flag is False:
            hint = "leave it out"
            reader.problems.error(value.location, "contradiction", "'manual: false' is none", hint)
        return Check(self.name, params) if flag and None not in params.values() else None

    def run(self, criterion: Criterion, context: CheckContext) -> CheckResult:
        """Say whether it is signed."""
        standing = context.remembered.standing
        if standing is not None and standing.is_signed:
            return CheckResult(Outcome.PASSED, evidence=(standing.words,))
        gap = standing.words if standing is not None else "not signed yet"
        fix = f"pytest-tracks sign-off {context.task} {criterion.id} --by NAME --note TEXT"
        return CheckResult(Outcome.PENDING, gap, recommended_fix=fix)


def _read_days(node: Node, reader: Reader) -> int | None:
    text = reader.text(node, "'expires'")
    if text is None:
        return None
    match = _EXPIRES.fullmatch(text.strip())
    if match is None:
        message = f"'expires' is {text.strip()!r}"
        reader.problems.error(node.location, "wrong-type", message, "write 90d, 12w, 6m or 1y")
        return None
    return int(match.group(1)) * _DAYS[match.group(2)]


def _read_covers(node: Node, reader: Reader) -> tuple[str, ...] | None:
    nodes = node.nodes if isinstance(node, Items) else (node,)
    if not nodes:
        reader.problems.error(node.location, "empty-list", "'covers' names no file")
    paths = [read_path(one, "'covers'", reader) for one in nodes]
    kept = tuple(path for path in paths if path is not None)
    return kept if kept and len(kept) == len(paths) else None
