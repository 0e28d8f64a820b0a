"""Under the journal's lock: keep what would be lost, remove what a killed run has left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_tracks.state.durable import replace_file, sweep_temporaries
from pytest_tracks.state.recovery import LAST_GOOD

if TYPE_CHECKING:
    from pytest_tracks.state.snapshot import Snapshot

__all__ = ["keep_damaged", "keep_original", "sweep"]


def sweep(path: Path, folder: Path) -> None:
    """Remove what a killed run has left beside the state file and in the journal's folder."""
    sweep_temporaries(path.parent, path.name)
    sweep_temporaries(folder)


def keep_damaged(path: Path, stamp: str) -> None:
    """Keep a state file that cannot be read, before another takes its place."""
    if path.exists():
        kept = path.with_name(f"{path.name}.corrupt-{stamp}")
        replace_file(kept, path.read_bytes())


def keep_original(snapshot: Snapshot, folder: Path, stamp: str) -> None:
    """Keep a state file that this package did not write, or the last good one that it did."""
    content, backup = snapshot.content, folder / LAST_GOOD
    if content is not None and snapshot.is_legacy:
        replace_file(folder / f"before-{stamp}.yaml", content)
    elif content is not None and snapshot.is_intact and _content(backup) != content:
        replace_file(backup, content)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
