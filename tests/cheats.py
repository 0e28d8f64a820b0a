"""Ways to make broken work look done, each one tried on a tiny project, and what stops it.

``python tests/cheats.py`` tries them all and writes the table of the README;
``tests/plugin/test_cheats.py`` tries each one as a test and holds it to what is claimed here.

::

    main      TESTED is PASS by its test, COMMAND by its command
    a branch  one of them is broken, and the cheat hides it; then: pytest, pytest --tracks, a guard
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "README.md"
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from tests.cli.calling import FOLDER, Answer, Shop  # noqa: E402
from tests.gitrepo import Repository  # noqa: E402

__all__ = ["CHEATS", "Cheat", "Seen", "Site", "make_site", "table", "try_cheat"]

INI = """\
[pytest]
addopts = -p no:randomly -p no:sugar -p no:html -p no:pytest_cov -p no:rerunfailures -p no:timeout
pythonpath = .
"""
PLAN = """\
project: Honest work
tasks:
  - id: TESTED
    title: What a test shows
    files: [tested.py]
    acceptance_criteria: [{id: ANSWER, text: The answer is right}]
  - id: COMMAND
    title: What a command shows
    files: [command.py]
    acceptance_criteria:
      - {id: PRINTS, text: It prints the answer, run: python command.py | grep -q 42}
      - {id: LONG, text: It is explained, file: {path: command.py, min_lines: 2}}
"""
TEST = """\
import pytest

from tested import answer


@pytest.mark.criterion("TESTED/ANSWER")
def test_answer():
    assert answer() == 42
"""
STATE = f"{FOLDER}/.project-state.yaml"
HERE = ("--tracks=1", "-n", "0")

GUARDS: dict[str, tuple[str, ...]] = {
    "check": ("pytest-tracks", "check"),
    "check --against": ("pytest-tracks", "check", "--against=main"),
    "diff": ("pytest-tracks", "diff", "main"),
    "--tracks-seal": ("pytest", *HERE, "--tracks-seal=main"),
    "--tracks-verify": ("pytest", *HERE, "--tracks-verify"),
    "--tracks-strict": ("pytest", *HERE, "--tracks-strict"),
}


@dataclass(frozen=True)
class Site:
    """The project on its branch."""

    root: Path

    @property
    def git(self) -> Repository:
        """Its repository."""
        return Repository(self.root)

    def write(self, path: str, text: str) -> None:
        """Write a file."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that must be there."""
        before = (self.root / path).read_text(encoding="utf-8")
        assert old in before, (path, old)
        self.write(path, before.replace(old, new))

    def edit_plan(self, old: str, new: str) -> None:
        """Replace a text of the plan."""
        self.edit(f"{FOLDER}/tracks.yaml", old, new)

    def edit_test(self, old: str, new: str) -> None:
        """Replace a text of the test."""
        self.edit("tests/test_answer.py", old, new)

    def ini(self, line: str) -> None:
        """Add a line to pytest.ini, or arguments to its addopts."""
        if line.startswith("-"):
            self.edit("pytest.ini", "addopts = ", f"addopts = {line} ")
        else:
            self.write("pytest.ini", (self.root / "pytest.ini").read_text() + line + "\n")

    def call(self, *command: str) -> Answer:
        """Run pytest or pytest-tracks."""
        program, *arguments = command
        shop = Shop(self.root)
        return shop.call(*arguments) if program != "pytest" else shop.validate(*arguments)

    def recorded(self, task: str) -> tuple[str, str]:
        """Read verdict and attempt of a task from the state file."""
        tasks = yaml.safe_load((self.root / STATE).read_text(encoding="utf-8"))["tasks"]
        known = tasks.get(task, {})
        return known.get("validation_result") or "-", known.get("attempt", "")


