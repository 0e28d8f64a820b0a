"""What the README says is run here."""

from __future__ import annotations

import re
from pathlib import Path

from tests.readme import README, commands, cut, run, transcripts, tutorial

TIME = re.compile(r"\d+(\.\d+)? (s|min)|in \d+\.\d+s|~")


def test_the_tutorial_works_from_an_empty_folder(tmp_path: Path) -> None:
    ran = 0
    for step in tutorial():
        if step.kind == "file":
            path = tmp_path / step.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text, encoding="utf-8")
            continue
        for command in commands(step.text):
            done = run(command, tmp_path)
            assert done.returncode == int(step.name), (command, done.stdout, done.stderr)
            ran += 1
    assert ran == 7


def test_after_the_tutorial_only_what_changed_runs_again(tmp_path: Path) -> None:
    test_the_tutorial_works_from_an_empty_folder(tmp_path)
    again = run(["pytest", "--tracks=2"], tmp_path)
    assert "all 3 tasks PASS (3 before, skipped)" in again.stdout
    greeter = tmp_path / "greeter.py"
    greeter.write_text(greeter.read_text() + "\n# changed\n")
    changed = run(["pytest", "--tracks=2"], tmp_path)
    assert "all 3 tasks PASS (1 before, skipped)" in changed.stdout


def settled(transcript: str) -> set[str]:
    """Take the lines that do not depend on the clock or on which worker was first."""
    lines = transcript.splitlines()
    return {
        TIME.sub("", line).strip() for line in lines if line.startswith(("  TASK", "exit", "20"))
    }


def test_the_transcripts_are_of_this_version() -> None:
    text = README.read_text(encoding="utf-8")
    for name, made in transcripts().items():
        written = re.search(rf"<!-- transcript: {name} -->\n```console\n(.*?)```", text, re.DOTALL)
        assert written is not None, f"{name}: run python tests/readme.py"
        assert len(settled(made)) > 18, made
        assert settled(written[1]) == settled(cut(name, made))
        assert max(map(len, written[1].splitlines())) <= 80


def test_both_commands_stand_between_their_markers() -> None:
    text = README.read_text(encoding="utf-8")
    for name in ("example", "tests"):
        between = text.split(f"<!-- {name} -->")[1].split(f"<!-- /{name} -->")[0].strip()
        assert between.startswith("python3 -m venv .venv && ")
        assert "\n" not in between
