"""Coverage gates in real runs: the numbers are those of ``coverage run`` alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.plugin.beside import (
    BOTH_WAYS,
    IN_PROCESS,
    PLAN_FILE,
    WORKERS,
    Project,
    assert_clean,
    last_line,
)

COV = ("pytest_cov",)

INIT = "VERSION = 1\n\ndef version():\n    return VERSION\n"
PRICE = """\
import functools
from shop import version

def price(count, member):
    if member:
        return count * 9
    if count > 100:
        return count * 8
    return count * 10

@functools.cache
def never():
    return version()
"""
STOCK = """\
from shop.price import price

def left(sold):
    if sold > 2:
        return 0
    while sold < 0:
        sold += 1
    return 2 - sold

def value(sold):
    return price(left(sold), True)
"""
CLI = """\
import sys
from shop.stock import left

def main(argv):
    if len(argv) > 1:
        print(left(int(argv[1])))
        return 0
    return 1

if __name__ == "__main__":
    sys.exit(main(sys.argv))
"""
TEST_PRICE = """\
import pytest
from shop.price import price

@pytest.mark.criterion("TASK-001/AC-001")
@pytest.mark.criterion("TASK-002/AC-002")
def test_price():
    assert price(1, False) == 10
"""
TEST_STOCK = """\
import pytest
from shop import stock

@pytest.fixture(scope="module")
def two():
    return stock.left(0)

@pytest.mark.criterion("TASK-002/AC-001")
def test_left(two):
    assert stock.left(1) == 1
    assert two == 2
"""
TEST_CLI = """\
import pytest
from shop.cli import main

@pytest.mark.criterion("TASK-003/AC-001")
def test_main():
    assert main(["x"]) == 1
"""
PLAN = """\
project: Shop
coverage: {source: [shop], min: 30}
tasks:
- id: TASK-001
  coverage: {min: 20}
  acceptance_criteria: [Price]
- id: TASK-002
  coverage: {branch: true}
  acceptance_criteria: [Left, Price again]
- id: TASK-003
  acceptance_criteria: [Main, {text: Cli, run: python -m shop.cli 1}]
"""
ALONE = {
    "TASK-001": ([], [["pytest", "tests/test_price.py"]]),
    "TASK-002": (["--branch"], [["pytest", "tests/test_price.py", "tests/test_stock.py"]]),
    "TASK-003": ([], [["pytest", "tests/test_cli.py"], ["shop.cli", "1"]]),
}
"""What each task's criteria are to ``coverage run``: its options, and the modules that it runs."""


FILES = {
    "shop/__init__.py": INIT,
    "shop/price.py": PRICE,
    "shop/stock.py": STOCK,
    "shop/cli.py": CLI,
    "shop/unused.py": "def unused():\n    return 1\n",
    "tests/test_price.py": TEST_PRICE,
    "tests/test_stock.py": TEST_STOCK,
    "tests/test_cli.py": TEST_CLI,
}


def shop(pytester: pytest.Pytester, plan: str = PLAN) -> Project:
    project = Project(pytester, plan=plan, ini="pythonpath = .")
    for name, text in FILES.items():
        project.write(name, text)
    return project


