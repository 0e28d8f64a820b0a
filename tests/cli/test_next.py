"""``pytest-tracks next`` in real projects: what it says, and that its memory never lies."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.calling import FOLDER, PLAN, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop.make(tmp_path / "shop")


def test_before_any_run_the_longest_remaining_path_comes_first(shop: Shop) -> None:
    answer = shop.call("next", "--json")
    assert (answer.status, answer.errors) == (0, "")
    assert answer.ready == ["BASE", "NOTE"]
    first = answer.json["ready"][0]
    assert (first["hours"], first["remaining_hours"]) == (4, 18)
    assert (first["track"], first["track_name"], first["verdict"]) == (1, "Backend", None)
    assert first["command"] == "pytest --task=BASE"
    assert answer.json["message"] == "2 ready, 2 waiting, 0 of 4 done."


def test_a_track_before_any_is_laid_out(tmp_path: Path) -> None:
    shop = Shop.make(tmp_path / "shop", "tasks: [{id: A, title: First}]\n")
    answer = shop.call("next", "--track=1")
    assert answer.status == 4
    assert "--track=1 is no track of this plan (none are laid out: " in answer.errors


def test_text(shop: Shop) -> None:
    assert shop.call("next").out.splitlines() == [
        "BASE Schema  not run  4 h, 18 h to the end, Track 1 (Backend)",
        "    run: pytest --task=BASE",
        "NOTE Notes   not run  1 h, Track 2 (Frontend)",
        "    run: pytest --task=NOTE",
        "",
        "2 ready, 2 waiting, 0 of 4 done.",
    ]


def test_a_failed_task_comes_with_its_failure_and_a_passed_one_opens_the_gate(shop: Shop) -> None:
    assert shop.validate("--task=BASE").status == 0
    assert shop.validate("--task=NOTE").status == 1
    answer = shop.call("next", "--json")
    assert answer.ready == ["API", "NOTE"]
    failed = answer.json["ready"][1]
    assert failed["verdict"] == "FAIL"
    assert [each["id"] for each in failed["failures"]] == ["AC-001"]
    assert "note.txt" in failed["failures"][0]["gap"]
    assert "FAIL  AC-001 It is there: " in shop.call("next").out


def test_a_pass_that_holds_no_longer_is_ready_again(shop: Shop) -> None:
    shop.validate("--task=BASE")
    assert shop.call("next", "--json").ready == ["API", "NOTE"]
    (shop.root / "base.txt").write_text("2")
    answer = shop.call("next", "--json")
    assert answer.ready == ["BASE", "NOTE"]
    assert answer.json["ready"][0]["verdict"] == "STALE"


def test_filters_and_what_a_track_waits_for(shop: Shop) -> None:
    assert shop.call("next", "--json", "--track=01").ready == ["BASE"]
    assert shop.call("next", "--json", "--track", "frontend").ready == ["NOTE"]
    assert shop.call("next", "--json", "--owner", "ada").ready == ["BASE"]
    waiting = shop.call("next", "--json", "--owner", "Bob")
    assert waiting.ready == []
    assert waiting.json["waits_for"] == ["BASE"]
    assert waiting.json["message"] == (
        "No task of Bob is ready: 1 task waits for BASE (not run, track 1)."
        " 0 ready, 1 waiting, 0 of 1 done of Bob."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--track=3"], "--track=3 is no track of this plan (its tracks: 01 Backend, 02 Frontend)"),
        (["--owner=Bop"], "--owner=Bop owns no task of this plan (did you mean 'Bob'?)"),
    ],
)
def test_an_unknown_track_or_owner_is_an_error(
    shop: Shop, arguments: list[str], message: str
) -> None:
    answer = shop.call("next", *arguments)
    assert (answer.status, answer.out, answer.errors) == (4, "", f"ERROR: {message}\n")


def test_all_done(tmp_path: Path) -> None:
    plan = "tasks: [{id: A, acceptance_criteria: [{text: There, file: base.txt}]}]\n"
    shop = Shop.make(tmp_path / "shop", plan)
    assert shop.validate("--track=1").status == 0
    assert shop.call("next").out == "All 1 task PASS: nothing is left to do.\n"


def test_unverified_opens_the_gate_only_where_the_project_says_so(tmp_path: Path) -> None:
    plan = PLAN.replace("[{text: It is there, file: base.txt}]", "[Somebody has read it]")
    shop = Shop.make(tmp_path / "shop", plan)
    shop.validate("--task=BASE")
    assert shop.call("next", "--json", "--track=1").ready == ["BASE"]
    (shop.root / "pytest.ini").write_text("[pytest]\ntracks_unverified = open\n")
    shop.validate("--task=BASE")
    assert shop.call("next", "--json", "--track=1").ready == ["API"]


# What is remembered


def test_the_second_call_asks_neither_pytest_nor_yaml_nor_the_state(shop: Shop) -> None:
    settled = shop.call("next")
    for _ in range(3):  # learn the settings in this environment, answer, recall the answer
        again = shop.call("next", PYTHONPROFILEIMPORTTIME="1")
        assert again.out == settled.out
    imported = {line.rpartition("|")[2].strip() for line in again.errors.splitlines()}
    assert not imported & {"pytest", "yaml", "filelock", "pytest_tracks.state.store"}
    assert "pytest_tracks.cli.loop" in imported


def test_every_change_shows_at_once(shop: Shop) -> None:
    shop.call("next", "--json")
    source = shop.root / FOLDER / "tracks.yaml"
    stat = source.stat()
    source.write_text(PLAN.replace("title: Schema", "title: Tables"))
    os.utime(source, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # same size, same time
    assert shop.call("next", "--json").json["ready"][0]["title"] == "Tables"
    (shop.root / FOLDER / "tasks").mkdir()
    (shop.root / FOLDER / "tasks" / "NEW.yaml").write_text("{id: NEW, estimated_hours: 90}")
    assert shop.call("next", "--json").ready[0] == "NEW"
    (shop.root / "pytest.ini").write_text("[pytest]\ntracks_plan = elsewhere\n")
    assert "elsewhere" in shop.call("next").errors
    (shop.root / "elsewhere").mkdir()
    (shop.root / "elsewhere" / "tracks.yaml").write_text("tasks: [{id: OTHER}]")
    assert shop.call("next", "--json").ready == ["OTHER"]
    assert shop.call("next", "--json").ready == ["OTHER"]
    assert (shop.root / "elsewhere" / ".tracks" / "settings.json").exists()


def test_a_plan_that_became_wrong_is_an_error_and_not_the_old_answer(shop: Shop) -> None:
    shop.call("next")
    (shop.root / FOLDER / "tracks.yaml").write_text(PLAN.replace("[BASE]", "[BASS]"))
    answer = shop.call("next")
    assert (answer.status, answer.out) == (4, "")
    assert "BASS" in answer.errors


@pytest.mark.parametrize("name", ["settings", "plan", "answers", "record", "drafts"])
@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"modules": 1}', "null"])
def test_damaged_memory_is_no_memory(shop: Shop, name: str, content: str) -> None:
    expected = shop.call("next")
    shop.memory(name).write_text(content)
    (shop.root / "note.txt").write_text("changes the question")
    assert shop.call("next") == expected


def test_the_state_is_remembered_until_it_changes(shop: Shop) -> None:
    (shop.root / "note.txt").write_text("1")
    shop.validate("--tracks=1", "--task=BASE")
    for number in range(4):  # each another question, so that the state is asked for
        (shop.root / "note.txt").write_text(str(number))
        asked = shop.call("next", "--json", PYTHONPROFILEIMPORTTIME="1")
        assert "BASE" not in asked.ready
    assert "pytest_tracks.state.snapshot" not in asked.errors
    record = json.loads(shop.memory("record").read_text())
    assert record["record"]["tasks"]["BASE"]["verdict"] == "PASS"
    shop.validate("--tracks=1", "--task=NOTE")
    assert "NOTE" not in shop.call("next", "--json").ready


def test_only_the_task_file_that_differs_is_read_again(tmp_path: Path) -> None:
    shop = Shop.make(tmp_path / "many", plan="project: Many\n")
    folder = shop.root / FOLDER / "tasks"
    folder.mkdir()
    for name, before in (("A", ""), ("B", "A"), ("C", "B")):
        (folder / f"{name}.yaml").write_text(f"{{id: {name}, depends_on: [{before}]}}\n")
    shop.call("next", "--json")
    for title in ("One", "Two"):
        (folder / "A.yaml").write_text(f"{{id: A, title: {title}}}\n")
        assert shop.call("next", "--json").json["ready"][0]["title"] == title
    drafts = json.loads(shop.memory("drafts").read_text())
    drafts["files"][f"{FOLDER}/tasks/B.yaml"][1][0][0][1] = "Remembered"
    shop.memory("drafts").write_text(json.dumps(drafts))
    (folder / "A.yaml").write_text("{id: A, title: Three}\n")
    assert "Remembered" in shop.call("show", "B").out
    (folder / "A.yaml").write_text("{id: Z, title: Other}\n")
    errors = shop.call("next").errors
    assert f"{FOLDER}/tasks/B.yaml:1:" in errors  # whom it waits for is looked up anew


def test_memory_of_another_shape_is_no_memory(shop: Shop) -> None:
    expected = shop.call("next")
    shop.call("next")
    plan = json.loads(shop.memory("plan").read_text())
    shop.memory("plan").write_text(json.dumps({**plan, "tasks": [["BASE"]]}))
    shop.memory("answers").unlink()
    settings = json.loads(shop.memory("settings").read_text())
    assert shop.call("next") == expected
    shop.memory("settings").write_text(json.dumps({**settings, "settings": {}}))
    assert shop.call("next") == expected


def test_a_project_with_its_own_kinds_of_check_is_never_remembered(shop: Shop) -> None:
    (shop.root / "conftest.py").write_text(
        "class Mood:\n"
        "    name, options = 'mood', frozenset()\n"
        "    def read(self, value, criterion, reader): return None\n"
        "def pytest_tracks_check_kinds(config): return [Mood()]\n"
    )
    assert shop.call("next", "--json").ready == ["BASE", "NOTE"]
    assert not shop.memory("settings").exists()


def test_from_a_folder_below(shop: Shop) -> None:
    (shop.root / "src").mkdir()
    for _ in range(2):
        assert shop.call("next", "--json", cwd="src").ready == ["BASE", "NOTE"]


def test_a_checkout_that_cannot_be_written_to(shop: Shop) -> None:
    (shop.root / FOLDER / ".tracks").write_text("a file, where the folder would be")
    answer = shop.call("next", "--json")
    assert "Traceback" not in answer.errors
