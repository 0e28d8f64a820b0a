"""The plan as a Mermaid flowchart, as GitHub and GitLab draw it in Markdown.

Tracks are subgraphs, waves come of the arrows; a verdict shows as shape, colour and word. In large
plans the track is a line in each box instead: Mermaid's layout fails on large graphs of subgraphs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pytest_tracks.reports.graph_layout import Node, Picture
from pytest_tracks.reports.line import Style
from pytest_tracks.reports.text import cut

__all__ = ["mermaid_text"]

_TITLE_WIDTH = 60
_MOST_IN_SUBGRAPHS = 100
"""Tasks; Mermaid 11 draws 160 of them in five subgraphs and gives up on 200."""
_CLASSES: Mapping[Style, tuple[str, str, str]] = {
    Style.GOOD: ("pass", "([", "])"),
    Style.BAD: ("fail", "{{", "}}"),
    Style.DOUBT: ("doubt", "[/", "/]"),
    Style.DIM: ("unknown", "[", "]"),
}
"""Class, and the brackets that make the shape."""
_COLOURS = """\
  classDef pass fill:#e3f4e6,stroke:#1a7f37,color:#1b1f24
  classDef fail fill:#fde7e7,stroke:#b42318,color:#1b1f24
  classDef doubt fill:#fff3d6,stroke:#8a5a00,color:#1b1f24
  classDef unknown fill:#f3f4f6,stroke:#57606a,color:#1b1f24
  classDef critical stroke-width:3px
"""
_SPECIAL = re.compile(r"""[^\w .,:+\-/…→]""")


def mermaid_text(picture: Picture) -> str:
    """Write the whole chart."""
    grouped = len(picture.nodes) <= _MOST_IN_SUBGRAPHS
    lines = ["flowchart LR\n"]
    for track in picture.tracks:
        lines += [f'  subgraph track{track.number}["{_escaped(track.label)}"]\n'] * grouped
        lines += [
            f"    {picture.names[name]}{_shape(node, '' if grouped else track.label)}\n"
            for name, node in picture.nodes.items()
            if node.track == track.number
        ]
        lines += ["  end\n"] * grouped
    for before, after, is_critical in picture.edges:
        arrow = "==>" if is_critical else "-->"
        lines.append(f"  {picture.names[before]} {arrow} {picture.names[after]}\n")
    return "".join([*lines, _COLOURS, *_classes(picture)])


def _shape(node: Node, track: str) -> str:
    _, begin, end = _CLASSES[node.style]
    texts = (node.id, cut(node.title, _TITLE_WIDTH), f"{node.word} - {node.facts}", track)
    label = "<br/>".join(_escaped(text) for text in texts if text)
    return f'{begin}"{label}"{end}'


def _classes(picture: Picture) -> list[str]:
    members: dict[str, list[str]] = {}
    for name, node in picture.nodes.items():
        members.setdefault(_CLASSES[node.style][0], []).append(picture.names[name])
        if node.is_critical:
            members.setdefault("critical", []).append(picture.names[name])
    return [f"  class {','.join(names)} {kind}\n" for kind, names in members.items()]


def _escaped(text: str) -> str:
    """Write every character that means anything to Mermaid or HTML as an entity."""
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", text)
