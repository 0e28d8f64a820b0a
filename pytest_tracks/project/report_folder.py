"""``--tracks-report=DIR`` and ``pytest-tracks report DIR``: everything that people look at.

::

    DIR/index.html            the whole plan, in one file
        completion.md         what it has come to
        tasks/TASK-004.md     a task's validation report; .json is its ``validation_result``,
              TASK-004.txt    what its items showed, in full as far as it was kept
        tracks/ sprints/      a report each
        report.json           what stands here, and outputs for a report that is made again later

A folder that holds anything else is refused: nobody's files are overwritten. Outputs are no part
of the state; those of an attempt whose verdict still stands are taken over from ``report.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.errors import UsageError
from pytest_tracks.project.report_files import put
from pytest_tracks.project.report_names import WRITTEN
from pytest_tracks.reports.page import page_html, require_jinja
from pytest_tracks.reports.page_facts import Output, PageFacts
from pytest_tracks.reports.part_markdown import (
    completion_markdown,
    sprint_markdown,
    track_markdown,
)
from pytest_tracks.reports.sections import sections
from pytest_tracks.reports.task_markdown import task_markdown
from pytest_tracks.reports.text import ends
from pytest_tracks.reports.validation_result import ValidationResult, results_of
from pytest_tracks.state.durable import is_temporary

__all__ = ["Outputs", "ReportFolder"]

Outputs = Mapping[str, Mapping[str, tuple[Output, ...]]]
"""Task → criterion → what its items showed."""

_MANIFEST, _PAGE = "report.json", "index.html"
_VERSION = 1
_PAGE_CHARACTERS = 4_000
"""Of one output in the page: its head and its tail; the text file has more."""


class ReportFolder:
    """The folder of a report; raises UsageError where it cannot be one."""

    def __init__(self, path: Path, root: Path, plan_folder: str) -> None:
        self.path = path
        require_jinja()
        _require_apart(path, root, root / plan_folder)
        self._known = self._read_manifest()

    def _read_manifest(self) -> dict[str, Any]:
        """Read what an earlier report has left; a folder with anything else is refused."""
        try:
            names = [entry.name for entry in self.path.iterdir() if not is_temporary(entry.name)]
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise UsageError(f"{self.path} cannot be a report: {error.strerror}") from error
        if names and _MANIFEST not in names:
            raise UsageError(f"{self.path} holds files that are no report (name another folder)")
        return _manifest(self.path / _MANIFEST) if names else {}

    def remembered(self, record: ProjectRecord) -> dict[str, dict[str, tuple[Output, ...]]]:
        """Return the outputs of attempts whose verdicts still stand."""
        found = {}
        for task, (attempt, outputs) in _kept(self._known).items():
            if attempt and record.task(task).attempt == attempt:
                found[task] = outputs
        return found

    def write(self, facts: PageFacts) -> Path:
        """Write everything; returns the page's path, raises OSError."""
        outputs = {**self.remembered(facts.record), **facts.outputs}
        facts = replace(facts, outputs=outputs)
        texts = dict(_texts(facts))
        self.path.mkdir(parents=True, exist_ok=True)
        # First what names the folder as ours: a report that was cut short can be made again.
        # With half of that file the folder would be nobody's.
        put(f"{self.path}/{_MANIFEST}", _manifest_text(facts, texts), in_one_step=True)
        for folder in ("tasks", "tracks", "sprints"):
            (self.path / folder).mkdir(exist_ok=True)
        known = frozenset(self._files())
        self._remove_old(known.difference(texts, [_MANIFEST]))
        for name, text in texts.items():
            is_page = name == _PAGE
            put(f"{self.path}/{name}", text, may_stand=name in known, in_one_step=is_page)
        return self.path / _PAGE

    def _files(self) -> list[str]:
        """List what an earlier report says to have written: anybody's hand may have been in it."""
        names = self._known.get("files")
        return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []

    def _remove_old(self, names: Iterable[str]) -> None:
        """Remove the reports of tasks that are no more: they would be taken for true."""
        for name in filter(_is_ours, names):
            (self.path / name).unlink(missing_ok=True)


def _is_ours(name: str) -> bool:
    """Whether a name is one of ours: the file that lists it is open to everybody's hand."""
    path = Path(name)
    is_below = not path.is_absolute() and ".." not in path.parts
    return is_below and any(
        len(path.parts) == one.count("/") + 1 and path.match(one) for one in WRITTEN
    )


