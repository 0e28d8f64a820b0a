"""The recipe of docs/ci.md for pull requests, played through: authors, a shared repository, CI."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.gitrepo import Repository
from tests.readme import DOCS, commands, run

PLAN = """\
project: Shop
tracks: {1: Backend, 2: Frontend}
tasks:
  - id: AUTH
    title: Customers sign in
    track: 1
    files: [auth.py]
    acceptance_criteria: [{id: TOKEN, text: Login returns a token}]
  - id: CART
    title: Customers collect
    track: 1
    depends_on: [AUTH]
    files: [cart.py]
    acceptance_criteria: [{id: SUM, text: The cart has a sum, test: tests/test_cart.py}]
  - id: PAGE
    title: Customers see it
    track: 2
    files: [page.html]
    acceptance_criteria: [{text: It has a title, file: {path: page.html, contains: <title>}}]
"""
AUTH_TEST = """\
import pytest

import auth


@pytest.mark.criterion("AUTH/TOKEN")
def test_login():
    assert auth.login("ada") == "token of ada"
"""
CART_TEST = "import cart\n\n\ndef test_sum():\n    assert cart.total([1, 2]) == 3\n"


def recipe() -> list[list[str]]:
    """Take the commands out of the page."""
    text = (DOCS / "ci.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- recipe -->\n(.*?)<!-- /recipe -->", text, re.DOTALL)
    assert block is not None
    found = commands(block[1])
    assert len(found) == 4
    return found


def ci(repository: Repository, branch: str, folder: Path) -> dict[str, tuple[int, str]]:
    """Do what the job of a pull request does: clone, and run the recipe."""
    clone = repository.clone(folder, branch)
    done = [(" ".join(command), run(command, clone.root)) for command in recipe()]
    return {name: (one.returncode, one.stdout + one.stderr) for name, one in done}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A project half done: AUTH is PASS, CART fails, PAGE is not begun."""
    root = tmp_path / "origin"
    (root / "docs/planning").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "docs/planning/tracks.yaml").write_text(PLAN)
    (root / "pytest.ini").write_text("[pytest]\npythonpath = .\ntestpaths = tests\n")
    (root / ".gitignore").write_text("__pycache__/\n")
    (root / "auth.py").write_text('def login(name):\n    return f"token of {name}"\n')
    (root / "tests/test_auth.py").write_text(AUTH_TEST)
    (root / "cart.py").write_text("def total(prices):\n    return 0\n")
    (root / "tests/test_cart.py").write_text(CART_TEST)
    repository = Repository.make(root)
    assert run(["pytest", "--tracks=1", "-n", "0"], root).returncode == 1
    repository.commit("Customers sign in")
    return repository


def test_a_green_pull_request_finishes_a_task(repository: Repository, tmp_path: Path) -> None:
    repository.branch("cart")
    (repository.root / "cart.py").write_text("def total(prices):\n    return sum(prices)\n")
    assert run(["pytest", "--task=CART"], repository.root).returncode == 0
    repository.commit("Customers collect")
    answers = ci(repository, "cart", tmp_path / "ci")
    assert {name: status for name, (status, _) in answers.items()} == dict.fromkeys(answers, 0), (
        answers
    )
    said = " ".join(" ".join(text for _, text in answers.values()).split())
    assert "1 still PASS, 1 newly" in said
    assert "nothing became weaker since origin/main" in said
    assert "not yet PASS: PAGE FAIL" in said


def test_a_red_one_breaks_a_finished_task(repository: Repository, tmp_path: Path) -> None:
    """With the test made to agree, and the state committed as the author's run has written it."""
    repository.branch("passwords")
    (repository.root / "auth.py").write_text("def login(name):\n    return None\n")
    test = repository.root / "tests/test_auth.py"
    assert run(["pytest", "--tracks=1", "-n", "0"], repository.root).returncode == 1
    repository.commit("Passwords")
    answers = [*ci(repository, "passwords", tmp_path / "ci").values()]
    assert [status for status, _ in answers] == [1, 0, 1, 1], answers
    assert "AUTH was PASS at origin/main and is FAIL" in " ".join(answers[0][1].split())
    test.write_text(AUTH_TEST.replace("    assert auth", "    auth"))
    assert run(["pytest", "--task=AUTH", "-n", "0"], repository.root).returncode == 0
    repository.commit("Passwords, and a test that agrees")
    clone = repository.clone(tmp_path / "again", "passwords").root
    check, diff = (run(command, clone) for command in recipe()[:2])
    assert (check.returncode, diff.returncode) == (0, 1)
    assert "tests/test_auth.py::test_login asserts 0 things, was 1" in diff.stdout
