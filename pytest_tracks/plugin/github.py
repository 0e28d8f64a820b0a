"""A run on GitHub Actions: the step's summary, and annotations at the plan's lines."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_tracks.core.redact import mask, secrets_of

if TYPE_CHECKING:
    from pytest_tracks.core.model import Plan
    from pytest_tracks.core.record import ProjectRecord
    from pytest_tracks.plugin.conductor import Conductor
    from pytest_tracks.plugin.preparation import Preparation

__all__ = ["GithubReport", "is_on_github", "register"]

_ON_GITHUB, _SUMMARY = "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"
_MOST_BYTES = 1_000_000
"""GitHub refuses a step's summary of more than 1 MiB, and shows none of it."""


def is_on_github(environment: Mapping[str, str]) -> bool:
    """Whether this run is a step of GitHub Actions."""
    return environment.get(_ON_GITHUB) == "true"


def register(run: Preparation) -> None:
    """Take part on GitHub Actions."""
    if is_on_github(os.environ):
        github = GithubReport(run.plan, run.conductor, run.recorder.display, run.taking_part)
        run.config.pluginmanager.register(github, "tracks-github")


class GithubReport:
    """Tells GitHub at the end of the run."""

    def __init__(
        self,
        plan: Plan,
        conductor: Conductor,
        display: Callable[[], ProjectRecord],
        only: Collection[str],
    ) -> None:
        self._plan = plan
        self._conductor = conductor
        self._display = display
        self._only = only

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Write both; a criterion's output may hold a secret, so it is masked once more."""
        from pytest_tracks.reports.github import annotation_lines  # not in every run

        record = self._display()
        for line in annotation_lines(self._plan, record, self._only):
            print(mask(line, secrets_of(os.environ)), flush=True)
        if summary := os.environ.get(_SUMMARY):
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(self._summary(record))

    def _summary(self, record: ProjectRecord) -> str:
        from pytest_tracks.reports.graph_layout import make_picture
        from pytest_tracks.reports.graph_mermaid import mermaid_text
        from pytest_tracks.reports.markdown import summary_markdown

        picture = make_picture(self._plan, record, self._conductor.layout)
        sentence = self._conductor.sentence
        text = summary_markdown(
            self._plan, record, sentence=sentence, mermaid=mermaid_text(picture)
        )
        if len(text.encode()) > _MOST_BYTES:
            text = summary_markdown(self._plan, record, sentence=sentence)
        return mask(text, secrets_of(os.environ))
