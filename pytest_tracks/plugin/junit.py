"""What a junit file says of tracks: whose criterion a test case is, and whether the gate is closed.

::

    <testcase …><properties>tracks_task, tracks_track, tracks_criterion, tracks_iteration,
                            tracks_verdict, tracks_task_verdict</properties></testcase>
    <testcase classname="tracks" name="gate">    fails with the sentence of the exit status

Whose a report is, is known when it comes; verdicts are not before the end, so that they are put
into the file that pytest has written. A server that counts failures only is told of blocked tasks
too where ``tracks_junit_blocked = failure``; without the last test case it would show green for a
closed gate.
"""

from __future__ import annotations

import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_tracks.core.verdict import CriterionVerdict

if TYPE_CHECKING:
    from pytest_tracks.plugin.conductor import Conductor
    from pytest_tracks.plugin.preparation import Preparation

__all__ = ["JunitReport", "register"]

_TASK, _CRITERION, _ITERATION = "tracks_task", "tracks_criterion", "tracks_iteration"
_TRACK, _VERDICT, _TASK_VERDICT = "tracks_track", "tracks_verdict", "tracks_task_verdict"
_JOIN = ", "


def register(run: Preparation) -> None:
    """Take part where a junit file is written."""
    if path := getattr(run.config.option, "xmlpath", None):
        file, blocked_fail = Path(os.path.abspath(path)), run.settings.junit_blocked_fail
        junit = JunitReport(run.conductor, file, blocked_fail=blocked_fail)
        run.config.pluginmanager.register(junit, "tracks-junit")


class JunitReport:
    """Completes the file of ``--junitxml``."""

    def __init__(self, conductor: Conductor, path: Path, *, blocked_fail: bool) -> None:
        self._conductor = conductor
        self._path = path
        self._blocked_fail = blocked_fail

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say whose the report is, on the last one of an item: that is the one pytest looks at."""
        about = self._conductor.about(report) if report.when == "teardown" else None
        if about is not None:
            report.user_properties += [
                (_TASK, about.task),
                (_TRACK, about.track),
                (_CRITERION, _JOIN.join(about.criteria)),
                (_ITERATION, str(about.iteration)),
            ]

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Put the verdicts into the file."""
        if self._path.exists():
            tree = ElementTree.parse(self._path)
            suite = next(tree.getroot().iter("testsuite"))
            for case in suite.iter("testcase"):
                self._complete(suite, case)
            self._add_gate(suite)
            tree.write(self._path, encoding="utf-8", xml_declaration=True)

    def _complete(self, suite: ElementTree.Element, case: ElementTree.Element) -> None:
        properties = case.find("properties")
        known = {one.get("name"): one.get("value", "") for one in properties or ()}
        task = known.get(_TASK)
        if properties is None or task is None:
            return
        verdicts = self._verdicts(task, known.get(_CRITERION, ""))
        _add_property(properties, _VERDICT, _JOIN.join(verdicts))
        _add_property(properties, _TASK_VERDICT, self._conductor.verdict_word(task))
        skipped = case.find("skipped")
        fine = all(verdict == CriterionVerdict.PASS.value for verdict in verdicts)
        if self._blocked_fail and skipped is not None and not fine:
            skipped.tag = "failure"
            skipped.attrib.pop("type", None)
            _count(suite, "skipped", -1)
            _count(suite, "failures", 1)

    def _verdicts(self, task: str, criteria: str) -> list[str]:
        results = self._conductor.results(task)
        word = self._conductor.verdict_word(task)
        return [
            results[name].verdict.value if name in results else word
            for name in criteria.split(_JOIN)
        ]

    def _add_gate(self, suite: ElementTree.Element) -> None:
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": "tracks", "name": "gate", "time": "0.000"}
        )
        _count(suite, "tests", 1)
        sentence = self._conductor.sentence
        if self._conductor.exit_status != 0:
            failure = ElementTree.SubElement(case, "failure", {"message": sentence})
            failure.text = sentence
            _count(suite, "failures", 1)


def _add_property(properties: ElementTree.Element, name: str, value: str) -> None:
    ElementTree.SubElement(properties, "property", {"name": name, "value": value})


def _count(suite: ElementTree.Element, name: str, change: int) -> None:
    suite.set(name, str(int(suite.get(name, "0")) + change))
