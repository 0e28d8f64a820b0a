"""What ``--tracks-report`` costs: its share of a real run of 2,000 tasks of 5 criteria each.

    python tests/benchmarks/report.py [--tasks N] [--folder DIR]

The items do nothing, so that the run is as short as it can be and the share as large; the time is
taken around the writing of the report, inside the run that made it. All times are processor time,
of all processes: the wall time of a busy machine says little.

A report is two files a task. What the file system takes for as many files of that size is measured
beside it: an ext4 without a journal, as of some virtual machines, takes ten times as long while
it looks through thousands of files that anybody deleted in the minute before. That is waited for,
two minutes at most; where the figure is a large part of the report's all the same, name another
folder.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

CRITERIA = 5
TRACKS = 2
SHARE_BAR = 0.05
SIZE_BAR = 2_000_000
"""Bytes of HTML; nothing was captured in this run."""
_FILE_SIZE = 800
_PROBES = 200
_SLOW = 100e-6
"""Seconds of processor time that making a file takes at most, where nothing is in its way."""
_WAIT = 10
_MOST_WAITS = 12
_CLOCK = """\
import pathlib, time
from pytest_tracks.plugin.report import ReportWriter

_write = ReportWriter.pytest_sessionfinish


def timed(self, session):
    begin = time.process_time()
    _write(self, session)
    pathlib.Path("{clock}").write_text(str(time.process_time() - begin))


timed.pytest_impl = _write.pytest_impl
ReportWriter.pytest_sessionfinish = timed
"""


def write_project(root: Path, tasks: int) -> None:
    """Write tasks in layers, each criterion bound to a test that does nothing."""
    (root / "docs" / "planning").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    names = [f"TASK-{number:04}" for number in range(tasks)]
    entries = [
        {
            "id": name,
            "title": f"Build part {number} of it",
            "depends_on": names[max(0, number - 12) : max(0, number - 10)],
            "estimated_hours": 1 + number % 7,
            "acceptance_criteria": [
                {
                    "text": f"Criterion {at} of {name} holds",
                    "test": f"tests/test_{number:04}.py::test_{at}",
                }
                for at in range(CRITERIA)
            ],
        }
        for number, name in enumerate(names)
    ]
    plan = {"project": "No-op", "tasks": entries}
    text = yaml.safe_dump(plan, sort_keys=False)
    (root / "docs" / "planning" / "tracks.yaml").write_text(text)
    for number in range(tasks):
        tests = [f"def test_{at}():\n    assert True\n" for at in range(CRITERIA)]
        (root / "tests" / f"test_{number:04}.py").write_text("\n\n".join(tests))


def measure(root: Path, *way: str) -> tuple[float, float]:
    """Run everything with a report; returns seconds of processor time: of the rest, of it."""
    clock = root.parent / "clock.txt"
    plugins = root.parent / "plugins"
    plugins.mkdir(exist_ok=True)
    (plugins / "report_clock.py").write_text(_CLOCK.replace("{clock}", clock.as_posix()))
    environment = {**os.environ, "PYTHONPATH": str(plugins)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "report_clock", "-p", "no:randomly"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*command, f"--tracks={TRACKS}", *way, "--tracks-rerun", "--tracks-report=out"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    whole = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    report = float(clock.read_text())
    return whole - report, report


def measure_files(folder: Path, count: int) -> float:
    """Write that many files as small as a report's; returns seconds of processor time."""
    folder.mkdir()
    begin = time.process_time()
    for number in range(count):
        (folder / f"{number}.md").write_bytes(bytes(_FILE_SIZE))
    return time.process_time() - begin


def settle(folder: Path) -> None:
    """Wait until making a file is as cheap as ever again."""
    os.sync()
    for attempt in range(_MOST_WAITS):
        if measure_files(folder / f"probe{attempt}", _PROBES) < _PROBES * _SLOW:
            return
        time.sleep(_WAIT)


def main() -> int:
    """Print the figures; the exit status is 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=2_000)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        missed = False
        for label, way in (("2 workers", ()), ("one process", ("-n", "0"))):
            root = Path(name) / label / "project"  # nothing recorded: the journal is read too
            write_project(root, arguments.tasks)
            settle(root.parent)
            run, report = measure(root, *way)
            alone = measure_files(root / "files", 2 * arguments.tasks)
            missed |= report > SHARE_BAR * run
            print(
                f"{label:<12} run {run:6.1f} s, report {report:5.2f} s:"
                f" {report / run:.1%} of it, bar {SHARE_BAR:.0%}"
                f" (as many files of zeros {alone:.2f} s)",
                flush=True,
            )
        size = (root / "out" / "index.html").stat().st_size
        print(f"index.html {size:,} bytes, bar {SIZE_BAR:,}")
        scaled_bar = SIZE_BAR * max(1, arguments.tasks / 2_000)
    return int(missed or size > scaled_bar)


if __name__ == "__main__":
    sys.exit(main())
