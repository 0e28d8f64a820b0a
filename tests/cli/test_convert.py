from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .calling import Shop
from .test_init import refused

CORPUS = Path(__file__).parents[1] / "corpus"

RUNNABLE = """\
tasks:
  - id: TASK-001
    title: First
    files: [base.txt]
    acceptance_criteria:
      - {text: There, file: base.txt}
      - {text: Not empty, run: test -s base.txt}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop.make(tmp_path)


def test_prints_a_document(shop: Shop) -> None:
    answer = shop.call("convert", "docs/planning", "--to", "phases")
    assert answer.status == 0
    assert "### Phase 2: Endpoints\ndependencies: [1]\n" in answer.out
    assert "with --output a side file" in answer.errors


def test_writes_a_document_that_is_the_same_plan(shop: Shop) -> None:
    answer = shop.call("convert", "docs/planning", "--to", "tracks", "--output", "docs/t.md")
    assert answer.out == "Wrote docs/t.md\nWrote docs/t.md.tracks/tracks.yaml\n"
    (shop.root / "pytest.ini").write_text("[pytest]\ntracks_plan = docs/t.md\n")
    shown = shop.call("plan", "--json")
    assert shown.status == 0, shown.errors
    assert sorted(task["id"] for task in shown.json["tasks"]) == ["A.1", "A.2", "B.1", "B.2"]


def test_what_was_written_runs(tmp_path: Path) -> None:
    shop = Shop.make(tmp_path, RUNNABLE, ini="[pytest]\ntracks_plan = plan.md\n")
    call = ("convert", "docs/planning", "--to", "phases", "--output", "plan.md")
    assert shop.call(*call).status == 0
    assert "exit 0: 1 task PASS" in shop.validate("--tracks=1", "-n0").out
    assert "(1 before, skipped)" in shop.validate("--tracks=1", "-n0").out


def test_there_and_back_is_the_same_plan(shop: Shop) -> None:
    before = shop.call("plan", "--json").json
    there = shop.call("convert", "docs/planning", "--to", "native", "--output", "other")
    assert there.status == 0, there.errors
    (shop.root / "pytest.ini").write_text("[pytest]\ntracks_plan = other\n")
    after = shop.call("plan", "--json").json
    assert after["tasks"] == before["tasks"]


def test_never_over_what_is_there_without_force(shop: Shop) -> None:
    call = ("convert", "docs/planning", "--to", "phases", "--output", "plan.md")
    (shop.root / "plan.md").write_text("mine")
    assert "plan.md: there already" in refused(shop.call(*call))
    assert (shop.root / "plan.md").read_text() == "mine"
    assert shop.call(*call, "--force").status == 0


def test_says_what_no_document_can_say(shop: Shop) -> None:
    shutil.copytree(CORPUS / "devteam", shop.root / "snake")
    answer = shop.call("convert", "snake", "--to", "phases", "--output", "snake.md")
    assert answer.status == 0
    assert "left out, as no such document says it: requirements" in answer.errors


@pytest.mark.parametrize(
    ("output", "said"), [("plan.txt", "ends in .md"), ("../plan.md", "outside the project")]
)
def test_refuses_other_places(shop: Shop, output: str, said: str) -> None:
    answer = shop.call("convert", "docs/planning", "--to", "phases", "--output", output)
    assert said in refused(answer)


def test_native_goes_into_a_folder(shop: Shop) -> None:
    answer = shop.call("convert", "docs/planning", "--to", "native", "--output", "base.txt")
    assert "a native plan is a folder" in refused(answer)