def _require_apart(path: Path, root: Path, plan_folder: Path) -> None:
    if path == root or path in root.parents:
        raise UsageError(f"a report in {path} would stand among the project's own files")
    if path == plan_folder or plan_folder in path.parents or path in plan_folder.parents:
        raise UsageError(f"a report in {path} would stand among the plan's files")


def _texts(facts: PageFacts) -> Iterator[tuple[str, str]]:
    plan, record = facts.plan, facts.record
    results = results_of(plan, record, at=facts.made_at)
    facts_of_page = replace(facts, outputs=_capped(facts.outputs))
    yield ".gitignore", "*\n"
    yield _PAGE, page_html(facts_of_page, results)
    makespan = facts.layout.makespan
    yield "completion.md", completion_markdown(plan, record, planned_hours=makespan)
    for name, result in results.items():
        yield f"tasks/{name}.json", _json(result)
        yield f"tasks/{name}.md", _task_markdown(facts_of_page, name, result)
        if facts.outputs.get(name):
            yield f"tasks/{name}.txt", "".join(_plain(facts.outputs[name]))
    for section in sections(plan, record):
        if section.track is not None:
            text = track_markdown(plan, record, section)
            yield f"tracks/TRACK-{section.track.number:02}.md", text
        for group in section.sprints:
            if group.sprint is not None:
                yield f"sprints/{group.sprint.id}.md", sprint_markdown(plan, record, group)


def _task_markdown(facts: PageFacts, name: str, result: ValidationResult) -> str:
    attempts, outputs = facts.attempts.get(name, ()), facts.outputs.get(name)
    return task_markdown(facts.plan.tasks[name], facts.record, result, attempts, outputs)


_encoded = json.JSONEncoder(ensure_ascii=False).encode
_NEXT_CRITERION = '}, {"id": '
"""Stands between two criteria only: within a text a quotation mark has a backslash before it."""


def _json(result: ValidationResult) -> str:
    """Write a criterion a line: ``indent`` would take four times as long over thousands."""
    told = []
    for key, value in result.items():
        text = _encoded(value)
        if key == "criteria" and value:
            lines = text[1:-1].replace(_NEXT_CRITERION, '},\n    {"id": ')
            text = f"[\n    {lines}\n  ]"
        told.append(f'  "{key}": {text}')
    return "{\n" + ",\n".join(told) + "\n}\n"


def _plain(outputs: Mapping[str, Iterable[Output]]) -> Iterator[str]:
    for criterion, each in outputs.items():
        for output in each:
            yield f"==== {criterion}: {output.title}\n{output.text}\n\n"


def _capped(outputs: Outputs) -> dict[str, dict[str, tuple[Output, ...]]]:
    return {
        task: {
            name: tuple(
                replace(one, text=ends(one.text, _PAGE_CHARACTERS, ", see the folder tasks"))
                for one in each
            )
            for name, each in criteria.items()
        }
        for task, criteria in outputs.items()
    }


# -- report.json -----------------------------------------------------------------------------------


def _manifest_text(facts: PageFacts, written: Iterable[str]) -> str:
    kept = {
        task: {
            "attempt": facts.record.task(task).attempt,
            "criteria": {
                name: [[one.title, one.text] for one in each] for name, each in criteria.items()
            },
        }
        for task, criteria in facts.outputs.items()
    }
    document = {
        "version": _VERSION,
        "generator": "pytest-tracks",
        "files": [*written, _MANIFEST],
        "outputs": kept,
    }
    return json.dumps(document, ensure_ascii=False) + "\n"


def _manifest(path: Path) -> dict[str, Any]:
    """Read the file; raises UsageError where it is not one of ours."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is not readable (remove it, or name another folder)") from error
    if not isinstance(document, dict) or document.get("generator") != "pytest-tracks":
        raise UsageError(f"{path} is not ours (name another folder)")
    return document


def _kept(document: Mapping[str, Any]) -> dict[str, tuple[str, dict[str, tuple[Output, ...]]]]:
    """Read the outputs; what has another shape, by whatever hand, is left out."""
    found = {}
    outputs = document.get("outputs")
    for task, told in outputs.items() if isinstance(outputs, dict) else ():
        try:
            criteria = {
                str(name): tuple(Output(str(title), str(text)) for title, text in each)
                for name, each in told["criteria"].items()
            }
            found[str(task)] = str(told["attempt"]), criteria
        except (AttributeError, KeyError, TypeError, ValueError):
            continue
    return found
