from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calling import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop.make(tmp_path / "shop")


def test_json(shop: Shop) -> None:
    shop.validate("--task=BASE")
    shop.validate("--task=API")
    document = shop.call("show", "API", "--json").json
    assert document["verdict"] == "FAIL"
    assert (document["track"], document["track_name"]) == (1, "Backend")
    assert document["files"] == ["api.txt"]
    assert document["predecessors"] == [{"id": "BASE", "title": "Schema", "verdict": "PASS"}]
    assert document["successors"] == [{"id": "PAGE", "title": "Pages", "verdict": None}]
    first, second = document["criteria"]
    assert first["check"]["kind"] == "file"
    assert first["check"]["params"]["path"] == "api.txt"
    assert first["verdict"] == "FAIL"
    assert "api.txt" in first["gap"]
    assert (second["check"], second["verdict"]) == ({"kind": "prose", "params": {}}, "UNVERIFIED")
    assert [failure["id"] for failure in document["failures"]] == ["AC-001"]
    assert (document["iterations"], document["attempts"]) == (1, 1)
    assert document["command"] == "pytest --task=API"


def test_text(shop: Shop) -> None:
    out = shop.call("show", "note").out  # in any case of letters
    assert out.splitlines() == [
        "NOTE Notes                                                               not run",
        "Track 2 (Frontend), 1 h, 1 h to the end of the plan, never attempted",
        "stands in docs/planning/tracks.yaml:10",
        "",
        "Criteria (0 of 1 met)",
        "  AC-001 It is there                                                     not run",
        "         check: file path=note.txt",
        "",
        "Steps (1 of 2 ticked)",
        "  [ ] Write",
        "  [x] Print",
        "",
        "Owned files",
        "  note.txt",
        "",
        "run: pytest --task=NOTE",
    ]


def test_a_failure_shows_its_gap_and_who_waits(shop: Shop) -> None:
    shop.validate("--task=BASE")
    shop.validate("--task=API")
    out = shop.call("show", "API").out
    assert "1 iteration, 1 attempt" in out
    assert "         gap: " in out
    assert '@pytest.mark.criterion("API/AC-002")' in out
    assert "Waits for\n  BASE Schema" in out
    assert "Waited for by\n  PAGE Pages" in out


def test_an_unknown_id_is_an_error_with_the_nearest(shop: Shop) -> None:
    answer = shop.call("show", "PAEG")
    assert (answer.status, answer.out) == (4, "")
    assert answer.errors == "ERROR: PAEG is no task of this plan (did you mean PAGE?)\n"
    assert shop.call("show", "xyzxyz").errors.endswith("(4 tasks are known)\n")


def test_the_answer_to_one_task_is_not_that_to_another(shop: Shop) -> None:
    for _ in range(2):
        assert shop.call("show", "BASE", "--json").json["id"] == "BASE"
        assert shop.call("show", "PAGE", "--json").json["id"] == "PAGE"
