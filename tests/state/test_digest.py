from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from pytest_tracks.core.model import Check, Coverage, Criterion, Location, Plan, Step, Task
from pytest_tracks.core.record import Digest
from pytest_tracks.state.digest import DEFAULT_IGNORE, Digester
from pytest_tracks.state.worktree import WorkTree

from .worlds import plan, task

OWNING = task("TASK-1", files=("src/auth/**",))
OTHER = task("TASK-2", files=("src/cart",))
WHOLE = task("TASK-3")

TREE = {
    "src/auth/login.py": "login",
    "src/cart/cart.py": "cart",
    "src/shared.py": "shared",
    "tests/conftest.py": "fixtures",
    "tests/test_auth.py": "def test_login(): ...",
    "requirements.lock": "a==1",
    "README.md": "words",
    "docs/planning/tracks.yaml": "plan",
}


def git(root: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
        cwd=root,
        check=True,
        capture_output=True,
    )


def put(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def grow(root: Path) -> Path:
    root.mkdir(exist_ok=True)
    for path, text in TREE.items():
        put(root, path, text)
    return root


@pytest.fixture(params=["plain", "git"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    grow(tmp_path / "project")
    if request.param == "git":
        git(tmp_path / "project", "init", "-q")
        put(tmp_path / "project", ".gitignore", "*.log\n")
        git(tmp_path / "project", "add", ".")
        git(tmp_path / "project", "commit", "-qm", "first")
    return tmp_path / "project"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(grow(tmp_path / "project"), "init", "-q")
    git(tmp_path / "project", "add", ".")
    git(tmp_path / "project", "commit", "-qm", "first")
    return tmp_path / "project"


def the_plan(*tasks: Task) -> Plan:
    return plan(*(tasks or (OWNING, OTHER, WHOLE)), files=["docs/planning/tracks.yaml"])


BOUND = {"AC-001": ["tests/test_auth.py::test_login"]}


def digest(
    root: Path,
    task_id: str = "TASK-1",
    *,
    tasks: Sequence[Task] = (),
    bound: dict[str, list[str]] | None = None,
    predecessors: dict[str, Digest] | None = None,
    ignore: Sequence[str] = DEFAULT_IGNORE,
) -> Digest:
    digester = Digester(root, the_plan(*tasks), ignore)
    return digester.digest(task_id, bound or {}, predecessors or {})


def changed(root: Path, path: str, text: str = "other", task_id: str = "TASK-1") -> tuple[str, ...]:
    """Change a file and say what that means for a task."""
    options: dict[str, object] = {"bound": BOUND}
    before = digest(root, task_id, **options)  # type: ignore[arg-type]
    put(root, path, text)
    return digest(root, task_id, **options).difference(before)  # type: ignore[arg-type]


def test_nothing_changed(root: Path):
    assert digest(root) == digest(root)
    assert all([digest(root).definition, digest(root).files, digest(root).shared])


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("src/auth/login.py", ("its files",)),
        ("src/auth/new/deep.py", ("its files",)),
        ("src/cart/cart.py", ()),
        ("src/shared.py", ("a file that no task owns",)),
        ("brand_new.py", ("a file that no task owns",)),
        ("tests/test_auth.py", ("its bound tests",)),
        ("README.md", ()),
        ("docs/planning/tracks.yaml", ()),
        ("docs/planning/.project-state.yaml", ()),
        ("docs/planning/.tracks/journal.jsonl", ()),
        ("src/auth/__pycache__/login.cpython-311.pyc", ()),
        (".coverage.machine.1.2", ()),
    ],
)
def test_which_change_means_what(root: Path, path: str, parts: tuple[str, ...]):
    assert changed(root, path) == parts


def test_fault_66_a_source_edit_concerns_a_task_without_files(root: Path):
    assert changed(root, "src/cart/cart.py", task_id="TASK-3") == ("its files",)


@pytest.mark.parametrize("path", ["tests/conftest.py", "requirements.lock"])
@pytest.mark.parametrize("task_id", ["TASK-1", "TASK-2", "TASK-3"])
def test_fault_67_conftest_and_lock_file_concern_every_task(root: Path, path: str, task_id: str):
    assert "a file that no task owns" in changed(root, path, task_id=task_id)


def test_a_test_module_concerns_only_the_tasks_that_bind_its_tests(root: Path):
    before, binding = digest(root, "TASK-2"), digest(root, "TASK-2", bound=BOUND)
    put(root, "tests/test_auth.py", "def test_login(): assert True")
    assert digest(root, "TASK-2") == before, "whatever a run has collected"
    assert digest(root, "TASK-2", bound=BOUND).difference(binding) == ("its bound tests",)


def test_a_task_that_runs_commands_rests_on_every_test_module(root: Path):
    lint = Criterion(
        "AC-001", "Suite is green", Check("run", {"command": "make check"}), Location("p.yaml")
    )
    running = replace(OTHER, criteria=(lint,))
    before = digest(root, "TASK-2", tasks=(OWNING, running))
    put(root, "tests/test_auth.py", "def test_login(): pass  # emptied")
    after = digest(root, "TASK-2", tasks=(OWNING, running))
    assert after.difference(before) == ("a file that no task owns",)


def test_a_module_with_another_name_is_shared_code(root: Path):
    put(root, "tests/contest.py", "1")
    before = digest(root, "TASK-2")
    put(root, "tests/contest.py", "2")
    assert digest(root, "TASK-2").difference(before) == ("a file that no task owns",)


def test_node_ids_and_their_criterion_are_part_of_the_tests(root: Path):
    found = {
        digest(root, bound=bound).tests
        for bound in (
            {},
            BOUND,
            {"AC-002": BOUND["AC-001"]},
            {"AC-001": ["tests/test_auth.py::test_login[a]"]},
        )
    }
    assert len(found) == 4
    assert "" in found
    two = ["tests/test_auth.py::a", "tests/test_auth.py::b"]
    assert digest(root, bound={"AC-001": two}) == digest(root, bound={"AC-001": two[::-1]})


def test_a_test_file_outside_of_the_listing_is_read_all_the_same(root: Path):
    bound = {"AC-001": ["venv/test_x.py::test"]}
    before = digest(root, bound=bound)
    put(root, "venv/test_x.py", "new")
    assert digest(root, bound=bound).difference(before) == ("its bound tests",)


def test_a_conftest_counts_that_git_ignores(repository: Path):
    put(repository, ".gitignore", "conftest.py\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "ignored")
    bound = {"AC-001": ["tests/test_auth.py::test_login"]}
    before = digest(repository, bound=bound)
    put(repository, "conftest.py", "import other")
    assert before.difference(digest(repository, bound=bound)) == ("its bound tests",)


def test_settings_of_the_repository_hide_no_change(repository: Path):
    os.utime(repository / "src/auth/login.py", (1.7e9, 1.7e9))
    git(repository, "update-index", "-q", "--refresh")
    before = digest(repository)
    git(repository, "config", "core.trustctime", "false")
    git(repository, "config", "core.checkStat", "minimal")
    time.sleep(1.1)  # git's index knows the time of a change in whole seconds
    put(repository, "src/auth/login.py", "nigol")
    os.utime(repository / "src/auth/login.py", (1.7e9, 1.7e9))
    assert before != digest(repository)


def test_a_file_that_is_removed_or_made_executable_or_a_link_is_a_change(root: Path):
    found = [digest(root).files]
    path = root / "src/auth/login.py"
    path.chmod(0o755)
    found.append(digest(root).files)
    path.unlink()
    found.append(digest(root).files)
    path.symlink_to("nowhere")
    found.append(digest(root).files)
    path.unlink()
    path.symlink_to("elsewhere")
    found.append(digest(root).files)
    assert len(set(found)) == 5


@pytest.mark.parametrize(
    "same",
    [
        replace(OWNING, title="Other", owner="Ada", hours=3.0, pin=2, priority="high"),
        replace(OWNING, steps=(Step("x", True),), tags=("t",), metadata={"a": 1}, claim="done"),
        replace(OWNING, resources={"db": 1}, description="words"),
    ],
)
def test_what_does_not_matter_for_passing_is_no_part_of_the_definition(root: Path, same: Task):
    assert digest(root, tasks=[same]).definition == digest(root).definition


_CRITERION = OWNING.criteria[0]


@pytest.mark.parametrize(
    "other",
    [
        replace(OWNING, criteria=()),
        replace(OWNING, criteria=(replace(_CRITERION, text="less"),)),
        replace(OWNING, criteria=(replace(_CRITERION, id="AC-002"),)),
        replace(OWNING, criteria=(replace(_CRITERION, check=Check("run", {"run": "true"})),)),
        replace(OWNING, criteria=(replace(_CRITERION, allow=frozenset({"skip"})),)),
        replace(OWNING, predecessors=("TASK-2",)),
        replace(OWNING, files=("src/auth/*.py",)),
        replace(OWNING, coverage=Coverage(("src",), 80)),
        replace(OWNING, coverage=Coverage(("src",), 70)),
    ],
)
def test_what_matters_for_passing_is(root: Path, other: Task):
    assert digest(root, tasks=[other]).definition != digest(root).definition


def test_parameters_count_whatever_mapping_holds_them(root: Path):
    def defined(params: object) -> str:
        check = Check("file", params)  # type: ignore[arg-type]
        return digest(
            root, tasks=[replace(OWNING, criteria=(replace(_CRITERION, check=check),))]
        ).definition

    nested = MappingProxyType({"file": MappingProxyType({"path": "a", "of": ("x",)})})
    assert defined(nested) == defined({"file": {"of": ["x"], "path": "a"}})
    assert defined(nested) != defined({"file": {"of": ["x"], "path": "b"}})


def test_predecessors_count_with_all_that_they_are_bound_to(root: Path):
    one = digest(root, predecessors={"TASK-2": Digest("a")})
    assert one.predecessors != digest(root).predecessors == ""
    for other in (Digest("b"), Digest("a", "f"), Digest("a", predecessors="p")):
        assert digest(root, predecessors={"TASK-2": other}).predecessors != one.predecessors


def test_a_pure_gate_has_no_contents(root: Path):
    gate = task("SYNC-01", "TASK-1", criteria=0)
    found = digest(root, "SYNC-01", tasks=[OWNING, gate])
    assert (found.files, found.shared, found.tests) == ("", "", "")


def test_an_owned_file_counts_whatever_is_ignored(root: Path):
    writer = task("TASK-1", files=("docs/*.md",))
    put(root, "docs/guide.md", "one")
    before = digest(root, tasks=[writer])
    put(root, "docs/guide.md", "two")
    assert digest(root, tasks=[writer]).difference(before) == ("its files",)


def test_a_used_contract_counts(root: Path):
    user = replace(OWNING, uses=("src/cart/cart.py",))
    before = digest(root, tasks=[user, OTHER])
    put(root, "src/cart/cart.py", "changed")
    assert digest(root, tasks=[user, OTHER]).difference(before) == ("its files",)


@pytest.mark.parametrize(
    "params",
    [
        {"path": "GUIDE.md", "contains": "x"},
        {"run": "grep x GUIDE.md"},
        {"run": ["cat", "GUIDE.md"]},
    ],
)
def test_a_file_that_a_check_names_counts_although_ignored(root: Path, params: dict[str, object]):
    for files in ((), ("src/auth/**",)):
        check = Check("any", params)
        named = task("TASK-1", files=files)
        named = replace(named, criteria=(replace(_CRITERION, check=check),))
        put(root, "GUIDE.md", "one")
        before = digest(root, tasks=[named])
        put(root, "GUIDE.md", "two")
        assert digest(root, tasks=[named]).difference(before) == ("its files",)


def test_a_command_longer_than_a_name_may_be_names_no_file(root: Path):
    check = Check("run", {"command": "python -c '" + "import a; " * 60 + "'"})
    named = replace(task("TASK-1"), criteria=(replace(_CRITERION, check=check),))
    assert digest(root, tasks=[named]) == digest(root, tasks=[named])


def test_names_to_ignore_are_left_out(root: Path):
    ignore = ("*.md", "reports", "/build/out.xml")
    before = digest(root, ignore=ignore), digest(root, "TASK-3", ignore=ignore)
    for path in ("reports/a.xml", "deep/reports/b/c.xml", "build/out.xml", "x/NOTES.md"):
        put(root, path, "made by the run")
    assert (digest(root, ignore=ignore), digest(root, "TASK-3", ignore=ignore)) == before
    put(root, "other/build/out.xml", "elsewhere")
    assert digest(root, ignore=ignore) != before[0]


# Git


def test_a_commit_changes_no_digest(repository: Path):
    put(repository, "src/auth/login.py", "edited")
    put(repository, "new.py", "untracked")
    before = digest(repository)
    git(repository, "add", ".")
    assert digest(repository) == before
    git(repository, "commit", "-qm", "second")
    assert digest(repository) == before


def test_with_and_without_git_the_digest_is_the_same(repository: Path, tmp_path: Path):
    (repository / "src/auth/run.sh").write_text("x")
    (repository / "src/auth/run.sh").chmod(0o755)
    (repository / "src/auth/link").symlink_to("login.py")
    git(repository, "add", ".")
    before = digest(repository)
    (repository / ".git").rename(tmp_path / "away")
    assert digest(repository) == before


def test_what_git_ignores_does_not_matter(repository: Path):
    put(repository, ".gitignore", "*.log\nout/\n")
    before = digest(repository), digest(repository, "TASK-3")
    put(repository, "out/report.xml", "x")
    put(repository, "src/auth/debug.log", "x")
    assert (digest(repository), digest(repository, "TASK-3")) == before


def test_an_edit_of_the_same_length_and_time_is_seen(repository: Path):
    path = repository / "src/auth/login.py"
    before, stat = digest(repository), path.stat()
    path.write_text("nigol")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert digest(repository) != before


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_an_edit_that_git_was_told_to_overlook_is_seen(repository: Path, flag: str):
    before = digest(repository)
    git(repository, "update-index", flag, "src/auth/login.py")
    assert digest(repository) == before
    put(repository, "src/auth/login.py", "edited")
    assert digest(repository) != before


def test_a_folder_that_git_ignores_altogether_is_walked(repository: Path):
    put(repository, ".gitignore", "inner/\n")
    inner = grow(repository / "inner")
    before = digest(inner)
    put(inner, "src/auth/login.py", "edited")
    assert digest(inner) != before


def test_a_repository_within_is_walked(repository: Path):
    inner = grow(repository / "src" / "auth" / "vendored")
    git(inner, "init", "-q")
    before = digest(repository)
    put(inner, "x.py", "new")
    assert digest(repository) != before


def test_the_environment_of_a_git_hook_does_not_mislead(
    repository: Path, monkeypatch: pytest.MonkeyPatch
):
    before = WorkTree(repository).paths
    monkeypatch.setenv("GIT_DIR", "nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "nothing")
    assert WorkTree(repository).paths == before


def test_names_that_no_shell_likes(repository: Path):
    put(repository, "src/auth/tab\there\nline ü.py", "x")
    before = digest(repository)
    put(repository, "src/auth/tab\there\nline ü.py", "y")
    assert digest(repository).difference(before) == ("its files",)


def test_fault_21_no_special_file_is_opened(root: Path):
    os.mkfifo(root / "src/auth/pipe")
    (root / "src/auth/loop").symlink_to("loop")
    assert digest(root) == digest(root)


def test_a_file_is_read_once(root: Path, monkeypatch: pytest.MonkeyPatch):
    put(root, "src/auth/untracked.py", "x")
    digester = Digester(root, the_plan())
    first = digester.digest("TASK-1", {}, {})
    digester.digest("TASK-3", {}, {})
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read again"))
    assert digester.digest("TASK-1", {}, {}) == first


def test_a_thousand_tasks_cost_little_more_than_their_files(tmp_path: Path):
    folders = 250
    for number in range(folders):
        (tmp_path / f"src/m{number}").mkdir(parents=True)
        for file in range(4):
            (tmp_path / f"src/m{number}/f{file}.py").write_text(f"{number} {file}")
    globs = ["src/m{}/**", "src/m{}/*.py", "src/m{}", "src/m{}/f[0-2].py"]
    tasks = [task(f"T-{n}", files=(globs[n % 4].format(n % folders),)) for n in range(1000)]

    def seconds(count: int) -> float:
        begin = time.perf_counter()
        digester = Digester(tmp_path, plan(*tasks[:count]))
        for it in tasks[:count]:
            digester.digest(it.id, {}, {})
        return time.perf_counter() - begin

    seconds(1)
    few = min(seconds(100) for _ in range(3))
    assert min(seconds(1000) for _ in range(3)) < 12 * few
