"""The judgement of a coverage gate: what was measured against what is required.

::

    FileCoverage per file ──► judge(gate, files, changed) ──► Judgement: passed or why not

Statements and branches count as coverage.py counts them: (executed statements + executed
branches) / (statements + branches). Comparisons are exact: 79.999 is not 80.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pytest_tracks.core.model import Coverage
from pytest_tracks.core.record import CoverageResult

__all__ = ["FileCoverage", "Judgement", "gate_text", "judge", "ranges"]

_SHOWN_FILES = 20
"""A gate over a whole project may miss hundreds; those that miss most are shown."""


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """One file: numbers of its lines, and its branches as pairs of lines (negative: exits)."""

    path: str
    statements: frozenset[int]
    missing: frozenset[int]
    branches: int = 0
    missing_branches: tuple[tuple[int, int], ...] = ()
    excluded: frozenset[int] = frozenset()

    @property
    def ratio(self) -> tuple[int, int]:
        """Count what was executed, and what there is: statements and branches."""
        total = len(self.statements) + self.branches
        return total - len(self.missing) - len(self.missing_branches), total

    def only(self, lines: frozenset[int]) -> FileCoverage:
        """Keep the statements on some lines; branches are not asked for line by line."""
        return FileCoverage(self.path, self.statements & lines, self.missing & lines)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether the gate is passed: it is where ``gap`` is empty.

    ``detail`` holds a line for each file that misses anything.
    """

    result: CoverageResult
    gap: str = ""
    detail: tuple[str, ...] = ()


def judge(
    gate: Coverage,
    files: Sequence[FileCoverage],
    changed: Mapping[str, frozenset[int]] | None = None,
    base: str = "",
) -> Judgement:
    """Hold what was measured against the gate.

    ``changed`` maps paths to the numbers of the lines changed since ``base``; it is needed where
    the gate has a ``diff_minimum``. Measuring nothing at all is never enough.
    """
    statements = sum(len(file.statements) for file in files)
    executed, total = _sum(files)
    result = CoverageResult(_percent(executed, total), gate.minimum, statements)
    if not statements:
        return Judgement(result, f"nothing measured: no statement in {', '.join(gate.source)}")
    gaps = [*_nothing_ran(gate, files), *_below(gate, executed, total, statements)]
    gaps += _files_below(gate, files)
    if gate.diff_minimum is not None:
        gaps += _changes_below(gate.diff_minimum, files, changed or {}, base)
    return Judgement(result, "; ".join(gaps), _missed(files))


def _sum(files: Iterable[FileCoverage]) -> tuple[int, int]:
    ratios = [file.ratio for file in files]
    return sum(done for done, _ in ratios), sum(total for _, total in ratios)


def _percent(executed: int, total: int) -> float:
    return 100.0 * executed / total if total else 0.0


def _reaches(executed: int, total: int, minimum: float) -> bool:
    return total == 0 or Fraction(100 * executed, total) >= Fraction(str(minimum))


def _nothing_ran(gate: Coverage, files: Sequence[FileCoverage]) -> list[str]:
    if any(file.statements - file.missing for file in files):
        return []
    return [f"nothing of {', '.join(gate.source)} ran while the task's criteria did"]


def _below(gate: Coverage, executed: int, total: int, statements: int) -> list[str]:
    if _reaches(executed, total, gate.minimum):
        return []
    what = f"{statements} statements" + (f" and {total - statements} branches" * gate.branch)
    return [f"{_shown(executed, total)} % of {what} covered, {gate.minimum:g} % required"]


def _files_below(gate: Coverage, files: Sequence[FileCoverage]) -> list[str]:
    minimum = gate.per_file_minimum
    if minimum is None:
        return []
    below = [file for file in files if not _reaches(*file.ratio, minimum)]
    if not below:
        return []
    worst = min(below, key=lambda file: Fraction(*file.ratio))
    more = f" and {len(below) - 1} more" if len(below) > 1 else ""
    return [f"{worst.path} {_shown(*worst.ratio)} %{more}, {minimum:g} % of each file required"]


def _changes_below(
    minimum: float,
    files: Sequence[FileCoverage],
    changed: Mapping[str, frozenset[int]],
    base: str,
) -> list[str]:
    touched = [file.only(changed[file.path]) for file in files if file.path in changed]
    executed, total = _sum(touched)
    if _reaches(executed, total, minimum):
        return []
    missed = "; ".join(
        f"{file.path} {ranges(file.statements, file.missing)}" for file in touched if file.missing
    )
    said = f"{_shown(executed, total)} % of {total} statements changed since {base} covered"
    return [f"{said}, {minimum:g} % required: {missed}"]


def _shown(executed: int, total: int) -> str:
    """Write a percentage that is too low so that it never looks high enough: rounded down."""
    hundredths = 10_000 * executed // total
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _missed(files: Sequence[FileCoverage]) -> tuple[str, ...]:
    missing = [file for file in files if file.missing or file.missing_branches]
    missing.sort(key=lambda file: (-len(file.missing) - len(file.missing_branches), file.path))
    shown = sorted(missing[:_SHOWN_FILES], key=lambda file: file.path)
    width = max((len(file.path) for file in shown), default=0)
    lines = [
        f"{file.path:{width}}  {_shown(*file.ratio):>6} %  missed {_places(file)}" for file in shown
    ]
    more = len(missing) - len(shown)
    return (*lines, *([f"and {more} more files"] if more else ()))


def _places(file: FileCoverage) -> str:
    lines = ranges(file.statements | file.excluded, file.missing)
    arcs = [arc for arc in file.missing_branches if arc[0] not in file.missing]
    branches = [f"{start}->{'exit' if end < 0 else end}" for start, end in sorted(arcs)]
    return ", ".join(filter(None, [lines, *branches]))


def ranges(statements: Iterable[int], missing: Iterable[int]) -> str:
    """Write the missing lines as ``3-7, 12``: a range spans lines that are no statements."""
    found: list[list[int]] = []
    lacking, is_open = set(missing), False
    for line in sorted(statements):
        if line not in lacking:
            is_open = False
        elif is_open:
            found[-1][1] = line
        else:
            found.append([line, line])
            is_open = True
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in found)


def gate_text(gate: Coverage) -> str:
    """Say what a gate demands, in a few words."""
    parts = [f"at least {gate.minimum:g} % covered"]
    if gate.per_file_minimum is not None:
        parts.append(f"{gate.per_file_minimum:g} % of each file")
    if gate.diff_minimum is not None:
        parts.append(f"{gate.diff_minimum:g} % of what changed")
    return ", ".join(parts)