@dataclass(frozen=True)
class Cheat:
    """One way; ``apply`` changes the branch on which ``breaks`` no longer works."""

    name: str
    title: str
    apply: Callable[[Site], None]
    breaks: str = "TESTED"
    run: str = "PASS"
    """The verdict that ``pytest --tracks`` gives the broken task; PASS is unearned.

    ``not run``: it gives none, and the PASS of before stands in the state."""
    run_exit: int = 0
    task: str = ""
    """The task that is looked at, where it is not the one that is broken."""
    guard: str = ""
    """What stops it where the run does not; empty with an unearned PASS: nothing does."""
    guard_exit: int = 1
    """4 where it refuses the plan itself."""
    note: str = ""
    plain: int = 0
    """What plain pytest exits with."""


@dataclass(frozen=True)
class Seen:
    """What was seen of a cheat."""

    plain: int
    run: str
    run_exit: int
    guard_exit: int | None
    """None: none was tried."""
    output: str = ""

    @property
    def is_stopped(self) -> bool:
        """Whether anything was red."""
        return bool(self.guard_exit) or self.run_exit != 0


def make_site(root: Path) -> Site:
    """Make the honest project, validated and committed on main."""
    root.mkdir(parents=True)
    Shop.make(root, PLAN, INI)
    site = Site(root)
    (root / "base.txt").unlink()
    site.write(".gitignore", "__pycache__/\n")
    site.write("tested.py", "def answer():\n    return 42\n")
    site.write("command.py", '"""Print the answer."""\nprint(42)\n')
    site.write("tests/test_answer.py", TEST)
    site.write("tests/test_other.py", "def test_other():\n    assert len('abc') == 3\n")
    repository = Repository.make(root)
    done = site.call("pytest", *HERE)
    assert done.status == 0, done.out
    repository.commit("Honest work, done")
    return site


def try_cheat(cheat: Cheat, honest: Path, root: Path) -> Seen:
    """Copy the honest project, break it, cheat, and look."""
    site = Site(shutil.copytree(honest, root, symlinks=True))
    site.git.branch("cheat")
    if cheat.breaks:
        site.edit(f"{cheat.breaks.lower()}.py", "42", "41")
    cheat.apply(site)
    site.git.commit("Done, trust me")
    plain = site.call("pytest", "tests").status
    before = site.recorded(cheat.task or cheat.breaks)
    ran = site.call("pytest", *HERE)
    now = site.recorded(cheat.task or cheat.breaks)
    verdict = "not run" if now == before and now[0] == "PASS" else now[0]
    guarded = site.call(*GUARDS[cheat.guard]) if cheat.guard else None
    shown = ran.out + ran.errors + (guarded.out + guarded.errors if guarded else "")
    return Seen(plain, verdict, ran.status, guarded.status if guarded else None, shown)


# -- the cheats ------------------------------------------------------------------------------------


def _delete_test(site: Site) -> None:
    (site.root / "tests/test_answer.py").unlink()


def _empty_test(site: Site) -> None:
    site.edit_test("assert answer() == 42", "answer()")


def _assert_nothing(site: Site) -> None:
    site.edit_test("assert answer() == 42", "assert answer() == 42 or True")


def _swallow(site: Site) -> None:
    site.edit_test(
        "    assert answer() == 42\n",
        "    try:\n        assert answer() == 42\n    except AssertionError:\n        pass\n",
    )


def _assert_tuple(site: Site) -> None:
    site.edit_test("assert answer() == 42", "assert (answer() == 42, 'the answer is right')")


def _assert_another(site: Site) -> None:
    site.edit_test("assert answer() == 42", "assert answer() == 41")


def _own_answer(site: Site) -> None:
    site.edit_test("    assert", "    answer = lambda: 42\n    assert")


def _wrap(site: Site) -> None:
    wrapper = "def forgive(test):\n    def test_answer():\n        pass\n"
    keep = "    test_answer.pytestmark = test.pytestmark\n    return test_answer\n"
    site.edit_test("@pytest.mark.criterion", f"{wrapper}{keep}\n\n@forgive\n@pytest.mark.criterion")


def _twin(site: Site) -> None:
    site.edit_test("assert answer() == 42", "answer()")
    test = TEST.partition("@")[2].replace("\n", "\n    ").rstrip()
    text = (site.root / "tests/test_answer.py").read_text(encoding="utf-8")
    site.write("tests/test_answer.py", f"{text}\n\nif False:\n    @{test}\n")


