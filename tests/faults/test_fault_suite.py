"""The fault suite at the size of CI. Each harness must spare us and break what is naive.

It runs in a process of its own: it forks, fills disks and sends signals.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SUITE = Path(__file__).with_name("run.py")
SEED = "7"

pytestmark = pytest.mark.slow


def outcome(name: str, folder: Path, *more: str) -> dict[str, dict[str, Any]]:
    """Run one harness; returns what it counted, by the implementation that it broke."""
    options = ["--seed", SEED, "--size", "small", "--only", name, "--folder", str(folder), "--json"]
    ran = subprocess.run(
        [sys.executable, str(SUITE), *options, *more],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert ran.stdout, ran.stderr
    found: dict[str, dict[str, Any]] = json.loads(ran.stdout)[name]
    return found


def wrong(tally: dict[str, Any]) -> dict[str, Any]:
    """Pick what must not be there."""
    names = ("lost", "invented", "unreadable", "broken", "leftovers", "notes")
    return {name: tally[name] for name in names if tally[name]}


def test_fault_34_killed_at_random_moments(tmp_path: Path) -> None:
    found = outcome("random-kills", tmp_path)
    assert wrong(found["tracks"]) == {}
    assert found["tracks"]["rounds"] >= 40
    assert wrong(found["tracks, compacting"]) == {}
    assert found["tracks"]["acknowledged"] > 0
    assert wrong(found["plain write"]), "the harness sees what is lost"


def test_fault_34_killed_at_write_steps(tmp_path: Path) -> None:
    found = outcome("step-kills", tmp_path)
    assert wrong(found["tracks"]) == {}
    assert min(found["tracks"]["figures"].values()) > 50
    assert wrong(found["tracks, compacting"]) == {}
    assert wrong(found["plain write"])


def test_fault_34_35_killed_in_company(tmp_path: Path) -> None:
    found = outcome("company", tmp_path)
    assert wrong(found["tracks"]) == {}
    assert found["tracks"]["acknowledged"] > 0
    assert set(found["tracks"]["figures"]) == {"did merge", "did repair", "did compact"}
    assert wrong(found["plain write"])


def test_fault_35_eight_writers(tmp_path: Path) -> None:
    found = outcome("writers", tmp_path)
    assert wrong(found["tracks"]) == {}
    assert found["tracks"]["acknowledged"] == 8 * 60
    assert wrong(found["rename without lock"])


def test_fault_26_cut_off_at_every_byte(tmp_path: Path) -> None:
    found = outcome("truncation", tmp_path)
    assert wrong(found["tracks"]) == {}
    assert found["tracks"]["rounds"] > 1000
    assert wrong(found["plain write"])


def test_fault_39_merged_in_any_order(tmp_path: Path) -> None:
    found = outcome("merges", tmp_path)
    assert wrong(found["tracks"]) == {}
    assert found["tracks"]["rounds"] == 2 * 4
    assert wrong(found["last one wins"])


def test_fault_33_full_disk(tmp_path: Path) -> None:
    found = outcome("full-disk", tmp_path)
    for disk in ("files", "disk"):
        assert wrong(found[f"tracks, {disk}"]) == {}
        assert found[f"tracks, {disk}"]["figures"]["stopped in words"] > 10
        assert wrong(found[f"plain write, {disk}"])


def test_fault_33_full_disk_under_a_run(tmp_path: Path) -> None:
    found = outcome("full-disk-runs", tmp_path)
    assert wrong(found["tracks"]) == {}
    assert wrong(found["plain write"])


def test_fault_36_37_locks(tmp_path: Path) -> None:
    found = outcome("locks", tmp_path)
    assert wrong(found["tracks"]) == {}
    assert wrong(found["lock by existence"])


def test_fault_47_crashes(tmp_path: Path) -> None:
    found = outcome("crashes", tmp_path)
    assert wrong(found["tracks"]) == {}
    assert found["tracks"]["rounds"] == 4 * 3 + 2
    assert wrong(found["PASS is exit 0"])


CELLS = [
    "INT, in process",
    "INT twice, in process",
    "TERM, in process",
    "HUP, in process",
    "KILL, in process",
    "INT of a terminal, 3 workers",
    "HUP of a terminal, 3 workers",
    "KILL, 3 workers",
]
"""The others (a minute more) are in the suite's table."""


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="cannot look for orphans")
@pytest.mark.parametrize("cell", CELLS)
def test_fault_49_50_signals(cell: str, tmp_path: Path) -> None:
    found = outcome("signals", tmp_path, "--cell", cell)
    assert found["tracks"]["rounds"] == 1
    assert wrong(found["tracks"]) == {}
    assert all(wrong(tally) for who, tally in found.items() if who != "tracks")
