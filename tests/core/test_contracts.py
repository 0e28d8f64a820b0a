from __future__ import annotations

from dataclasses import replace

from pytest_tracks.core.contracts import behind_owners, breaches, contract_digest
from pytest_tracks.core.model import Contract, Plan
from pytest_tracks.core.record import Digest, ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import TaskVerdict
from tests.core.worlds import PLACE, make_plan, make_task

PATH = "docs/api.yaml"


def plan_of(*users: str, owner_after: tuple[str, ...] = ()) -> Plan:
    tasks = [make_task("OWNER", owner_after)]
    tasks += [make_task(name, uses=("docs/*.yaml",)) for name in users]
    plan = make_plan(*tasks)
    return replace(plan, contracts=(Contract(PATH, "OWNER", PLACE),))


def digest(content: str) -> Digest:
    return Digest(contracts=contract_digest([(PATH, content), ("other", "1")]))


def known(
    content: str, verdict: TaskVerdict = TaskVerdict.PASS, passed: str = "d"
) -> ProjectRecord:
    return ProjectRecord(
        {"OWNER": TaskRecord(verdict, digest=digest(content), passed_definition=passed)}
    )


def test_a_contract_that_changed_after_its_owner_passed_is_broken() -> None:
    plan = plan_of("A", "B")
    (breach,) = breaches(plan, known("old"), {"OWNER": digest("new")})
    assert (breach.path, breach.owner, breach.users) == (PATH, "OWNER", ("A", "B"))


def test_it_stays_broken_until_the_owner_passes_again() -> None:
    failed = known("old", TaskVerdict.FAIL)
    assert breaches(plan_of("A"), failed, {"OWNER": digest("new")})
    assert not breaches(plan_of("A"), known("new"), {"OWNER": digest("new")})


def test_before_the_owner_has_passed_nothing_is_frozen() -> None:
    record = known("old", TaskVerdict.FAIL, passed="")
    assert not breaches(plan_of("A"), record, {"OWNER": digest("new")})
    assert not breaches(plan_of("A"), ProjectRecord(), {"OWNER": digest("new")})


def test_users_wait_for_the_owner_where_the_order_allows() -> None:
    plan = plan_of("A", "B", owner_after=("A",))
    broken = breaches(plan, known("old"), {"OWNER": digest("new")})
    held = behind_owners(plan, broken)
    assert held.tasks["B"].predecessors == ("OWNER",)
    assert held.tasks["A"].predecessors == (), "the owner itself waits for it"
    assert behind_owners(held, broken).tasks["B"].predecessors == ("OWNER",)
