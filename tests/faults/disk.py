"""The disk is full, at every offset at which a write can meet it.

``RLIMIT_FSIZE`` with SIGXFSZ ignored: a write beyond the limit is cut short, the next one fails.
The errors are those of a full disk (but for the number), and come where one says.
"""

from __future__ import annotations

import resource
import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

from children import Ended, Reporter, run_child
from kills import Make
from ledger import Ledger, Tally

from pytest_tracks.errors import StateError

__all__ = ["fill_the_disk"]

FAILED_IN_WORDS = 3


def fill_the_disk(make: Make, folder: Path, *, stride: int = 1, offset: int = 0) -> Tally:
    """Let a run meet a full disk at each offset; what was there before must stay."""
    tally = Tally()
    template = folder / "template"
    template.mkdir()
    before = run_child(_run(make, template, 1, None)).lines
    largest = _largest(make, template, folder / "largest")
    stopped = named = 0
    for limit in range(offset % stride, largest + stride, stride):
        root = folder / f"at-{limit}"
        shutil.copytree(template, root)
        ledger = Ledger(tally)
        ledger.take(before)
        ended = run_child(_run(make, root, 2, limit))
        stopped += ended.status == FAILED_IN_WORDS
        named += _names_what_is_kept(ended, root, tally)
        _judge(make, root, ledger, ended, tally, f"limit {limit}")
        shutil.rmtree(root)
    tally.figures = {"largest file": largest, "stopped in words": stopped, "rescued": named}
    return tally


def _run(make: Make, root: Path, number: int, limit: int | None) -> Callable[[Reporter], int]:
    def work(reporter: Reporter) -> int:
        if limit is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
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
    run_child(_run(make, root, 2, None))
    return max(path.stat().st_size for path in root.rglob("*") if path.is_file())


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