def _fixture_beside(site: Site) -> None:
    fixture = "@pytest.fixture(autouse=True)\ndef right(monkeypatch):\n"
    body = "    monkeypatch.setitem(globals(), 'answer', lambda: 42)\n\n\n"
    site.edit_test("@pytest.mark.criterion", f"{fixture}{body}@pytest.mark.criterion")


def _other_module(site: Site) -> None:
    site.write("tests/test_above.py", "import tested\n\ntested.answer = lambda: 42\n")


def _package(site: Site) -> None:
    site.write("tests/__init__.py", "import tested\n\ntested.answer = lambda: 42\n")


def _import_hooks(site: Site) -> None:
    _patch_reports(site)
    (site.root / "conftest.py").rename(site.root / "support.py")
    site.write("conftest.py", "from support import *\n")


def _import_patch(site: Site) -> None:
    _patch_at_import(site)
    (site.root / "conftest.py").rename(site.root / "support.py")
    site.write("conftest.py", "import support\n")


def _other_path(site: Site) -> None:
    site.write("other/tested.py", "def answer():\n    return 42\n")
    site.edit("pytest.ini", "pythonpath = .", "pythonpath = other .")


def _skip(site: Site) -> None:
    site.edit_test("@pytest.mark.criterion", "@pytest.mark.skip\n@pytest.mark.criterion")


def _xfail(site: Site) -> None:
    site.edit_test("@pytest.mark.criterion", "@pytest.mark.xfail\n@pytest.mark.criterion")


def _allow_xfail(site: Site) -> None:
    _xfail(site)
    site.edit_plan("text: The answer is right", "text: The answer is right, allow: [xfail]")


def _deselect(site: Site) -> None:
    site.ini("--deselect=tests/test_answer.py::test_answer")


def _collect_ignore(site: Site) -> None:
    site.write("tests/conftest.py", "collect_ignore = ['test_answer.py']\n")


def _remove_items(site: Site) -> None:
    hook = "def pytest_collection_modifyitems(items):\n"
    hide = "    items[:] = [item for item in items if item.name != 'test_answer']\n"
    site.write("tests/conftest.py", hook + hide)


def _unbind(site: Site) -> None:
    site.edit_test('@pytest.mark.criterion("TESTED/ANSWER")\n', "")
    site.edit_test("def test_answer", "def answer_test")
    site.edit(
        "tests/test_other.py",
        "def test",
        'import pytest\n\n\n@pytest.mark.criterion("TESTED/ANSWER")\ndef test',
    )


def _weaken_command(site: Site) -> None:
    site.edit_plan("grep -q 42", "grep -q 4")


def _weaken_to_true(site: Site) -> None:
    site.edit_plan("run: python command.py | grep -q 42", 'run: "true"')


def _or_true(site: Site) -> None:
    site.edit_plan("grep -q 42", "grep -q 42 || true")


def _pipe(site: Site) -> None:
    site.edit_plan("python command.py | grep -q 42", "python command.py | grep 42 | cat")


def _pipe_in_sh(site: Site) -> None:
    site.edit_plan(
        "run: python command.py | grep -q 42",
        "run: [sh, -c, 'python command.py | grep 42 | cat']",
    )


def _lower_threshold(site: Site) -> None:
    site.write("command.py", "print(42)\n")
    site.edit_plan("min_lines: 2", "min_lines: 1")


def _drop_criterion(site: Site) -> None:
    line = "      - {id: PRINTS, text: It prints the answer, run: python command.py | grep -q 42}\n"
    site.edit_plan(line, "")


def _drop_task(site: Site) -> None:
    plan = (site.root / FOLDER / "tracks.yaml").read_text()
    site.write(f"{FOLDER}/tracks.yaml", plan.partition("  - id: COMMAND")[0])


def _to_prose(site: Site) -> None:
    site.edit_plan(", run: python command.py | grep -q 42", "")
    site.ini("tracks_unverified = open")


def _write_completed(site: Site) -> None:
    site.call("pytest", *HERE)
    for old, new in (("FAIL", "PASS"), ("status: failed", "status: completed")):
        site.edit(STATE, old, new)
    shutil.rmtree(site.root / FOLDER / ".tracks")


