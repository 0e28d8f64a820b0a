"""The CI gate in real repositories: from the committed state alone, in clones of other places."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.cli.calling import FOLDER, Answer, Shop
from tests.gitrepo import Repository

INI = "[pytest]\naddopts = -p no:randomly -p no:sugar -p no:html -p no:pytest_cov\n"
PLAN = """\
project: Shop
tasks:
  - {id: BASE, title: BASE, files: [base.txt],
     acceptance_criteria: [{text: It is there, file: base.txt}]}
  - {id: API, title: API, depends_on: [BASE], files: [api.txt],
     acceptance_criteria: [{text: It is there, file: api.txt},
                           {text: Says ok, run: grep -q ok api.txt}]}
  - {id: PAGE, title: PAGE, depends_on: [API], files: [page.txt],
     acceptance_criteria: [{text: It is there, file: page.txt}]}
"""
STATE = f"{FOLDER}/.project-state.yaml"


class Project:
    """A shop in a repository."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.shop, self.git = Shop(root), Repository(root)

    @classmethod
    def make(cls, root: Path) -> Project:
        Shop.make(root, PLAN, INI)
        Repository.make(root)
        return cls(root)

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def validate(self) -> int:
        return self.shop.validate("--tracks=1", "-n", "0").status

    def clone(self, root: Path, branch: str = "main") -> Shop:
        return Shop(self.git.clone(root, branch).root)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make both states of the project once."""
    folder = tmp_path_factory.mktemp("templates")
    (folder / "half").mkdir()
    half = Project.make(folder / "half")
    assert half.validate() == 1
    half.git.commit("Half done")
    shutil.copytree(half.root, folder / "done", symlinks=True)
    done = Project(folder / "done")
    done.write("api.txt", "ok")
    done.write("page.txt", "1")
    assert done.validate() == 0
    done.git.commit("Done")
    return folder


@pytest.fixture
def project(templates: Path, tmp_path: Path) -> Project:
    """Half done: BASE is PASS, API fails, PAGE is blocked; all of it committed on main."""
    return Project(shutil.copytree(templates / "half", tmp_path / "work", symlinks=True))


@pytest.fixture
def done(templates: Path, tmp_path: Path) -> Project:
    """The same, done."""
    return Project(shutil.copytree(templates / "done", tmp_path / "work", symlinks=True))


def reasons(answer: Answer) -> dict[str, str]:
    return {one["subject"]: one["defect"] for one in answer.json["reasons"]}


def test_what_is_done_is_done_in_a_clone_too(done: Project, tmp_path: Path) -> None:
    for shop in (done.shop, done.clone(tmp_path / "elsewhere" / "deep")):
        answer = shop.call("check")
        assert (answer.status, answer.errors) == (0, "")
        assert "open, all 3 tasks PASS" in answer.out


def test_times_of_change_and_ignored_files_decide_nothing(done: Project, tmp_path: Path) -> None:
    done.write(".gitignore", "build/\n")
    done.validate()
    done.git.commit("Ignore builds")
    clone = done.clone(tmp_path / "clone")
    for folder in ("build", ".venv", "node_modules"):
        (clone.root / folder).mkdir()
        (clone.root / folder / "x.py").write_text("1")
    (clone.root / "junit.xml").write_text("<testsuites/>")
    for path in clone.root.rglob("*.txt"):
        os.utime(path, (1, 1))
    assert clone.call("check").status == 0


def test_what_is_not_done(project: Project, tmp_path: Path) -> None:
    answer = project.clone(tmp_path / "clone").call("check", "--json")
    assert answer.status == 1
    assert reasons(answer) == {"API": "verdict", "PAGE": "verdict"}
    texts = [one["message"] for one in answer.json["reasons"]]
    assert texts[0].startswith("API is FAIL: AC-001 It is there: api.txt does not exist")
    assert answer.json["reasons"][0]["recommended_fix"].startswith("pytest --task=API")
    assert answer.json["passed"] == ["BASE"]


def test_nothing_recorded_at_all(tmp_path: Path) -> None:
    answer = Shop.make(tmp_path / "new", PLAN, INI).call("check")
    assert answer.status == 1
    assert "BASE has no verdict (pytest --task=BASE, and commit the state)" in " ".join(
        answer.out.split()
    )


@pytest.mark.parametrize(
    ("path", "changed"),
    [("api.txt", {"API", "PAGE"}), ("conftest.py", {"BASE", "API", "PAGE"})],
)
def test_a_pass_of_other_contents(
    done: Project, tmp_path: Path, path: str, changed: set[str]
) -> None:
    done.write(path, "ok = 1")
    done.git.commit("After the run")
    answer = done.clone(tmp_path / "clone").call("check", "--json")
    assert answer.status == 1
    assert reasons(answer) == dict.fromkeys(changed, "changed")


def test_a_weakened_criterion_makes_the_pass_another_ones(done: Project) -> None:
    plan = done.root / FOLDER / "tracks.yaml"
    plan.write_text(plan.read_text().replace("grep -q ok api.txt", "true"))
    assert reasons(done.shop.call("check", "--json")) == {"API": "changed", "PAGE": "changed"}


def test_completed_written_by_hand(project: Project, tmp_path: Path) -> None:
    project.write("api.txt", "no")
    state = project.root / STATE
    lines = state.read_text().replace("status: failed", "status: completed")
    state.write_text(lines.replace("validation_result: FAIL", "validation_result: PASS"))
    project.git.commit("Done, says who?")
    answer = project.clone(tmp_path / "clone").call("check", "--json")
    assert answer.status == 1
    assert reasons(answer) == {"API": "claim", "PAGE": "verdict"}
    assert "was changed by hand" in answer.json["warnings"][0]


def test_a_run_without_an_end(done: Project) -> None:
    crash = {
        "id": "BAD",
        "title": "Bad",
        "files": ["bad.txt"],
        "acceptance_criteria": [{"text": "x", "test": "test_bad.py"}],
    }
    done.write(f"{FOLDER}/tasks/BAD.yaml", json.dumps(crash))
    done.write("test_bad.py", "import os\n\ndef test_it():\n    os._exit(0)\n")
    assert done.validate() == 0  # so much for exit statuses
    answer = done.shop.call("check", "--json")
    assert answer.status == 1
    assert reasons(answer)["BAD"] == "verdict"
    assert "open run" in reasons(answer).values()


def test_the_record_of_a_dead_run_is_closed_by_the_next(done: Project) -> None:
    done.write("test_loose.py", "import os\n\ndef test_it():\n    os._exit(0)\n")
    arguments = ("--tracks=1", "-n", "0", "--tracks-rerun", "test_loose.py")
    assert done.shop.validate(*arguments).status == 0
    assert set(reasons(done.shop.call("check", "--json")).values()) == {"open run"}
    before = (done.root / STATE).read_bytes()
    assert done.validate() == 0  # everything holds, so nothing runs
    assert done.shop.call("check").status == 0
    assert before.count(b"PASS") == (done.root / STATE).read_bytes().count(b"PASS")


def test_what_assumes_is_not_enough(tmp_path: Path) -> None:
    plan = """\
