"""What a tracks document says a second time: its drawing, its schedule, its table of progress.

The dependencies that each track lists are the plan. Where anything else says otherwise they win,
and a warning names both lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pytest_tracks.core.claims import Claim, ClaimKind
from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.document import Document
from pytest_tracks.formats.drawn_graph import drawn_edges
from pytest_tracks.formats.markdown import Section
from pytest_tracks.formats.markdown_blocks import Fence, Table
from pytest_tracks.formats.track_sections import TRACK, TrackSection, named_tracks

__all__ = ["compare_drawing", "compare_progress", "schedule_claims"]

_DRAWN = re.compile(rf"Track\s+(?P<name>{TRACK})\b(?:\s*\([^()]*\))?")
_WEEK = re.compile(r"(?:week|sprint|wave|day)\s+(\d{1,4})\b.*", re.I)
_BLOCKED = re.compile(r"blocked by\s+(.*)", re.I)
_AFTER = re.compile(r"after\b", re.I)


def compare_drawing(
    document: Document, root: Section, tracks: Sequence[TrackSection], problems: Problems
) -> None:
    """Warn of lines that are drawn and not stated, and of dependencies that are not drawn."""
    stated = _stated(tracks)
    for fence in _drawings(root):
        drawn = {
            edge: row
            for edge, row in drawn_edges(fence.content, _DRAWN).items()
            if edge[0] in stated and edge[1] in stated
        }
        for (before, after), row in drawn.items():
            if not _reaches(stated, after, before):
                _note_drawn(document, fence.line + 1 + row, before, stated[after], after, problems)
        upwards: dict[str, dict[str, int]] = {name: {} for name in stated}
        for (before, after), row in drawn.items():
            upwards[after][before] = fence.line + 1 + row
        for after, reasons in stated.items() if drawn else ():
            for before, line in reasons.items():
                if line and before in upwards and not _reaches(upwards, after, before):
                    problems.warn(
                        document.at(line),
                        "drawing-contradicts",
                        f"Track {after} depends on Track {before}, but the drawing at line "
                        f"{fence.line} has no line between them",
                        "the text counts; correct one of them",
                    )


def _note_drawn(
    document: Document,
    line: int,
    before: str,
    stated: Mapping[str, int],
    after: str,
    problems: Problems,
) -> None:
    where = next(iter(stated.values()), 0)
    place = f" at line {where}" if where else ""
    problems.warn(
        document.at(line),
        "drawing-contradicts",
        f"the drawing leads from Track {before} to Track {after}, but the dependencies of "
        f"Track {after}{place} do not name Track {before}",
        "the text counts; correct one of them",
    )


def _drawings(root: Section) -> Iterator[Fence]:
    for block in root.all_blocks():
        if isinstance(block, Fence) and block.language in ("", "text"):
            yield block


def _stated(tracks: Sequence[TrackSection]) -> dict[str, dict[str, int]]:
    """Track → the tracks that it depends on, wholly or in part, and the line that says so."""
    found: dict[str, dict[str, int]] = {track.name: {} for track in tracks}
    for track in tracks:
        for item in track.dependencies:
            references = named_tracks(item.text) or [("", "")]
            for name, _ in references:
                found[track.name].setdefault(name, item.line)
    return found


def _reaches(edges: Mapping[str, Mapping[str, int]], start: str, goal: str) -> bool:
    pending, seen = [start], {start}
    while pending:
        for before in edges.get(pending.pop(), {}):
            if before == goal:
                return True
            if before not in seen:
                seen.add(before)
                pending.append(before)
    return False


def compare_progress(
    document: Document, root: Section, tracks: Sequence[TrackSection], problems: Problems
) -> None:
    """Warn where ``Blocked by`` or the table's blockers leave out or add what a track needs."""
    for track in tracks:
        label = track.labels.get("status")
        blocked = _BLOCKED.search(label.value) if label else None
        if label and blocked:
            _compare(document, track, blocked[1], label.line, problems)
    by_name = {track.name: track for track in tracks}
    for table in _tables(root):
        track_column, blockers = table.column("track"), table.column("blockers", "blocked by")
        if track_column is None or blockers is None:
            continue
        for row in table.rows:
            if max(track_column, blockers) < len(row) and row[track_column].text in by_name:
                track = by_name[row[track_column].text]
                _compare(document, track, row[blockers].text, row[blockers].line, problems)


def _compare(
    document: Document, track: TrackSection, written: str, line: int, problems: Problems
) -> None:
    claimed = _as_one_track(written)
    if claimed is None:
        return
    stated = [one for item in track.dependencies for one in named_tracks(item.text) or ()]
    if set(claimed) == set(stated):
        return
    where = next((item.line for item in track.dependencies), track.section.line)
    problems.warn(
        document.at(line),
        "blockers-contradict",
        f"Track {track.name} is said to wait for {_shown(claimed)}, but its dependencies at line "
        f"{where} are {_shown(stated)}",
        "the dependencies count; correct one of them",
    )


def _as_one_track(written: str) -> list[tuple[str, str]] | None:
    """Read ``Track B.2, B.3`` too, where only the first one is called a track."""
    return named_tracks(re.sub(r"\btracks?\s+", "", written, flags=re.I))


def _shown(references: Sequence[tuple[str, str]]) -> str:
    names = [f"{name}.{number}" if number else name for name, number in references]
    return ", ".join(names) or "none"


def _tables(root: Section) -> Iterator[Table]:
    return (block for block in root.all_blocks() if isinstance(block, Table))


def schedule_claims(
    document: Document, root: Section, tracks: Sequence[TrackSection]
) -> tuple[Claim, ...]:
    """Read the schedule: each week is a wave, and so is what comes ``After`` another in it."""
    claims: list[Claim] = []
    wave = 0
    for section in root.walk():
        week = _WEEK.fullmatch(section.title.strip())
        rows = list(_rows(section, tracks)) if week else []
        together = [row for row in rows if not row[2]]
        for group in [together, *([row] for row in rows if row[2])]:
            if group:
                wave += 1
                members = [task.id for _, track, _ in group for task in track.tasks]
                names = ", ".join(track.name for _, track, _ in group)
                claims.append(
                    Claim(
                        ClaimKind.WAVE,
                        (float(wave), *members),
                        document.at(group[0][0]),
                        f"{section.title.strip()}: {names}",
                    )
                )
    return tuple(claims)


def _rows(
    section: Section, tracks: Sequence[TrackSection]
) -> Iterator[tuple[int, TrackSection, bool]]:
    """Yield the line and track of each row, and whether it comes after another one."""
    by_name = {track.name: track for track in tracks}
    for block in section.blocks:
        column = block.column("track") if isinstance(block, Table) else None
        if not isinstance(block, Table) or column is None:
            continue
        for row in block.rows:
            if column < len(row) and row[column].text in by_name:
                follows = any(_AFTER.match(cell.text) for cell in row)
                yield row[column].line, by_name[row[column].text], follows
