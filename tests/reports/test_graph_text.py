from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_tracks.core.distribute import distribute
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.reports.graph_layout import make_picture
from pytest_tracks.reports.graph_text import _letters, graph_lines
from pytest_tracks.reports.text import display_width

from .conftest import Golden
from .ecommerce import make_plan
from .pictures import ecommerce, large


def test_golden(golden: Golden) -> None:
    golden("graph-text-80", graph_lines(ecommerce()))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_too_wide_and_no_task_is_left_out(width: int) -> None:
    picture = large()
    lines = list(map(str, graph_lines(picture, width=width)))
    assert max(map(display_width, lines)) <= width
    for node in picture.nodes.values():
        assert sum(line.startswith(f"- {node.id}") for line in lines) == 1


def test_letters() -> None:
    assert [_letters(number) for number in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]


def test_one_track_has_no_table_and_saves_nothing() -> None:
    plan = replace(make_plan(sprints=False), tracks=())
    lines = list(map(str, graph_lines(make_picture(plan, ProjectRecord(), distribute(plan, 1)))))
    assert lines[-1] == "Total: 128 h (vs 128 h sequential = 0% faster)"


def test_weeks() -> None:
    lines = list(map(str, graph_lines(ecommerce())))
    start = next(at for at, line in enumerate(lines) if line.startswith("Week | Track"))
    rows = [[cell.strip() for cell in line.split("|")] for line in lines[start + 2 :]]
    assert [row[0] for row in rows if row[0]] == ["1", "1", "1", "2", "2"]
    assert rows[0][3] == "Yes (with 2, 3)"
