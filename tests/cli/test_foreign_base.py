"""A plan that is a document, and a commit that it is measured against."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calling import Shop
from tests.gitrepo import Repository

DOCUMENT = "docs/plan.md"
SIDE = f"{DOCUMENT}.tracks/tracks.yaml"
PHASES = """\
### Phase 1: Store
dependencies: []

- [ ] write it

### Phase 2: Sell
dependencies: [1]

- [ ] write that
"""
CHECKS = "criteria: {PHASE-1/AC-001: {file: a.txt}, PHASE-2/AC-001: {file: b.txt}}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A project whose phase plan has passed, state and all committed on ``main``."""
    shop = Shop(tmp_path / "shop")
    (shop.root / SIDE).parent.mkdir(parents=True)
    (shop.root / DOCUMENT).write_text(PHASES)
    (shop.root / SIDE).write_text(CHECKS)
    (shop.root / "pytest.ini").write_text(f"[pytest]\ntracks_plan = {DOCUMENT}\n")
    for name in ("a.txt", "b.txt"):
        (shop.root / name).write_text(name)
    repository = Repository.make(shop.root)
    answer = shop.validate("--tracks=1")
    assert answer.status == 0, answer.out
    repository.commit("Passed")
    return shop


def test_diff_of_a_document_and_its_side_file(shop: Shop) -> None:
    answer = shop.call("diff", "main")
    assert (answer.status, answer.out) == (0, "diff: nothing became weaker since main\n")
    (shop.root / SIDE).write_text(CHECKS.replace("file: b.txt", "file: pytest.ini"))
    answer = shop.call("diff", "main", "--json")
    assert answer.status == 1
    assert [one["id"].split()[0] for one in answer.json["weakenings"]] == ["PHASE-2/AC-001"]
    (shop.root / DOCUMENT).write_text(PHASES.partition("### Phase 2")[0])
    (shop.root / SIDE).write_text("criteria: {PHASE-1/AC-001: {file: a.txt}}\n")
    assert "PHASE-2" in shop.call("diff", "main").out.splitlines()[0]


def test_check_against_a_document(shop: Shop) -> None:
    assert shop.call("check", "--against", "main").status == 0
    (shop.root / "b.txt").unlink()
    answer = shop.call("check", "--against", "main")
    assert answer.status == 1
    assert "PHASE-2" in answer.out


def test_a_sealed_document_is_that_of_the_commit(shop: Shop) -> None:
    (shop.root / "b.txt").unlink()
    (shop.root / SIDE).write_text(CHECKS.replace("file: b.txt", "file: pytest.ini"))
    assert shop.validate("--tracks=1").status == 0
    sealed = shop.validate("--tracks=1", "--tracks-seal=main")
    assert sealed.status == 1, sealed.out
    assert "b.txt" in sealed.out


def test_a_document_that_is_not_at_the_commit(shop: Shop) -> None:
    Repository(shop.root).git("rm", "-q", "--cached", DOCUMENT)
    Repository(shop.root).git("commit", "-q", "-m", "Gone")
    answer = shop.call("diff", "main")
    assert (answer.status, answer.out) == (4, "")
    assert answer.errors == f"ERROR: there is no plan in {DOCUMENT} at main\n"


@pytest.mark.parametrize("command", [["status"], ["next"], ["show", "PHASE-2"], ["graph"]])
def test_commands_read_a_document(shop: Shop, command: list[str]) -> None:
    answer = shop.call(*command)
    assert (answer.status, answer.errors) == (0, "")
    assert answer.out