def alone(root: Path, options: list[str], runs: list[list[str]]) -> float:
    """Measure as a person would: ``coverage run`` of each, then the report."""
    data, report = root / ".alone" / "data", root / ".alone" / "report.json"
    data.parent.mkdir(exist_ok=True)
    outer = ("COVERAGE_", "COV_CORE_", "PYTEST_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(outer)}
    environment |= {"COVERAGE_FILE": str(data), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    def coverage(*arguments: str) -> None:
        command = [sys.executable, "-m", "coverage", *arguments]
        subprocess.run(command, cwd=root, env=environment, check=True, stdout=subprocess.DEVNULL)

    for run in runs:
        coverage("run", "--parallel-mode", "--source=shop", *options, "-m", *run)
    coverage("combine", "-q")
    coverage("json", "-q", "-o", str(report))
    data.unlink()
    return float(json.loads(report.read_text())["totals"]["percent_covered"])


def each_alone(root: Path) -> dict[str, float]:
    return {task: alone(root, *how) for task, how in ALONE.items()}


@pytest.fixture(autouse=True)
def in_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no run here think that it is a worker of the run that these tests are in."""
    for name in [name for name in os.environ if name.startswith(("TRACKS_", "PYTEST_XDIST"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """Measure each task of the project as it is without a layout of its own."""
    root = tmp_path_factory.mktemp("alone")
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return each_alone(root)


def percents(project: Project) -> dict[str, float]:
    return {
        task: known["coverage"]["percent"]
        for task, known in project.recorded().items()
        if known["coverage"] is not None
    }


def gate_gap(project: Project, task: str) -> str:
    return str(project.recorded()[task]["criteria"]["coverage"]["gap"])


# -- the number ----------------------------------------------------------------------------------


def test_the_percent_is_that_of_coverage_run_alone(
    pytester: pytest.Pytester, expected: dict[str, float]
) -> None:
    project = shop(pytester)
    assert len(set(expected.values())) == 3
    for way in (IN_PROCESS, ("--tracks=3",)):
        result = project.run(*way, "--tracks-rerun")
        assert_clean(result)
        assert result.ret == pytest.ExitCode.OK, result.stdout.str()
        assert percents(project) == pytest.approx(expected, abs=0.01)
        assert set(project.verdicts().values()) == {"PASS"}
    known = project.recorded()["TASK-002"]["coverage"]
    assert (known["required"], known["statements"]) == (30, 34)


LAYOUTS = {
    "in a test's body": {
        "tests/test_cli.py": TEST_CLI.replace("from shop.cli import main\n", "").replace(
            "    assert", "    from shop.cli import main\n    assert"
        ),
    },
    "by conftest.py": {"tests/conftest.py": "import shop.stock\nimport shop.cli\n"},
    "by a fixture of the session": {
        "tests/conftest.py": textwrap.dedent(
            """\
            import pytest

            @pytest.fixture(scope="session", autouse=True)
            def opened():
                from shop.price import price
                yield price(1, True)
                price(200, False)
            """
        ),
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_isolated_gates_are_exact_in_every_layout(pytester: pytest.Pytester, layout: str) -> None:
    project = shop(pytester, PLAN.replace("min: 30}", "min: 30, isolated: true}"))
    for name, text in LAYOUTS[layout].items():
        project.write(name, text)
    result = project.run("--tracks=3")
    assert_clean(result)
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    assert percents(project) == pytest.approx(each_alone(project.root), abs=0.01)


@pytest.mark.parametrize("layout", ["in a test's body", "by conftest.py"])
def test_what_others_imported_before_counts(pytester: pytest.Pytester, layout: str) -> None:
    project = shop(pytester)
    for name, text in LAYOUTS[layout].items():
        project.write(name, text)
    expected = each_alone(project.root)
    for way in (IN_PROCESS, WORKERS):
        project.run(*way, "--tracks-rerun")
        assert percents(project) == pytest.approx(expected, abs=0.01)


def test_tests_that_fail_alone_fail_an_isolated_gate(pytester: pytest.Pytester) -> None:
    plan = PLAN.replace("min: 20}", "min: 20, isolated: true}")
    project = shop(pytester, plan)
    project.write("tests/test_price.py", TEST_PRICE + "    import os\n    assert TOGETHER\n")
    project.write("tests/test_a.py", "import builtins\nbuiltins.TOGETHER = True\n")
    result = project.run(*IN_PROCESS, "tests")
    assert "alone, the task's tests do not pass: exit status 1" in gate_gap(project, "TASK-001")
    assert project.verdicts()["1"] == "FAIL"
    result.stdout.fnmatch_lines(["*NameError: name 'TOGETHER' is not defined*"])


def test_the_order_of_other_plugins_moves_no_gate(pytester: pytest.Pytester) -> None:
    project = shop(pytester)
    for seed in ("1", "2"):
        result = project.run(
            "--tracks=2", "--tracks-rerun", "--ff", f"--randomly-seed={seed}", beside=("randomly",)
        )
        assert result.ret == pytest.ExitCode.OK, result.stdout.str()


# -- pytest-cov in the same run ------------------------------------------------------------------


def total(result: pytest.RunResult) -> str:
    [line] = [line for line in result.outlines if line.startswith("TOTAL")]
    return line


@BOTH_WAYS
def test_pytest_covs_total_is_the_same_number(
    pytester: pytest.Pytester, way: tuple[str, ...], expected: dict[str, float]
) -> None:
    project = shop(pytester)
    options = ("--cov=shop", "--cov-branch")
    plain = project.run(*options, beside=COV)
    result = project.run(*way, *options, beside=COV)
    assert_clean(result)
    assert total(result) == total(plain)
    assert percents(project) == pytest.approx(expected, abs=0.01)


def contexts(project: Project) -> dict[str, list[int]]:
    """Map the contexts in pytest-cov's data to the lines of one file that they hold."""
    import coverage

    data = coverage.CoverageData(str(project.root / ".coverage"))
    data.read()
    file = str(project.root / "shop" / "stock.py")
    found: dict[str, list[int]] = {}
    for line, names in data.contexts_by_lineno(file).items():
        for name in names:
            found.setdefault(name, []).append(line)
    data.close()
    return {name: sorted(lines) for name, lines in found.items()}


@pytest.mark.parametrize("patched", [False, True], ids=["tests", "subprocesses"])
def test_the_users_own_contexts_stay_as_they_are(
    pytester: pytest.Pytester, patched: bool, expected: dict[str, float]
) -> None:
    project = shop(pytester)
    project.write(".coveragerc", "[run]\npatch = subprocess\n" if patched else "[run]\n")
    options = ("--cov=shop", "--cov-branch", "--cov-context=test")
    project.run(*options, beside=COV)
    before = contexts(project)
    project.run(*IN_PROCESS, *options, beside=COV)
    after = contexts(project)
    if patched:  # the command's lines are in nobody's context
        assert set(after.pop("")) > set(before.pop(""))
    assert after == before
    assert percents(project) == pytest.approx(expected, abs=0.01)


def test_fault_61_what_pytest_cov_leaves_out_is_named(pytester: pytest.Pytester) -> None:
    project = shop(pytester)
    project.write("other/__init__.py", "")
    result = project.run("--tracks=2", "--cov=other", beside=COV)
    result.stdout.fnmatch_lines(["*fix: add --cov=shop --cov-branch, or *isolated: true*"])
    assert set(project.verdicts().values()) == {"FAIL"}
    assert percents(project) == {}
    branches = project.run("--tracks=2", "--cov=shop", beside=COV)
    branches.stdout.fnmatch_lines(["*fix: add --cov-branch, or *isolated: true*"])
    assert project.verdicts() == {"1": "PASS", "2": "FAIL", "3": "PASS"}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in 3.12")
def test_the_core_of_sys_monitoring_measures_the_same(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = PLAN.replace("{branch: true}", "{min: 30}")
    project = shop(pytester, plan)
    expected = {task: alone(project.root, [], runs) for task, (_, runs) in ALONE.items()}
    monkeypatch.setenv("COVERAGE_CORE", "sysmon")
    plain = project.run("--cov=shop", beside=COV)
    result = project.run(*IN_PROCESS, "--cov=shop", beside=COV)
    assert total(result) == total(plain)
    assert percents(project) == pytest.approx(expected, abs=0.01)


def test_a_replacement_worker_keeps_what_others_have_saved(pytester: pytest.Pytester) -> None:
    """Without a word to pytest-cov it begins by erasing all data files."""
    project = shop(pytester, CRASH_PLAN)
    project.write("tests/test_crash.py", CRASH)
    result = project.run("--tracks=2", "--cov=shop", beside=COV)
    lines = {line.split()[0]: line.split()[-1] for line in result.outlines if "%" in line}
    assert lines["shop/price.py"] == "73%", result.stdout.str()  # imported only: 45%


CRASH = "import os\ndef test_crash():\n    os._exit(1)\n"
CRASH_PLAN = """\
project: Shop
tasks:
- {id: TASK-001, track: 1, acceptance_criteria: [Price]}
- id: TASK-009
  track: 2
  depends_on: [TASK-001]
  coverage: {source: [shop], min: 1}
  acceptance_criteria: [{text: Crash, test: tests/test_crash.py}]
- {id: TASK-010, track: 2, acceptance_criteria: [{text: Late, test: tests/test_cli.py}]}
"""
# -- FAULTS 61 -----------------------------------------------------------------------------------


def test_fault_61_a_crashed_worker_is_named(pytester: pytest.Pytester) -> None:
    project = shop(pytester, CRASH_PLAN)
    project.write("tests/test_crash.py", CRASH)
    result = project.run("--tracks=2")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert gate_gap(project, "TASK-009").startswith("not measured: worker gw")
    assert "crashed while it ran tests/test_crash.py::test_crash" in gate_gap(project, "TASK-009")
    assert percents(project) == {}


def one_gate(gate: str, check: str = "test: tests/test_price.py") -> str:
    return "project: P\ntasks:\n" + task("TASK-001", gate, check)


def task(name: str, gate: str, check: str = "test: tests/test_price.py") -> str:
    return (
        f"- id: {name}\n  coverage: {gate}\n"
        f"  acceptance_criteria: [{{id: AC-001, text: One, {check}}}]\n"
    )


SPOIL = "'echo x > $(dirname $COVERAGE_PROCESS_START)/data.x'"
UNMEASURABLE = {
    "TASK-001": ("{source: [shopp], min: 1}", "no Python file matches shopp"),
    "TASK-002": ("{source: [docs], min: 1}", "no Python file matches docs"),
    "TASK-003": ("{source: [empty], min: 1}", "nothing measured: no statement in empty"),
    "TASK-004": ("{source: [shop/unused.py], min: 1}", "nothing of shop/unused.py ran"),
    "TASK-005": ("{source: [broken], min: 1}", "broken/__init__.py cannot be analysed"),
    "TASK-006": ("{source: [shop], min: 20, per_file_min: 20}", "0.00 % and 2 more, 20 % of each"),
    "TASK-007": ("{source: [shop], min: 20, diff_min: 1}", "diff_min cannot be judged: there is"),
    "TASK-008": ("{source: [shop], min: 1}", "what a command measured cannot be read: data.x"),
}


def test_fault_61_what_cannot_be_measured_fails_by_name(pytester: pytest.Pytester) -> None:
    tasks = [task(name, gate) for name, (gate, _) in list(UNMEASURABLE.items())[:-1]]
    tasks.append(task("TASK-008", UNMEASURABLE["TASK-008"][0], f"run: {SPOIL}"))
    project = shop(pytester, "project: P\ntasks:\n" + "".join(tasks))
    project.write("tests/test_price.py", TEST_PRICE.replace("@pytest.mark", "# "))
    project.write("empty/__init__.py", "")
    project.write("broken/__init__.py", "def (:\n")
    result = project.run("--task=*")
    assert set(project.verdicts().values()) == {"FAIL"}, result.stdout.str()
    for name, (_, gap) in UNMEASURABLE.items():
        assert gap in gate_gap(project, name)
    assert "INTERNALERROR" not in result.stdout.str()


def test_fault_61_foreign_data_is_not_read(pytester: pytest.Pytester) -> None:
    project = shop(pytester, one_gate("{source: [shop], min: 20}"))
    for name in (".coverage", ".coverage.host.pid1.X"):
        project.write(name, "not a database")
    result = project.run("--task=TASK-001")
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    assert percents(project) == pytest.approx({"TASK-001": 29.4118}, abs=0.01)
    assert (project.root / ".coverage").read_text() == "not a database"


@BOTH_WAYS
def test_a_missed_gate_shows_the_lines_and_fails_the_task(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    project = shop(pytester, PLAN.replace("{branch: true}", "{branch: true, min: 45}"))
    result = project.run(*way)
    result.stdout.fnmatch_lines(
        [
            "*34 statements and 12 branches covered, 45 % required",
            "shop/stock.py *% * missed 5, 7, 11, 4->5, 6->7",
            "shop/unused.py * 0.00 %  missed 1-2",
            f"FAILED {PLAN_FILE}::TASK-002::coverage*",
        ]
    )
    assert last_line(result).startswith("exit 1: 1 failed")
    assert project.verdicts() == {"1": "PASS", "2": "FAIL", "3": "PASS"}
    assert project.recorded()["TASK-002"]["coverage"]["percent"] < 45


def test_a_part_of_a_task_is_not_measured(pytester: pytest.Pytester) -> None:
    project = shop(pytester)
    project.run("--task=TASK-002", "-k", "test_left")
    assert project.verdicts()["2"] == "INCOMPLETE"
    assert "only a part" in gate_gap(project, "TASK-002")
    whole = project.run("--task=TASK-002", "-k", "test_left or test_price")
    assert whole.ret == pytest.ExitCode.OK, whole.stdout.str()


def test_the_gate_can_be_named_on_the_command_line(pytester: pytest.Pytester) -> None:
    project = shop(pytester)
    result = project.run(f"{PLAN_FILE}::TASK-002::coverage")
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    assert project.verdicts() == {"1": None, "2": "PASS", "3": None}


def test_a_lowered_minimum_makes_the_task_stale(pytester: pytest.Pytester) -> None:
    project = shop(pytester)
    project.run(*IN_PROCESS)
    project.write(PLAN_FILE, PLAN.replace("{min: 20}", "{min: 19}"))
    result = project.run(*IN_PROCESS)
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    assert project.recorded()["TASK-001"]["attempts"] == 2
    assert project.recorded()["TASK-002"]["attempts"] == 1


def test_code_in_the_scope_of_a_gate_is_part_of_what_passed(pytester: pytest.Pytester) -> None:
    plan = PLAN.replace("- id: TASK-001\n", "- id: TASK-001\n  files: [tests/test_price.py]\n")
    plan += "- {id: OWNER, files: ['shop/**'], acceptance_criteria: [Owned]}\n"
    project = shop(pytester, plan)
    project.run("--task=TASK-001")
    project.write("shop/unused.py", "def unused():\n    return 2\n")
    project.run("--task=TASK-001")
    assert project.recorded()["TASK-001"]["attempts"] == 2


def test_imports_before_measuring_are_named(pytester: pytest.Pytester) -> None:
    project = shop(pytester, one_gate("{source: [shop], min: 90}"))
    result = project.run("--task=TASK-001", "-p", "shop.stock")
    assert "(a lower bound, see below)" in gate_gap(project, "TASK-001")
    result.stdout.fnmatch_lines(["not counted: the imports of *shop/stock.py*isolated: true*"])


def test_only_changed_lines_are_asked_for(pytester: pytest.Pytester) -> None:
    project = shop(pytester, one_gate("{source: [shop], min: 1, diff_min: 100}"))
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(project.root)]
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True)
    assert project.run("--task=TASK-001").ret == pytest.ExitCode.OK  # nothing has changed
    project.write("shop/price.py", PRICE.replace("count * 9", "count * 9 + 0"))
    result = project.run("--task=TASK-001")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "0.00 % of 1 statements changed since main (" in gate_gap(project, "TASK-001")
    assert "100 % required: shop/price.py 6" in gate_gap(project, "TASK-001")


def test_without_a_gate_nothing_of_it_is_imported(pytester: pytest.Pytester) -> None:
    plan = one_gate("", "test: tests/test_it.py").replace("  coverage: \n", "")
    project = Project(pytester, plan=plan)
    project.write(
        "tests/test_it.py",
        "import sys\ndef test_it():\n"
        "    assert not [name for name in sys.modules if 'coverage' in name.partition('.')[0]]\n"
        "    assert 'pytest_tracks.plugin.coverage_meter' not in sys.modules\n",
    )
    for way in (IN_PROCESS, WORKERS):
        result = project.run(*way, "--tracks-rerun", beside=("none",))
        assert result.ret == pytest.ExitCode.OK, result.stdout.str()


def test_status_and_json_show_what_was_measured(pytester: pytest.Pytester) -> None:
    project = shop(pytester)
    result = project.run(*IN_PROCESS)
    result.stdout.fnmatch_lines(["TASK-001 *PASS * 29.41 % covered*"])
    answer = subprocess.run(
        [sys.executable, "-m", "pytest_tracks", "status", "--json"],
        cwd=project.root,
        check=True,
        capture_output=True,
        text=True,
    )
    task = json.loads(answer.stdout)["tasks"]["TASK-001"]
    assert task["coverage"] == {"percent": 29.41, "required": 20.0, "statements": 34}
