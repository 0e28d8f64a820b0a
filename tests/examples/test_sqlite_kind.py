"""``examples/sqlite_kind``: a kind of check by somebody else passes its own tests here."""

import os
import re
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "sqlite_kind"


def installed(folder: Path) -> str:
    """Leave in a folder what installing the example leaves; return the path to import from."""
    text = (EXAMPLE / "pyproject.toml").read_text(encoding="utf-8")
    name, version = (re.search(rf'^{key} = "(.+)"', text, re.M)[1] for key in ("name", "version"))
    points = re.search(r"^\[project.entry-points.pytest11\]\n(.+)", text, re.M)[1]
    about = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (about / "entry_points.txt").write_text(f"[pytest11]\n{points.replace(chr(34), '')}\n")
    (folder / "pytest_tracks_sqlite.py").symlink_to(EXAMPLE / "pytest_tracks_sqlite.py")
    return str(folder)


def test_its_own_tests_pass(tmp_path_factory):
    outer = ("PYTEST_", "TRACKS_", "COV_CORE_", "COVERAGE_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(outer)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"],
        cwd=EXAMPLE,
        env={
            **kept,
            "PYTHONPATH": installed(tmp_path_factory.mktemp("site")),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^3 passed", done.stdout, re.MULTILINE)
