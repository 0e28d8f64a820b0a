"""What the README and the pages of docs say is run here, and that they miss nothing out."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import pytest

from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.cli import COMMANDS
from pytest_tracks.formats.loading import load_plan
from tests.readme import DOCS, README, commands, cut, run, transcripts, tutorial

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


def test_validation_results_in_the_project_leave_the_gate_open(tmp_path: Path) -> None:
    test_the_tutorial_works_from_an_empty_folder(tmp_path)
    results = "--tracks-json=tracks-results.json"
    assert f"{results}`" in README.read_text(encoding="utf-8")
    assert run(["pytest", "--tracks=2", results], tmp_path).returncode == 0
    assert (tmp_path / "tracks-results.json").is_file()
    assert run(["pytest-tracks", "check"], tmp_path).returncode == 0


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


PAGES = [README, *sorted(DOCS.glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
OPTION = re.compile(r"--tracks?(?:-[a-z]+)*(?![\w-])")
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
SHOWN = re.compile(r"<!-- plan: (\S+) -->\n```yaml\n(.*?)```", re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Make the names that GitHub gives to a page's headings."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8")))
    assert links
    for path, anchor in links:
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), (path, anchor)


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {path for path, _ in LINK.findall(README.read_text(encoding="utf-8"))}
    assert {f"docs/{page.name}" for page in PAGES[1:]} <= linked


def test_all_options_and_commands_are_in_the_readme_and_no_others(tmp_path: Path) -> None:
    told = run(["pytest", "--help"], tmp_path).stdout
    options = set(re.findall(r"^  (--tracks?\b[a-z-]*)", told, re.MULTILINE))
    settings = set(re.findall(r"^  (tracks_\w+) ", told, re.MULTILINE))
    assert len(options) > 10
    assert len(settings) > 5
    text = README.read_text(encoding="utf-8")
    assert options <= set(OPTION.findall(text))
    assert settings <= set(re.findall(r"tracks_\w+", text))
    table = text.partition("| `pytest-tracks` … |")[2].partition("| ini |")[0]
    assert set(COMMANDS) <= set(re.findall(r"[`,] ?`?([a-z-]+)", table))
    others = [
        {*OPTION.findall(page.read_text(encoding="utf-8"))} - options - {"--track", "--tracks"}
        for page in PAGES
    ]
    assert not set(chain.from_iterable(others))


def test_the_plan_that_is_shown_is_a_plan(tmp_path: Path) -> None:
    found = SHOWN.findall((DOCS / "plan.md").read_text(encoding="utf-8"))
    others = [
        ("docs/planning/tasks/TASK-00X.yaml", "".join(f"- id: TASK-00{n}\n" for n in (1, 2, 5)))
    ]
    for name, text in [*found, *others]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    kinds = builtin_kinds()
    plan = load_plan(tmp_path, "docs/planning", sprints="docs/sprints", kinds=kinds)
    assert len(plan.tasks["TASK-004"].criteria) == 5
    assert len(found) == 4
