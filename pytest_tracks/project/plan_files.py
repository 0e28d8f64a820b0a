"""The files that a planning becomes: sprint files and ``SPRINT_OVERVIEW.md``.

::

    # Written by pytest-tracks plan; checksum 5e0c…       first line: of all that follows
    id: SPRINT-001-01
    …

A file whose first line does not fit what follows is a person's: it is neither changed nor removed
unless that is forced. The planning has kept such sprints as they are (see ``core.sprints``), so
that what is written beside them agrees with them.
"""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_tracks.core.model import Plan, Sprint
from pytest_tracks.core.planning import Planning
from pytest_tracks.core.sprints import CutSprint
from pytest_tracks.errors import UsageError
from pytest_tracks.reports.plan_overview import overview_text

__all__ = ["OVERVIEW", "Change", "PlanFiles", "is_untouched"]

OVERVIEW = "SPRINT_OVERVIEW.md"

_MOST_SPRINTS = 999
"""Sprint ids give the number three digits."""
_SEAL = re.compile(rb"(?:# |<!-- )Written by pytest-tracks plan; checksum ([0-9a-f]{16})[^\n]*\n")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_NOT_PLAIN = frozenset({"none", "null", "true", "false", "yes", "no", "on", "off"})
_TEMPORARY = ".tracks-tmp"


def is_untouched(content: bytes) -> bool:
    """Whether a file is, byte for byte, what a planning has written."""
    seal = _SEAL.match(content)
    return seal is not None and seal[1].decode() == _checksum(content[seal.end() :])


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _sealed(text: str, comment: str) -> bytes:
    content = text.encode()
    words = f"Written by pytest-tracks plan; checksum {_checksum(content)}"
    return f"{comment.format(words)}\n".encode() + content


@dataclass(frozen=True, slots=True)
class Change:
    """A file that is to be written, or removed where ``content`` is None."""

    path: str
    content: bytes | None
    before: bytes | None
    """What it held; None where there was none."""


class PlanFiles:
    """The files of a project's sprints. Paths are relative to ``root``."""

    def __init__(self, root: Path, folder: str) -> None:
        self.root, self.folder = root, folder

    def given_sprints(self, plan: Plan) -> tuple[Sprint, ...]:
        """Pick the plan's sprints whose files a person has written or changed."""
        return tuple(sprint for sprint in plan.sprints if not self._is_ours(sprint.location.path))

    def changes(self, planning: Planning, plan: Plan, *, force: bool) -> tuple[Change, ...]:
        """Compare what is there with what the planning would write; nothing is written yet.

        ``plan`` is the plan as it was loaded, with all its sprints. Raises UsageError for a
        person's sprint that the planning could not keep, and for what no sprint file can hold.
        """
        wanted = dict(self._wanted(planning))
        stale = [s.location.path for s in plan.sprints if s.location.path not in wanted]
        if not force:
            self._refuse_disagreement(planning, plan)
        found = {path: self._content(path) for path in (*wanted, *stale)}
        return tuple(
            Change(path, wanted.get(path), before)
            for path, before in found.items()
            if before != wanted.get(path) and (force or before is None or is_untouched(before))
        )

    def kept(self, planning: Planning) -> tuple[str, ...]:
        """Name the files that the planning would write otherwise but a person has changed."""
        found = ((path, self._content(path), content) for path, content in self._wanted(planning))
        return tuple(
            path
            for path, before, content in found
            if before is not None and before != content and not is_untouched(before)
        )

    def apply(self, changes: Sequence[Change]) -> None:
        """Make the changes, each file in one step; none where one of them cannot be written.

        Raises UsageError.
        """
        staged: list[tuple[Path, Path]] = []
        try:
            for change in changes:
                if change.content is not None:
                    staged.append(_stage(self.root / change.path, change.content))
        except OSError as error:
            for temporary, _ in staged:
                temporary.unlink(missing_ok=True)
            raise UsageError(f"cannot write {change.path}: {error.strerror}") from error
        for temporary, target in staged:
            os.replace(temporary, target)
        for change in changes:
            if change.content is None:
                (self.root / change.path).unlink(missing_ok=True)

    def undo(self, changes: Sequence[Change]) -> None:
        """Put back what was there before."""
        self.apply([Change(one.path, one.before, one.content) for one in changes])

    def _is_ours(self, path: str) -> bool:
        content = self._content(path)
        return content is not None and is_untouched(content)

    def _content(self, path: str) -> bytes | None:
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from error

    def _wanted(self, planning: Planning) -> Iterator[tuple[str, bytes]]:
        for sprint in planning.sprints:
            if sprint.number > _MOST_SPRINTS:
                raise UsageError(
                    f"{sprint.id}: a track has {_MOST_SPRINTS} sprints at most;"
                    " ask for longer ones with --sprint-hours"
                )
            path = posixpath.join(self.folder, f"{sprint.id}.yaml")
            yield path, _sealed(_sprint_text(sprint), "# {}")
        overview = posixpath.join(self.folder, OVERVIEW)
        yield overview, _sealed(overview_text(planning), "<!-- {} -->")

    def _refuse_disagreement(self, planning: Planning, plan: Plan) -> None:
        """Two files must not hold the same task, nor none of them."""
        planned = {sprint.id: sprint.tasks for sprint in planning.sprints}
        for sprint in self.given_sprints(plan):
            if planned.get(sprint.id) != sprint.tasks:
                raise UsageError(
                    f"{sprint.location.path} was changed by hand and does not fit this plan of"
                    f" {planning.used} tracks: change or remove it, or write over it with --force"
                )


def _stage(target: Path, content: bytes) -> tuple[Path, Path]:
    """Write a content beside its target, durably."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}{_TEMPORARY}")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary, target


def _sprint_text(sprint: CutSprint) -> str:
    fields: Mapping[str, str] = {
        "id": sprint.id,
        "title": _scalar(sprint.title),
        "track": str(sprint.track),
    }
    lines = [f"{key}: {value}\n" for key, value in fields.items()]
    lines.append("tasks:\n" if sprint.tasks else "tasks: []\n")
    lines += [f"  - {_scalar(task)}\n" for task in sprint.tasks]
    return "".join(lines)


def _scalar(text: str) -> str:
    """Write a text in YAML: plain where that cannot be misread, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_PLAIN:
        return text
    return "".join(map(_shown, json.dumps(text, ensure_ascii=False)))


def _shown(character: str) -> str:
    """Escape what YAML takes for a line end or does not allow; JSON knows no escape for all."""
    return character if character.isprintable() else f"\\U{ord(character):08x}"
