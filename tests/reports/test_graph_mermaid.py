from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pytest_tracks.reports.graph_layout import Picture
from pytest_tracks.reports.graph_mermaid import mermaid_text
from pytest_tracks.reports.line import Line

from .conftest import Golden
from .pictures import ecommerce, large

needs_mermaid = pytest.mark.skipif(shutil.which("mmdc") is None, reason="mmdc is not installed")


def test_golden(golden: Golden) -> None:
    golden("graph-mermaid", [Line.of(line) for line in mermaid_text(ecommerce()).splitlines()])


def test_no_text_of_the_plan_means_anything_to_mermaid() -> None:
    for line in mermaid_text(large()).splitlines():
        for label in re.findall(r'"([^"]*)"', line):
            plain = re.sub(r"#\d+;|<br/>", "", label)
            assert re.fullmatch(r"[\w .,:+\-/…→]*", plain), label
        assert line.count('"') in (0, 2)


def test_shapes_words_and_the_critical_path() -> None:
    text = mermaid_text(ecommerce())
    assert 'n3{{"TASK-004<br/>User authentication API<br/>FAIL - 10 h, critical"}}' in text
    assert 'n0(["TASK-001' in text
    assert 'n7[/"TASK-008' in text
    assert "  n0 ==> n3\n" in text
    assert "  n1 --> n4\n" in text
    assert text.count("subgraph") == text.count("  end\n") == 3


def test_a_large_plan_has_no_subgraphs_but_names_its_tracks() -> None:
    text = mermaid_text(large())
    assert "  subgraph" not in text
    assert "Track 4" in text


@needs_mermaid
@pytest.mark.parametrize("picture", [ecommerce(), large()], ids=["18", "200"])
def test_mermaid_draws_it(picture: Picture, tmp_path: Path) -> None:
    source = tmp_path / "plan.mmd"
    source.write_text(mermaid_text(picture), encoding="utf-8")
    command = ["mmdc", "-i", str(source), "-o", str(tmp_path / "plan.svg")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
