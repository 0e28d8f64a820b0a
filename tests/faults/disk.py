"""The disk is full, at every offset at which a write can meet it.

Two disks. One has room for files of N bytes: ``RLIMIT_FSIZE`` with SIGXFSZ ignored, so that it is
the kernel that cuts a write short and fails the next one. The other has room for N more bytes in
all, whatever file they go to, and says ENOSPC from there on: the calls that write are wrapped, and
write as many bytes as there is room for.
"""

from __future__ import annotations

import resource
import shutil
import signal
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from children import Ended, Reporter, run_child
from kills import Make
from ledger import Ledger, Tally
from room import Room
from spread import spread

from pytest_tracks.errors import StateError

__all__ = ["fill_files", "fill_the_disk"]

FAILED_IN_WORDS = 3
Full = Callable[[int], None]
"""Leaves this process so many bytes."""


def fill_files(make: Make, folder: Path, *, stride: int = 1, offset: int = 0) -> Tally:
    """Let a run meet the end of the largest file at each offset; what was there must stay."""
    template, before = _template(make, folder)
    largest = _largest(make, template, folder / "largest")
    limits = range(offset % stride, largest + stride, stride)
    tally = _fill(make, template, before, _limit_files, limits)
    tally.figures["largest file"] = largest
    return tally


def fill_the_disk(make: Make, folder: Path, *, stride: int = 1, offset: int = 0) -> Tally:
    """Let a run meet the end of the disk at each byte that it writes; what was there must stay."""
    template, before = _template(make, folder)
    needed = _needed(make, template, folder / "needed")
    limits = range(offset % stride, needed, stride)
    tally = _fill(make, template, before, _limit_disk, limits)
    tally.figures["bytes of a run"] = needed
    return tally


def _template(make: Make, folder: Path) -> tuple[Path, list[str]]:
    template = folder / "template"
    template.mkdir()
    return template, run_child(_run(make, template, 1, None, 0)).lines


def _fill(make: Make, template: Path, before: list[str], full: Full, limits: range) -> Tally:
    tally = Tally(figures={"stopped in words": 0, "rescued": 0})
    return spread(limits, partial(_meet, make, template, before, full), tally)


def _meet(
    make: Make, template: Path, before: list[str], full: Full, limit: int, tally: Tally
) -> None:
    root = template.with_name(f"at-{limit}")
    shutil.copytree(template, root)
    ledger = Ledger(tally)
    ledger.take(before)
    ended = run_child(_run(make, root, 2, full, limit))
    is_stopped = ended.status == FAILED_IN_WORDS
    tally.count("stopped in words", is_stopped)
    tally.count("rescued", _names_what_is_kept(ended, root, tally))
    _judge(make, root, ledger, ended, tally, f"limit {limit}")
    shutil.rmtree(root)


def _limit_files(limit: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def _limit_disk(limit: int) -> None:
    Room(limit).install()


def _run(
    make: Make, root: Path, number: int, full: Full | None, limit: int
) -> Callable[[Reporter], int]:
    def work(reporter: Reporter) -> int:
        if full is not None:
            full(limit)
        tempfile.tempdir = str(root)  # where rescued lines go
        try:
            _settle_some(make, root, reporter, number)
        except StateError as error:
            reporter.error(str(error))
            return FAILED_IN_WORDS
        return 0

    return work


def _settle_some(make: Make, root: Path, reporter: Reporter, number: int) -> None:
    subject = make(root)
    subject.begin()
    for place in range(2):
        task, verdict = f"T-{place}", f"{'PASS' if place else 'FAIL'}#{number}{place}"
        reporter.announce(task, verdict)
        subject.settle(task, verdict)
        reporter.acknowledge(task, verdict)
    subject.save()
    subject.end()


def _names_what_is_kept(ended: Ended, root: Path, tally: Tally) -> bool:
    """Whether lines were rescued: each file that is kept is named, and none that is not there."""
    kept = [str(path) for path in root.glob("pytest-tracks-rescued-*")]
    if ("rescued" in ended.error and not kept) or any(name not in ended.error for name in kept):
        tally.broken += 1
        tally.note(f"kept {kept}, said {ended.error}")
    return bool(kept)


def _largest(make: Make, template: Path, root: Path) -> int:
    """Measure up to which offset a run writes where nothing stops it."""
    shutil.copytree(template, root)
    run_child(_run(make, root, 2, None, 0))
    return max(path.stat().st_size for path in root.rglob("*") if path.is_file())


def _needed(make: Make, template: Path, root: Path) -> int:
    """Measure how many bytes a run writes where nothing stops it."""
    shutil.copytree(template, root)

    def work(reporter: Reporter) -> None:
        room = Room()
        room.install()
        _settle_some(make, root, reporter, 2)
        reporter.say(str(room.used))

    return int(run_child(work).lines[-1])


def _judge(
    make: Make,
    root: Path,
    ledger: Ledger,
    ended: Ended,
    tally: Tally,
    where: str,
) -> None:
    tally.rounds += 1
    ledger.take(ended.lines)
    if ended.status not in (0, FAILED_IN_WORDS):
        tally.broken += 1
        tally.note(f"{where}: the run ended with {ended.status} {ended.error}")
    try:
        ledger.judge(make.read(root), where)  # type: ignore[attr-defined]
    except Exception as error:
        tally.unreadable += 1
        tally.note(f"{where}: {type(error).__name__}: {error}")
    left = [path.name for path in root.rglob("*.tracks-tmp")]
    tally.leftovers += len(left)
    if left:
        tally.note(f"{where}: left behind: {', '.join(left)}")
