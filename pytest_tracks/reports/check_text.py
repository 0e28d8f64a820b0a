"""What ``pytest-tracks check`` says: each reason in a line, with what to do, then one sentence.

::

    TASK-003 was PASS at origin/main and is FAIL: AC-002 Password can be reset: assert 404 == 200
      (pytest --task=TASK-003)
    not yet PASS, and not asked for: TASK-005 BLOCKED, TASK-006 never validated
    check: closed against origin/main, 1 reason; 4 of 7 tasks PASS
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from pytest_tracks.core.check import Decision, Defect, Demand, Evidence, Reason
from pytest_tracks.reports.line import Line, Style
from pytest_tracks.reports.next_text import command_for
from pytest_tracks.reports.reasons import reason as why
from pytest_tracks.reports.text import clean, wrap
from pytest_tracks.reports.wording import enumeration, plural

__all__ = ["CheckDocument", "ReasonDocument", "check_json", "check_lines", "goal_lines"]


class ReasonDocument(TypedDict):
    """Why the gate is closed; ``subject`` is a task, or a run."""

    subject: str
    defect: str
    details: list[str]
    verdict: str | None
    message: str
    recommended_fix: str


class CheckDocument(TypedDict):
    """The answer of ``check``; ``against`` is null where nothing was compared."""

    ok: bool
    against: str | None
    required: list[str]
    reasons: list[ReasonDocument]
    passed: list[str]
    open: list[ReasonDocument]
    warnings: list[str]


def check_json(
    decision: Decision, demand: Demand, evidence: Evidence, warnings: Sequence[str] = ()
) -> CheckDocument:
    """Give the answer as values that ``json.dump`` takes."""
    said = _Wording(demand, evidence)
    return {
        "ok": decision.is_fine,
        "against": demand.against or None,
        "required": sorted(demand.required),
        "reasons": [said.document(reason) for reason in decision.reasons],
        "passed": list(decision.passed),
        "open": [said.document(reason) for reason in decision.open],
        "warnings": [clean(warning) for warning in warnings],
    }


def check_lines(
    decision: Decision,
    demand: Demand,
    evidence: Evidence,
    warnings: Sequence[str] = (),
    *,
    width: int = 80,
) -> list[Line]:
    """Write the reasons, what is still open, and the sentence."""
    said = _Wording(demand, evidence)
    lines = [Line.of(one) for text in warnings for one in wrap(f"warning: {clean(text)}", width)]
    for reason in decision.reasons:
        fix = said.fix(reason)
        text = said.sentence(reason) + (f" ({fix})" if fix else "")
        lines += [Line.of(one, Style.BAD) for one in wrap(text, width, hang=2)]
    if decision.open:
        listed = ", ".join(said.state(reason) for reason in decision.open)
        text = f"not yet PASS, and not asked for: {listed}"
        lines += [Line.of(one) for one in wrap(text, width, hang=2)]
    style = Style.GOOD if decision.is_fine else Style.BAD
    closing = wrap(f"check: {_closing(decision, demand, evidence)}", width, hang=7)
    return [*lines, *(Line.of(one, style) for one in closing)]


def goal_lines(
    exit_status: int,
    decision: Decision,
    demand: Demand,
    evidence: Evidence,
    *,
    failed_elsewhere: int = 0,
    width: int = 80,
) -> list[Line]:
    """Explain the exit status of a run whose goal is no regression, as ``check`` would."""
    said = _Wording(demand, evidence)
    opening = f"exit {exit_status}: "
    if decision.is_fine and exit_status == 0:
        listed = enumeration([said.state(reason) for reason in decision.open], most=5)
        rest = f"; not yet PASS: {listed}" if listed else ""
        text = f"no regression against {demand.against} ({_kept(decision, demand)}){rest}"
    elif decision.is_fine:
        blame = f"{plural(failed_elsewhere, 'test')} outside the plan failed"
        blame = blame if failed_elsewhere else "see the errors above"
        text = f"no regression against {demand.against}, but {blame}"
    else:
        listed = "; ".join(said.sentence(reason) for reason in decision.reasons[:5])
        more = len(decision.reasons) - 5
        tail = f"; {more} more" if more > 0 else ""
        text = f"{plural(len(decision.reasons), 'regression')} against {demand.against}: "
        text += listed + tail
    style = Style.GOOD if exit_status == 0 else Style.BAD
    return [Line.of(one, style) for one in wrap(opening + text, width, hang=len(opening))]


def _closing(decision: Decision, demand: Demand, evidence: Evidence) -> str:
    total = len(evidence.plan.tasks)
    count = f"{len(decision.passed)} of {plural(total, 'task')} PASS"
    if not decision.is_fine:
        return f"closed, {plural(len(decision.reasons), 'reason')}; {count}"
    if demand.is_bare:
        return f"open, all {plural(total, 'task')} PASS, and what they rest on is in this tree"
    if demand.against:
        return f"open, no regression against {demand.against} ({_kept(decision, demand)}); {count}"
    return f"open, {plural(len(demand.required), 'required task')} PASS; {count}"


def _kept(decision: Decision, demand: Demand) -> str:
    kept = sum(name in demand.passed for name in decision.passed)
    new = len(decision.passed) - kept
    return f"{kept} still PASS" + (f", {new} newly" if new else "")


class _Wording:
    """Puts reasons into words, with what is remembered of their tasks."""

    def __init__(self, demand: Demand, evidence: Evidence) -> None:
        self._demand = demand
        self._evidence = evidence

    def document(self, reason: Reason) -> ReasonDocument:
        known = self._evidence.record.tasks.get(reason.subject)
        verdict = known.verdict.value if known is not None and known.verdict else None
        return {
            "subject": clean(reason.subject),
            "defect": reason.defect.value,
            "details": [clean(one) for one in reason.details],
            "verdict": verdict,
            "message": self.sentence(reason),
            "recommended_fix": self.fix(reason),
        }

    def sentence(self, reason: Reason) -> str:
        """Say what is wrong: found, asked, why."""
        name = clean(reason.subject)
        if reason.defect is Defect.OPEN_RUN:
            waits = enumeration([clean(one) for one in reason.details])
            rest = f", still to settle: {waits}" if waits else ""
            return f"the record of run {name} has no end: it goes on, or died{rest}"
        if reason.defect is Defect.VANISHED:
            return f"{name} was PASS at {self._demand.against} and is gone from the plan"
        before = f"was PASS at {self._demand.against} and " if self._was_passed(name) else ""
        return f"{name} {before}{self._is(reason)}"

    def _was_passed(self, name: str) -> bool:
        return name in self._demand.passed

    def _is(self, reason: Reason) -> str:
        details = enumeration([clean(one) for one in reason.details])
        if reason.defect is Defect.VERDICT:
            task = self._evidence.plan.tasks[reason.subject]
            more = why(task, self._evidence.record.task(reason.subject))
            return f"is {details}" + (f": {more}" if more else "")
        return _PHRASES[reason.defect].format(details or "what it rests on")

    def state(self, reason: Reason) -> str:
        """Name a task and its verdict, shortly."""
        name = clean(reason.subject)
        if reason.defect is Defect.VERDICT:
            return f"{name} {reason.details[0]}"
        return f"{name} {_SHORT[reason.defect]}"

    def fix(self, reason: Reason) -> str:
        """Say what to do."""
        if reason.defect is Defect.OPEN_RUN:
            return "let it end, or run pytest --tracks=auto again; then commit the state"
        if reason.defect is Defect.VANISHED:
            return (
                "put it back, or say why it is gone under acknowledged: in tracks.yaml,"
                f" see pytest-tracks diff {self._demand.against}"
            )
        if reason.defect is Defect.ASSUMES:
            return "have them verified: pytest-tracks show " + clean(reason.details[0])
        if reason.defect is Defect.WAITS:
            return ""
        return f"{command_for(clean(reason.subject))}, and commit the state"


_PHRASES = {
    Defect.NEVER: "has no verdict",
    Defect.CLAIM: "is {} by claim only: no record supports it",
    Defect.CHANGED: "is STALE: changed since it passed: {}",
    Defect.ASSUMES: "is PASS, but assumes what nobody has verified: {}",
    Defect.PARTIAL: "is PASS, but not by all its criteria: {}",
    Defect.RUNNING: "has an attempt without an end",
    Defect.WAITS: "waits for {}",
}
_SHORT = {
    Defect.NEVER: "no verdict",
    Defect.CLAIM: "by claim only",
    Defect.CHANGED: "STALE",
    Defect.ASSUMES: "assumes",
    Defect.PARTIAL: "INCOMPLETE",
    Defect.RUNNING: "running",
    Defect.WAITS: "waits",
}
