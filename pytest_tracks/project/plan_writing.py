"""Files that a command makes of a plan: all of them or none, and never over what is there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pytest_tracks.errors import UsageError
from pytest_tracks.project.plan_files import Change, PlanFiles

__all__ = ["write_new"]

_MOST_NAMED = 5


def write_new(root: Path, files: Mapping[str, str], *, force: bool) -> tuple[str, ...]:
    """Write texts to paths relative to ``root``; returns those that were written.

    What stands there word for word is left alone. Raises UsageError where a file exists and says
    something else (unless ``force``), where a path leads out of the root folder, or where one
    cannot be written; then none is.
    """
    real_root = Path(os.path.realpath(root))
    before = {path: _content(real_root, path) for path in files}
    changed = {path: text.encode() for path, text in files.items()}
    changed = {path: content for path, content in changed.items() if content != before[path]}
    taken = [path for path in changed if before[path] is not None]
    if taken and not force:
        named = ", ".join(taken[:_MOST_NAMED]) + (", …" if len(taken) > _MOST_NAMED else "")
        raise UsageError(f"{named}: there already (--force writes over; or choose another place)")
    changes = [Change(path, content, before[path]) for path, content in changed.items()]
    PlanFiles(real_root, "").apply(changes)
    return tuple(changed)


def _content(root: Path, path: str) -> bytes | None:
    target = Path(os.path.realpath(root / path))
    if not target.is_relative_to(root):
        raise UsageError(f"{path} is, by a symbolic link, outside the root folder")
    try:
        return target.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
