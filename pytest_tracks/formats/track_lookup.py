"""Which track a name means: ``1``, ``01`` and the track's name are the same track."""

from __future__ import annotations

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Problems, nearest
from pytest_tracks.formats.drafts import PlanDraft, Reference, SprintDraft, TrackDraft
from pytest_tracks.formats.names import fold, shown
from pytest_tracks.formats.tracks_schema import MAX_TRACK

__all__ = ["TrackLookup"]


class TrackLookup:
    """Knows the declared tracks; where none is declared, every number up to 99 is a track."""

    def __init__(self, draft: PlanDraft, problems: Problems) -> None:
        self._problems = problems
        self._numbers: dict[int, Location] = {}
        self._names: dict[str, int] = {}
        for track in draft.tracks:
            self._declare(track)

    def _declare(self, draft: TrackDraft) -> None:
        number, name = draft.track.number, draft.track.name
        if number in self._numbers:
            self._problems.error(
                draft.location,
                "duplicate-id",
                f"track {number} stands at {self._numbers[number]} already",
                "give it another number",
            )
            return
        self._numbers[number] = draft.location
        if not name:
            return
        if _as_number(name) not in (None, number):
            self._problems.error(
                draft.location,
                "bad-id",
                f"track {number} is called {name!r}, like another track's number",
                "choose another name",
            )
        elif self._names.setdefault(fold(name.strip()), number) != number:
            self._problems.error(
                draft.location,
                "duplicate-id",
                f"tracks {self._names[fold(name.strip())]} and {number} are both called {name!r}",
                "choose another name",
            )

    def number(self, reference: Reference) -> int | None:
        """Find the number of the track that is meant; None where a problem was noted."""
        number = _as_number(reference.text)
        if number is None:
            number = self._names.get(fold(reference.text.strip()))
        if number is not None and self._is_known(number):
            return number
        self._problems.error(
            reference.location,
            "unknown-track",
            f"there is no track {shown(reference.text)}",
            self._suggest(reference.text),
        )
        return None

    def check_sprint(self, draft: SprintDraft) -> None:
        """Check that the sprint's track exists and is the one that the file states."""
        sprint = draft.sprint
        if not self._is_known(sprint.track):
            self._problems.error(
                sprint.location,
                "unknown-track",
                f"{sprint.id} is of track {sprint.track}, which does not exist",
                self._suggest(""),
            )
        elif draft.track is not None and self.number(draft.track) not in (None, sprint.track):
            self._problems.error(
                draft.track.location,
                "wrong-track",
                f"{sprint.id} is of track {sprint.track}, not {shown(draft.track.text)}",
                "rename the file or change the track",
            )

    def _is_known(self, number: int) -> bool:
        return number in self._numbers if self._numbers else 1 <= number <= MAX_TRACK

    def _suggest(self, name: str) -> str:
        if not self._numbers:
            return f"a number from 1 to {MAX_TRACK}; names are given under tracks: in tracks.yaml"
        if match := nearest(fold(name[:100]), self._names):
            return f"did you mean track {self._names[match]}, {match!r}?"
        return "known: " + ", ".join(str(number) for number in sorted(self._numbers))


def _as_number(text: str) -> int | None:
    written = text.strip()
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None
