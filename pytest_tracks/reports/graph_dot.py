"""The plan as a Graphviz file: ``pytest-tracks graph --format dot | dot -Tsvg > plan.svg``.

Waves are ranks, tracks are clusters; a verdict shows as shape, colour and word.
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_tracks.reports.graph_layout import Node, Picture
from pytest_tracks.reports.line import Style
from pytest_tracks.reports.text import cut

__all__ = ["dot_text"]

_TITLE_WIDTH = 36
_LOOKS: Mapping[Style, str] = {
    Style.GOOD: 'shape=box, fillcolor="#e3f4e6", color="#1a7f37"',
    Style.BAD: 'shape=octagon, fillcolor="#fde7e7", color="#b42318"',
    Style.DOUBT: 'shape=hexagon, fillcolor="#fff3d6", color="#8a5a00"',
    Style.DIM: 'shape=box, fillcolor="#f3f4f6", color="#57606a"',
}
_HEAD = """\
digraph plan {
  rankdir=LR; newrank=true; compound=true; ranksep=0.8; nodesep=0.25;
  graph [fontname="Helvetica", fontsize=14, bgcolor="white", labelloc=t, label=%s];
  node [fontname="Helvetica", fontsize=11, style="filled,rounded", margin="0.12,0.08"];
  edge [color="#57606a", arrowsize=0.7];
"""


def dot_text(picture: Picture) -> str:
    """Write the whole file."""
    lines = [_HEAD % _quoted(picture.project)]
    for track in reversed(picture.tracks):  # dot stacks clusters upwards
        lines.append(f"  subgraph cluster_{track.number} {{\n")
        lines.append(f'    label={_quoted(track.label)}; color="#d0d7de"; style=rounded;\n')
        lines += [
            f"    {picture.names[name]} [{_attributes(node)}];\n"
            for name, node in picture.nodes.items()
            if node.track == track.number
        ]
        lines.append("  }\n")
    for wave in picture.waves:
        members = "; ".join(picture.names[name] for name in wave)
        lines.append(f"  {{ rank=same; {members}; }}\n")
    for before, after, is_critical in picture.edges:
        look = ' [color="#1b1f24", penwidth=2.5]' if is_critical else ""
        lines.append(f"  {picture.names[before]} -> {picture.names[after]}{look};\n")
    return "".join([*lines, "}\n"])


def _attributes(node: Node) -> str:
    texts = (node.id, cut(node.title, _TITLE_WIDTH), f"{node.word} - {node.facts}")
    label = "\\n".join(_escaped(text) for text in texts if text)
    width = ", penwidth=2.5" if node.is_critical else ""
    tooltip = _quoted(f"{node.id}: {node.title}")
    return f'label="{label}", tooltip={tooltip}, {_LOOKS[node.style]}{width}'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Escape for a quoted string; Graphviz reads HTML entities and backslashes in it."""
    return text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