def _replay(site: Site) -> None:
    """Leave the state of main, as if nothing had been touched."""
    shutil.rmtree(site.root / FOLDER / ".tracks")


def _forge(site: Site) -> None:
    """Do what anybody can who has read the source: there is no secret in a checksum."""
    program = (
        "import sys; from pathlib import Path; from dataclasses import replace\n"
        "from pytest_tracks.cli.project import open_project\n"
        "from pytest_tracks.project.validity import digests_now\n"
        "from pytest_tracks.state.rendering import Renderer\n"
        "p = open_project(); s = p.settings; r = p.store.record()\n"
        "now = digests_now(s.root, p.plan, {}, r, s.digest_ignore)\n"
        "t = {n: replace(k, digest=now[n]) for n, k in r.tasks.items()}\n"
        "x = Renderer(p.plan, p.store._snapshot).render(replace(r, tasks=t), p.store._seen)\n"
        "Path(s.state).write_bytes(x.content)\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=site.root, check=True)
    shutil.rmtree(site.root / FOLDER / ".tracks")


def _forge_and_collect(site: Site) -> None:
    site.ini("--collect-only")
    _forge(site)


def _forge_and_exit(site: Site) -> None:
    site.edit_test("import pytest\n", "import os\n\nimport pytest\n\nos._exit(0)\n")
    _forge(site)


def _exit_in_conftest(site: Site) -> None:
    site.write("conftest.py", "import os\n\nos._exit(0)\n")


def _disable_plugin(site: Site) -> None:
    site.ini("-p no:tracks")
    site.ini("markers = criterion")


def _exit_in_test(site: Site) -> None:
    site.edit_test("    assert", "    import os\n    os._exit(0)\n    assert")


def _pytest_exit(site: Site) -> None:
    site.edit_test("    assert", "    pytest.exit('fine', returncode=0)\n    assert")


def _force_exit_status(site: Site) -> None:
    hook = "import pytest\n\n@pytest.hookimpl(wrapper=True, tryfirst=True)\n"
    body = "def pytest_sessionfinish(session):\n    yield\n    session.exitstatus = 0\n"
    site.write("conftest.py", hook + body)


def _patch_reports(site: Site) -> None:
    hook = "import pytest\n\n@pytest.hookimpl(wrapper=True)\ndef pytest_runtest_makereport():\n"
    body = "    report = yield\n    report.outcome = 'passed'\n    return report\n"
    site.write("conftest.py", hook + body)


def _patch_the_work(site: Site) -> None:
    hook = (
        "import pytest\nimport tested\n\n@pytest.fixture(autouse=True)\ndef right(monkeypatch):\n"
    )
    site.write("conftest.py", hook + "    monkeypatch.setattr(tested, 'answer', lambda: 42)\n")
    site.edit_test("from tested import answer", "import tested")
    site.edit_test("assert answer()", "assert tested.answer()")


def _patch_at_import(site: Site) -> None:
    site.write("conftest.py", "import tested\n\ntested.answer = lambda: 42\n")


def _new_task(check: str) -> Callable[[Site], None]:
    def add(site: Site) -> None:
        criteria = f"[{{text: It works, {check}}}]"
        task = f"  - {{id: NEW, title: New, files: [new.py], acceptance_criteria: {criteria}}}\n"
        plan = (site.root / FOLDER / "tracks.yaml").read_text()
        site.write(f"{FOLDER}/tracks.yaml", plan + task)

    return add


def _new_empty_test(site: Site) -> None:
    _new_task("test: tests/test_new.py")(site)
    site.write("tests/test_new.py", "def test_new():\n    print('fine')\n")


def _other_goal(site: Site) -> None:
    site.call("pytest", *HERE)
    site.ini("tracks_goal = no-regression")


def _sniff(site: Site) -> None:
    site.write(
        "tested.py",
        "import sys\n\ndef answer():\n    return 42 if 'pytest' in sys.modules else 41\n",
    )


CHEATS = (
    Cheat("delete", "delete the test", _delete_test, run="INCOMPLETE", run_exit=1),
    Cheat("skip", "skip it", _skip, run="FAIL", run_exit=1),
    Cheat("xfail", "expect it to fail", _xfail, run="FAIL", run_exit=1),
    Cheat("allow", "… and `allow: [xfail]` in the plan", _allow_xfail, guard="--tracks-seal"),
    Cheat("empty", "take its assert out", _empty_test, guard="diff"),
    Cheat("constant", "assert what is always true", _assert_nothing, guard="diff"),
    Cheat("swallow", "catch its AssertionError", _swallow, guard="diff"),
    Cheat("tuple", "assert a tuple", _assert_tuple, guard="diff"),
    Cheat("another", "assert what the broken code says", _assert_another, guard="diff"),
    Cheat("own", "give the name another meaning in the test", _own_answer, guard="diff"),
    Cheat("wrap", "wrap it in a decorator that runs nothing", _wrap, guard="diff"),
    Cheat("twin", "… and keep the true one where nothing reads it", _twin, guard="diff"),
    Cheat("deselect", "deselect it in `addopts`", _deselect, run="not run", guard="check"),
    Cheat("ignore", "hide it by `collect_ignore`", _collect_ignore, run="INCOMPLETE", run_exit=1),
    Cheat("items", "take it out of `items` in a hook", _remove_items, run="not run", guard="check"),
    Cheat("unbind", "bind another test in its place", _unbind, run="INCOMPLETE", run_exit=1),
    Cheat("true", "make the command `true`", _weaken_to_true, "COMMAND", guard="--tracks-seal"),
    Cheat("or-true", "append `|| true`", _or_true, "COMMAND", guard="--tracks-seal"),
    Cheat("pipe", "pipe it into `cat`", _pipe, "COMMAND", run="FAIL", run_exit=1),
    Cheat("sh-pipe", "… in a `sh` without pipefail", _pipe_in_sh, "COMMAND", guard="--tracks-seal"),
    Cheat(
        "new-true",
        "a new task: its command is `true`",
        _new_task("run: 'true'"),
        "",
        task="NEW",
        guard="--tracks-strict",
        guard_exit=4,
    ),
    Cheat(
        "new-or-true",
        "a new task: `… || true`",
        _new_task("run: test -e new.py || true"),
        "",
        task="NEW",
        guard="--tracks-strict",
        guard_exit=4,
    ),
    Cheat(
        "new-echo",
        "a new task: `echo done`",
        _new_task("run: echo done"),
        "",
        task="NEW",
        guard="--tracks-strict",
        guard_exit=4,
    ),
    Cheat(
        "new-sh",
        "a new task: a pipe in `sh`",
        _new_task("run: [sh, -c, 'false | cat']"),
        "",
        task="NEW",
        guard="--tracks-strict",
        guard_exit=4,
    ),
    Cheat(
        "new-empty",
        "a new task: a test without an assert",
        _new_empty_test,
        "",
        task="NEW",
        guard="--tracks-strict",
    ),
    Cheat("weaker", "ask the command for less", _weaken_command, "COMMAND", guard="diff"),
    Cheat("threshold", "lower a threshold", _lower_threshold, "", run="-", guard="--tracks-seal"),
    Cheat("criterion", "take the criterion out", _drop_criterion, "COMMAND", guard="diff"),
    Cheat(
        "task", "take the task out", _drop_task, "COMMAND", run="not run", guard="check --against"
    ),
    Cheat(
        "prose",
        "make it prose, `tracks_unverified = open`",
        _to_prose,
        "COMMAND",
        run="UNVERIFIED",
        guard="check",
    ),
    Cheat(
        "completed",
        "write `completed` into the state",
        _write_completed,
        "COMMAND",
        run="FAIL",
        run_exit=1,
    ),
    Cheat("replay", "keep the state of before", _replay, "COMMAND", run="FAIL", run_exit=1),
    Cheat(
        "forge",
        "forge the state, checksums and all",
        _forge,
        "COMMAND",
        run="not run",
        guard="--tracks-verify",
    ),
    Cheat(
        "disable",
        "disable the plugin in `addopts`",
        _disable_plugin,
        "COMMAND",
        run="not run",
        run_exit=4,
    ),
    Cheat(
        "forge-collect",
        "… and `--collect-only` in `addopts`",
        _forge_and_collect,
        "COMMAND",
        run="not run",
        guard="--tracks-verify",
        guard_exit=4,
    ),
    Cheat(
        "forge-exit",
        "… and `os._exit(0)` where a test module is imported",
        _forge_and_exit,
        "COMMAND",
        run="not run",
        guard="--tracks-verify",
        guard_exit=4,
    ),
    Cheat(
        "conftest-exit",
        "`os._exit(0)` in conftest.py",
        _exit_in_conftest,
        run="not run",
        guard="check --against",
        guard_exit=4,
    ),
    Cheat("os-exit", "`os._exit(0)` in the test", _exit_in_test, run="not run", guard="check"),
    Cheat("exit", "`pytest.exit(returncode=0)`", _pytest_exit, run="INCOMPLETE", run_exit=1),
    Cheat("status", "set the exit status in a hook", _force_exit_status, run="FAIL", guard="check"),
    Cheat(
        "reports",
        "turn reports into passed ones in a hook",
        _patch_reports,
        guard="diff",
        note="not to be told apart in the same process, nor by `--tracks-verify` on this tree",
    ),
    Cheat(
        "fixture",
        "replace the code in an autouse fixture",
        _patch_the_work,
        guard="diff",
        note="as above",
    ),
    Cheat(
        "import",
        "replace the code where conftest.py is imported",
        _patch_at_import,
        guard="diff",
        note="as above",
    ),
    Cheat(
        "beside", "… in a fixture beside the test", _fixture_beside, guard="diff", note="as above"
    ),
    Cheat("above", "… in another test module", _other_module, guard="diff", note="as above"),
    Cheat("package", "… in `tests/__init__.py`", _package, guard="diff", note="as above"),
    Cheat("path", "… by another `pythonpath`", _other_path, guard="diff", note="as above"),
    Cheat(
        "star",
        "import hooks into conftest.py",
        _import_hooks,
        guard="diff",
        note="as above",
    ),
    Cheat(
        "module",
        "import a module that replaces the code into conftest.py",
        _import_patch,
        note="**cannot be stopped**: review what conftest.py imports",
    ),
    Cheat(
        "goal",
        "make `no-regression` the goal, from a state that says FAIL",
        _other_goal,
        "COMMAND",
        run="FAIL",
        guard="check --against",
    ),
    Cheat(
        "sniff",
        "answer rightly where pytest looks on",
        _sniff,
        note="**cannot be stopped**: the code passes its tests; ask for it by a command, or review",
    ),
)


# -- the table -------------------------------------------------------------------------------------


def claimed(cheat: Cheat) -> Seen:
    """Say what should be seen."""
    guarded = cheat.guard_exit if cheat.guard else None
    return Seen(cheat.plain, cheat.run, cheat.run_exit, guarded)


def table(seen: dict[str, Seen]) -> str:
    """Write the table of the README."""
    lines = ["| cheat | plain pytest | `pytest --tracks` | stopped by |", "|---|---|---|---|"]
    for cheat in CHEATS:
        one = seen[cheat.name]
        title = cheat.title.replace("|", "\\|")
        plain = "green" if one.plain == 0 else "red"
        run = f"{'green' if one.run_exit == 0 else 'red'}, {one.run}".removesuffix(", -")
        guard = f"`{cheat.guard}`" if one.is_stopped else "nothing"
        stopped = "the run" if one.run_exit else guard
        note = f"; {cheat.note}" if cheat.note else ""
        lines.append(f"| {title} | {plain} | {run} | {stopped}{note} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Try all, and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        honest = make_site(Path(folder) / "honest").root
        seen = {one.name: try_cheat(one, honest, Path(folder) / one.name) for one in CHEATS}
    text = PAGE.read_text(encoding="utf-8")
    block = re.compile(r"(<!-- cheats -->\n).*?(<!-- /cheats -->)", re.DOTALL)
    new, count = block.subn(lambda match: match[1] + table(seen) + match[2], text)
    assert count == 1, f"{PAGE} has no place for the table"
    PAGE.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
