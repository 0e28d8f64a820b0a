"""The state file and the journal, cut off at every byte.

Nobody may be shown another verdict than the last one without being told that something is wrong:
an error or a warning is a detection, the same verdicts are harmless, anything else is silent.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from children import run_child
from kills import Make
from ledger import Tally
from subjects import FOLDER, Reading

__all__ = ["cut_everywhere"]

TRACKS = f"{FOLDER}/.tracks"


def cut_everywhere(make: Make, folder: Path, *, stride: int = 1, offset: int = 0) -> Tally:
    """Cut the state file (with its journal and, as in a fresh clone, without) and the journal."""
    tally = Tally()
    root = folder / "whole"
    root.mkdir()
    run_child(lambda _: _write(make, root))
    expected: Reading = make.read(root)  # type: ignore[attr-defined]
    path: Path = make.state_file(root)  # type: ignore[attr-defined]
    journal = root / TRACKS / "journal.jsonl"
    places = slice(offset % stride, None, stride)
    if journal.exists():
        _cut(make, root, path, expected, tally, "state file", places, keeps_all=True)
        _cut(make, root, journal, expected, tally, "journal", places)
        run_child(lambda _: _save(make, root))
        shutil.rmtree(root / TRACKS)
    expected = make.read(root)  # type: ignore[attr-defined]
    _cut(make, root, path, expected, tally, "state file alone", places)
    return tally


def _write(make: Make, root: Path) -> None:
    """Two runs, so that there is a last good copy; the second ends with the file behind."""
    for number in range(2):
        subject = make(root)
        subject.begin()
        for task in range(2):
            subject.settle(f"T-{task}", f"{'PASS' if task == number else 'FAIL'}#{number}{task}")
        subject.save()
        if number == 0:
            subject.end()
    subject.settle("T-1", "FAIL#99")
    subject.settle("T-2", "PASS#98")


def _save(make: Make, root: Path) -> None:
    subject = make(root)
    subject.begin()
    subject.end()


def _cut(
    make: Make,
    root: Path,
    path: Path,
    expected: Reading,
    tally: Tally,
    name: str,
    places: slice,
    *,
    keeps_all: bool = False,
) -> None:
    """Cut one file; with ``keeps_all`` even a detected damage must cost no verdict."""
    content = path.read_bytes()
    silent = 0
    for size in range(len(content))[places]:
        path.write_bytes(content[:size])
        tally.rounds += 1
        found = _read(make, root)
        told = found is None or bool(set(found.warnings) - set(expected.warnings))
        differs = found is None or found.verdicts != expected.verdicts
        if differs and (keeps_all or not told):
            silent += 1
            tally.note(f"{name} cut to {size} bytes: {found}")
    path.write_bytes(content)
    tally.lost += silent
    tally.figures[f"{name}: bytes"] = len(content)
    tally.figures[f"{name}: silent"] = silent


def _read(make: Make, root: Path) -> Reading | None:
    try:
        return make.read(root)  # type: ignore[attr-defined, no-any-return]
    except Exception:
        return None
