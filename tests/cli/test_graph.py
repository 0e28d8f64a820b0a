from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.calling import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop.make(tmp_path / "shop")


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("text", "Shop Dependency Graph\n====="),
        ("mermaid", "flowchart LR\n"),
        ("dot", "digraph plan {\n"),
        ("svg", "<svg "),
    ],
)
def test_formats_on_standard_output_and_in_a_file(shop: Shop, name: str, start: str) -> None:
    shown = shop.call("graph", "--format", name)
    assert (shown.status, shown.errors) == (0, "")
    assert shown.out.startswith(start)
    written = shop.call("graph", "--format", name, "--output", "plan.out")
    assert (written.status, written.out) == (0, "")
    assert (shop.root / "plan.out").read_text(encoding="utf-8") == shown.out


def test_verdicts_come_from_the_state(shop: Shop) -> None:
    shop.validate("--task=BASE")
    shop.validate("--task=NOTE")
    text = shop.call("graph").out
    assert "- BASE: Schema - 4 h * [PASS]" in text
    assert "[FAIL]" in text
    tree = ElementTree.fromstring(shop.call("graph", "--format=svg").out)
    words = {element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")}
    assert {"PASS", "FAIL", "not run"} <= words


def test_a_place_that_cannot_be_written_to_is_an_error(shop: Shop) -> None:
    answer = shop.call("graph", "--format=dot", "--output=missing/plan.dot")
    assert answer.status == 4
    assert answer.errors.startswith("ERROR: --output=missing/plan.dot cannot be written")


def test_a_plan_without_tracks_is_drawn_on_as_many_as_are_useful(tmp_path: Path) -> None:
    tasks = "".join(
        f"  - {{id: {x}{n}, depends_on: [{f'{x}{n - 1}' if n else 'none'}]}}\n"
        for x in "ABC"
        for n in range(4)
    )
    shop = Shop.make(tmp_path / "shop", f"tasks:\n{tasks}")
    out = shop.call("graph").out
    assert "Total: 4 h (vs 12 h sequential = 67% faster)" in out
    assert "parallel on 3 tracks" in out
