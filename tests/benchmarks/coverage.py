"""What coverage gates cost: gated and measured runs over the same tests under plain pytest-cov.

    python tests/benchmarks/coverage.py            # 40 tasks, seven turns
    python tests/benchmarks/coverage.py --quick    # 20 tasks, three turns

Run it in an environment that has the plugin and pytest-cov. The runs take turns and ratios are
medians over the turns, of the processor time of all processes: the wall time of a busy machine
says little. ``gates`` measures with a collector of the plugin's own, ``gates, --cov`` beside
pytest-cov. The exit status is 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

BAR = 1.15
TESTS_A_TASK = 10
FUNCTIONS = 12

_PLAIN = ("-p", "no:tracks", "-n", "2", "--cov=src", "-q", "tests")
_GATES = ("--tracks=2", "-q")
RUNS = {
    "pytest-cov": _PLAIN,
    "gates": _GATES,
    "gates, --cov": (*_GATES, "--cov=src"),
}

_FUNCTION = """
def f{n}(count):
    total = 0
    for step in range(count):
        if step % 3 == 0:
            total += step
        elif step % 3 == 1:
            total -= 1
        else:
            total *= 1
    if total < 0:
        return None
    return total
"""


def write_project(root: Path, tasks: int) -> None:
    """Write a module, its tests and a gate for each task."""
    for folder in ("src", "tests", "docs/planning"):
        (root / folder).mkdir(parents=True)
    marker = "criterion(*ids, text=None): serves acceptance criteria"
    (root / "pytest.ini").write_text(f"[pytest]\npythonpath = .\nmarkers =\n    {marker}\n")
    (root / "src" / "__init__.py").write_text("")
    plan = ["project: Cost", "tasks:"]
    for number in range(tasks):
        name = f"TASK-{number:03}"
        functions = [_FUNCTION.format(n=n) for n in range(FUNCTIONS)]
        (root / "src" / f"part_{number}.py").write_text("\n".join(functions))
        tests = [
            f'@pytest.mark.criterion("{name}/AC-001")\ndef test_{n}():\n    part.f{n}(2_000)\n'
            for n in range(TESTS_A_TASK)
        ]
        head = f"import pytest\nfrom src import part_{number} as part\n\n"
        (root / "tests" / f"test_{number}.py").write_text(head + "\n".join(tests))
        plan.append(f"- id: {name}\n  coverage: {{source: [src/part_{number}.py], min: 50}}")
        plan.append("  acceptance_criteria: [It holds]")
    (root / "docs" / "planning" / "tracks.yaml").write_text("\n".join(plan) + "\n")


def processor_seconds(root: Path, arguments: tuple[str, ...]) -> float:
    """Run pytest once, from nothing recorded; everything has to pass."""
    (root / "docs/planning/.project-state.yaml").unlink(missing_ok=True)
    shutil.rmtree(root / "docs/planning/.tracks", ignore_errors=True)
    outer = ("PYTEST_", "TRACKS_", "COV_CORE_", "COVERAGE_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(outer)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=root,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    tasks, turns = (20, 3) if quick else (40, 7)
    seconds: dict[str, list[float]] = {name: [] for name in RUNS}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "project")
        write_project(root, tasks)
        for turn in range(turns):
            names = list(RUNS) if turn % 2 else list(reversed(RUNS))
            for name in names:
                seconds[name].append(processor_seconds(root, RUNS[name]))
    plain = seconds["pytest-cov"]
    missed = False
    for name in list(RUNS)[1:]:
        ratio = statistics.median(
            mine / theirs for mine, theirs in zip(seconds[name], plain, strict=True)
        )
        missed = missed or ratio > BAR
        print(f"{name:14} {ratio:.2f} x pytest-cov (bar {BAR}), {tasks * TESTS_A_TASK} tests")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
