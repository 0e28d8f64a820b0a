"""What commands print where standard output has no UTF-8: never a traceback."""

from __future__ import annotations

import json

import pytest

from tests.cli.calling import Shop

TITLE = (
    "Überall → 日本 und ein sehr langer Titel, der in keine Spalte passt, wie breit sie auch ist"
)
PLAN = f"""
project: Größe
tracks: {{1: Küche}}
tasks:
  - id: T-1
    title: {TITLE}
    track: 1
    acceptance_criteria: [Schmeckt]
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop.make(tmp_path_factory.mktemp("shop"), PLAN)


@pytest.mark.parametrize(
    ("command", "shown"),
    [("status", "T-1"), ("status --table", "01 K"), ("next", "T-1"), ("show T-1", "T-1")],
)
def test_lines_are_put_into_what_the_terminal_has(shop: Shop, command: str, shown: str) -> None:
    answer = shop.call(*command.split(), PYTHONIOENCODING="ascii")
    assert (answer.status, answer.errors) == (0, "")
    assert shown in answer.out
    assert answer.out.isascii()


@pytest.mark.parametrize("columns", ["0", "1", "12"])
def test_a_terminal_without_room_gets_lines_that_can_be_read(shop: Shop, columns: str) -> None:
    answer = shop.call("show", "T-1", COLUMNS=columns)
    assert (answer.status, answer.errors) == (0, "")
    assert "run: pytest --task=T-1" in answer.out


def test_json_is_json_in_ascii(shop: Shop) -> None:
    answer = shop.call("status", "--json", PYTHONIOENCODING="ascii")
    assert json.loads(answer.out)["tasks"]["T-1"]["title"] == TITLE


def test_a_document_is_written_in_utf8_whatever_the_locale(shop: Shop) -> None:
    said = shop.call("convert", "docs/planning", "--to", "tracks", PYTHONIOENCODING="ascii")
    assert "Traceback" not in said.errors
    assert TITLE in said.out
