from __future__ import annotations

from pytest_tracks.reports.text import clean

from .pictures import large


def test_every_text_of_a_picture_is_clean() -> None:
    picture = large()
    texts = [picture.project]
    texts += [text for node in picture.nodes.values() for text in (node.id, node.title)]
    texts += [track.label for track in picture.tracks]
    assert texts == list(map(clean, texts))
