"""Imports go untraced only where nothing of them is measured."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import pytest_tracks
from pytest_tracks.plugin.untraced import IMPORTED, import_untraced, is_of_no_interest

OURS = Path(pytest_tracks.__file__).parent


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (["src"], True),
        (["src", "shop.cart"], True),
        ([], False),
        ([str(OURS)], False),
        ([str(OURS / "plugin")], False),
        ([str(OURS.parent)], False),
        (["src", os.path.dirname(yaml.__file__)], False),
        (["pytest_tracks"], False),
        (["yaml.nodes"], False),
        (["json"], False),
        ([os.path.dirname(os.__file__)], False),
    ],
)
def test_what_is_measured_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: list[str], expected: bool
) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    assert is_of_no_interest(source) is expected


_CLOSURE = """
import sys
import pytest, xdist.plugin, coverage.control
before = set(sys.modules)
import pytest_tracks.plugin.activation, pytest_tracks.plugin.worker
import pytest_tracks.plugin.coverage_meter
names = {name.partition(".")[0] for name in set(sys.modules) - before}
files = {n for n in names if getattr(sys.modules.get(n), "__file__", None)}
print(*sorted(files - set(sys.stdlib_module_names)))
"""


def test_nothing_else_is_imported_untraced() -> None:
    ran = subprocess.run([sys.executable, "-c", _CLOSURE], capture_output=True, check=True)
    brought = {name for name in ran.stdout.decode().split() if not name.startswith("_")}
    assert "pytest_tracks" in brought
    assert brought <= {*IMPORTED, "coverage"}


def test_without_a_measurement_the_tracer_stays() -> None:
    seen = []
    before = sys.gettrace()

    def trace(frame: object, event: str, argument: object) -> None:
        seen.append(event)

    sys.settrace(trace)
    try:
        module = import_untraced("pytest_tracks.plugin.untraced")
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is trace
    assert seen
    assert module.__name__ == "pytest_tracks.plugin.untraced"
