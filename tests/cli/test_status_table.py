"""``pytest-tracks status --table``: a row for each track, also where a run has laid them out."""

from __future__ import annotations

from pathlib import Path

from tests.cli.calling import Shop

PLAN = """\
tasks:
  - {id: A, title: First, files: [base.txt], acceptance_criteria: [{text: There, file: base.txt}]}
  - {id: B, title: Second, depends_on: [A], acceptance_criteria: [{text: Too, file: more.txt}]}
"""


def test_tracks_that_a_run_has_laid_out_have_rows(tmp_path: Path) -> None:
    shop = Shop.make(tmp_path, PLAN)
    assert shop.call("status", "--table").out.splitlines()[2:] == [
        "| No track | Not Started | 0% | None |"
    ]
    assert shop.validate("--tracks=1", "-n0").status == 1
    assert shop.call("status", "--table").out.splitlines()[2:] == [
        "| 01 | In Progress | 50% | None |"
    ]
