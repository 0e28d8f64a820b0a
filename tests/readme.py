"""The README as data: its tutorial and its transcripts.

``python tests/readme.py`` runs the example and writes the transcripts anew, with a line ``[…]`` for
what is left out; the tests run the tutorial and see that the transcripts still say what a run says.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"

_BLOCK = re.compile(r"<!-- (file|run): (\S+) -->\n```\w+\n(.*?)```\n", re.DOTALL)
_TRANSCRIPT = re.compile(r"(<!-- transcript: (\w+) -->\n).*?(<!-- /transcript -->)", re.DOTALL)
_MACHINE = re.compile(
    r"^(platform|rootdir|plugins|configfile|cachedir|created|testpaths|Using --random)"
)
_LEFT_OUT = "[…]\n"
_CUTS = {
    "broken": (
        r"(?<=BLOCKED  by TASK-016, SYNC-01\n)(?:\S.*\n)+",
        r"^Track 2 (?:.*\n)+?(?=^No track)",
    ),
    "mended": (
        r"^plan: (?:.*\n)+?(?=^recorded: )",
        r"(?<=\(skipping\)\n)(?:TASK-\S+ .* done .*\n)+(?=TASK-\S+ .* done )",
        r"^Track 1 (?:.*\n)+?(?=^-{20})",
        r"^Detecting languages(?:.*\n)+?(?=^=+\n)",
        r"^Overall Statistics:\n(?:.*\n)+?(?=^Ready for)",
    ),
}
"""What a transcript leaves out: the tracks, the tasks and the lines in which nothing happens."""
_PLAIN = ("-p", "no:randomly", "-p", "no:sugar", "-p", "no:cacheprovider")


class Step(NamedTuple):
    """One step of the tutorial: a file to write, or a command with its exit status."""

    kind: str
    name: str
    text: str


def tutorial() -> Iterator[Step]:
    for match in _BLOCK.finditer(README.read_text(encoding="utf-8")):
        yield Step(*match.groups())


def commands(text: str) -> list[list[str]]:
    """Take the lines of a console block that begin with a prompt."""
    return [line[2:].split() for line in text.splitlines() if line.startswith("$ ")]


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the README with this Python, 80 columns wide and without a terminal."""
    name, *arguments = command
    program = {"pytest": ["-m", "pytest", *_PLAIN], "pytest-tracks": ["-m", "pytest_tracks"]}[name]
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "TRACKS", "COV"))
    }
    return subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=folder,
        env={**inherited, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def transcripts() -> dict[str, str]:
    """Break the example, run it, mend it, run it again."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        shutil.copytree(
            ROOT / "examples" / "ecommerce",
            shop,
            ignore=shutil.ignore_patterns(".tracks", ".project-state.yaml", "__pycache__"),
        )
        auth = shop / "shop" / "auth.py"
        whole = auth.read_text(encoding="utf-8")
        auth.write_text(whole.replace("/api/auth/reset", "/api/auth/rest"), encoding="utf-8")
        command = ["pytest", "--tracks=3", "--tb=no"]
        broken = run(command, shop)
        auth.write_text(whole, encoding="utf-8")
        mended = run(command, shop)
    return {"broken": shown(broken.stdout, folder), "mended": shown(mended.stdout, folder)}


def shown(output: str, folder: str) -> str:
    """Leave out what is of this machine; everything else stands as it was printed."""
    lines = [line for line in output.splitlines() if not _MACHINE.match(line)]
    return "\n".join(["$ pytest --tracks=3 --tb=no", *lines]).replace(folder, "").rstrip() + "\n"


def cut(name: str, transcript: str) -> str:
    """Put a line in place of what a transcript leaves out."""
    for pattern in _CUTS[name]:
        transcript = re.sub(pattern, _LEFT_OUT, transcript, count=1, flags=re.MULTILINE)
    return transcript


def main() -> None:
    made = {name: cut(name, transcript) for name, transcript in transcripts().items()}
    text = README.read_text(encoding="utf-8")

    def fill(match: re.Match[str]) -> str:
        return f"{match[1]}```console\n{made[match[2]]}```\n{match[3]}"

    README.write_text(_TRANSCRIPT.sub(fill, text), encoding="utf-8")


if __name__ == "__main__":
    main()
