from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from pytest_tracks.reports.graph_dot import dot_text
from pytest_tracks.reports.graph_layout import Picture
from pytest_tracks.reports.line import Line

from .conftest import Golden
from .pictures import ecommerce, large

needs_graphviz = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


def test_golden(golden: Golden) -> None:
    golden("graph-dot", [Line.of(line) for line in dot_text(ecommerce()).splitlines()])


@needs_graphviz
@pytest.mark.parametrize("picture", [ecommerce(), large()], ids=["18", "200"])
def test_graphviz_reads_it_as_it_is_meant(picture: Picture) -> None:
    done = subprocess.run(
        ["dot", "-Tdot_json"],
        input=dot_text(picture).encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    drawn = json.loads(done.stdout)
    nodes = [each for each in drawn["objects"] if each["name"].startswith("n")]
    assert len(nodes) == len(picture.nodes)
    assert len(drawn["edges"]) == len(picture.edges)
    labels = {each["name"]: each["label"] for each in nodes}
    for name, node in picture.nodes.items():
        assert labels[picture.names[name]].startswith(f"{node.id}\\n")
        assert node.word in labels[picture.names[name]]