tasks:
  - {id: A, title: A, files: [a.txt], acceptance_criteria: [Somebody has read it]}
  - {id: B, title: B, files: [b.txt], depends_on: [A],
     acceptance_criteria: [{text: There, file: pytest.ini}]}
"""
    shop = Shop.make(tmp_path / "open", plan, INI + "tracks_unverified = open\n")
    assert shop.validate("--tracks=1", "-n", "0").status == 0
    answer = shop.call("check", "--json")
    assert answer.status == 1
    assert reasons(answer) == {"A": "verdict", "B": "assumes"}


def test_required_tasks_alone(project: Project) -> None:
    assert project.shop.call("check", "--require=BA*").status == 0
    assert reasons(project.shop.call("check", "--require=BASE", "--require=API", "--json")) == {
        "API": "verdict"
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--require=BSAE",), "--require=BSAE matches no task of the plan (did you mean BASE?)"),
        (("--against=no/such",), "there is no commit 'no/such' in this repository"),
        (("--against=--all",), "there is no commit '--all' in this repository"),
    ],
)
def test_what_cannot_be_asked(project: Project, arguments: tuple[str, ...], said: str) -> None:
    answer = project.shop.call("check", *arguments)
    assert answer.status == 4
    assert said in answer.errors


def test_a_ref_without_git(tmp_path: Path) -> None:
    shop = Shop.make(tmp_path / "plain", PLAN, INI)
    answer = shop.call("check", "--against=main", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert answer.status == 4
    assert "Traceback" not in answer.errors


def test_a_change_that_finishes_a_task(project: Project, tmp_path: Path) -> None:
    project.git.branch("finish")
    project.write("api.txt", "ok")
    assert project.validate() == 1  # PAGE is not done yet
    project.git.commit("API")
    clone = project.clone(tmp_path / "clone", "finish")
    assert clone.call("check").status == 1
    answer = clone.call("check", "--against=origin/main")
    assert answer.status == 0
    assert "not yet PASS, and not asked for: PAGE FAIL" in answer.out
    assert "1 still PASS, 1 newly" in answer.out
    assert clone.call("check", "--against=origin/main", "--require=API").status == 0
    assert clone.call("check", "--against=origin/main", "--require=PAGE").status == 1


def test_a_change_that_breaks_a_task(done: Project, tmp_path: Path) -> None:
    done.git.branch("break")
    done.write("api.txt", "no")
    done.validate()
    done.git.commit("Break it")
    answer = done.clone(tmp_path / "clone", "break").call("check", "--against=origin/main")
    assert answer.status == 1
    text = " ".join(answer.out.split())
    assert "API was PASS at origin/main and is FAIL: AC-002 Says ok" in text
    assert "PAGE was PASS at origin/main and is BLOCKED: by API" in text


def test_a_change_that_was_not_validated(done: Project, tmp_path: Path) -> None:
    done.git.branch("unseen")
    done.write("api.txt", "ok, or so I think")
    done.git.commit("Not run")
    answer = done.clone(tmp_path / "clone", "unseen").call("check", "--against=origin/main")
    assert answer.status == 1
    assert "API was PASS at origin/main and is STALE: changed since it passed: its files" in (
        " ".join(answer.out.split())
    )


def test_a_task_that_has_vanished(done: Project) -> None:
    done.git.branch("vanish")
    plan = done.root / FOLDER / "tracks.yaml"
    plan.write_text(plan.read_text().partition("  - {id: PAGE")[0])
    assert done.validate() == 0
    done.git.commit("No page")
    assert reasons(done.shop.call("check", "--against=main", "--json")) == {"PAGE": "vanished"}
    found = done.shop.call("diff", "main", "--json").json["weakenings"]
    assert [one["id"] for one in found] == ["PAGE removed"]
    word = {"id": found[0]["id"], "digest": found[0]["digest"], "reason": "Nobody wants it"}
    plan.write_text(plan.read_text() + f"acknowledged: [{__import__('json').dumps(word)}]\n")
    assert done.shop.call("check", "--against=main").status == 0
    assert done.shop.call("diff", "main").status == 0


def test_where_the_state_stands_is_read_at_the_base(done: Project) -> None:
    """Pointing at another state would make everything at the base look as if it never passed."""
    done.git.branch("elsewhere")
    done.write("pytest.ini", INI + "tracks_state = docs/other.yaml\n")
    done.git.commit("Another state")
    answer = done.shop.call("check", "--against=main", "--json")
    assert answer.status == 1
    assert set(reasons(answer)) == {"BASE", "API", "PAGE"}


def test_a_base_without_a_plan(project: Project) -> None:
    tree = project.git.git("hash-object", "-w", "-t", "tree", os.devnull)
    empty = project.git.git("commit-tree", "-m", "Empty", tree)
    answer = project.shop.call("check", f"--against={empty}")
    assert answer.status == 0
    assert "no regression" in answer.out
    assert "no state is committed at" in answer.out


def test_a_signature_that_is_none_any_more(tmp_path: Path) -> None:
    plan = """\
reviewers: [ada]
tasks:
  - {id: A, title: A, files: [base.txt],
     acceptance_criteria: [{id: READ, text: Read, manual: true}]}
"""
    shop = Shop.make(tmp_path / "signed", plan, INI)
    assert shop.call("sign-off", "A", "READ", "--by", "ada", "--yes").status == 0
    assert shop.validate("--tracks=1", "-n", "0").status == 0
    assert shop.call("check").status == 0
    (shop.root / FOLDER / "tracks.yaml").write_text(plan.replace("[ada]", "[bob]"))
    answer = shop.call("check", "--json")
    assert answer.status == 1
    assert answer.json["reasons"][0]["details"] == ["a signature"]
