"""What ``next`` and ``show`` cost a coding agent that calls them in a loop.

    python tests/benchmarks/next.py [--tasks 1000] [--rounds 15]

Prints, for a plan of one YAML file a task and for one with all tasks in one file, half of them
recorded PASS, the median of each command above the median of ``python -c pass``: the first call,
which finds nothing remembered; calls after which nothing has changed; and calls after a source
file, or a file of the plan, was edited. On a busy machine the processor's time says more.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import yaml

from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.core.model import Plan
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.formats.native import load_plan
from pytest_tracks.project.validity import digests_now
from pytest_tracks.state.digest import DEFAULT_IGNORE
from pytest_tracks.state.facts import AttemptStarted, Fact, TaskSettled
from pytest_tracks.state.store import Store

CRITERIA = 5
FOLDER = "docs/planning"
IGNORED = (*DEFAULT_IGNORE, f"{FOLDER}/.project-state.yaml*")
COMMANDS = (["next"], ["next", "--json"], ["show", "TASK-0004"])


def write_project(root: Path, tasks: int, *, one_file: bool, is_prose: bool = True) -> None:
    """Write a plan whose tasks wait for up to two earlier ones and own a file each.

    With ``is_prose`` the first criterion of each is checked by nothing.
    """
    chance = random.Random(tasks)
    for folder in (f"{FOLDER}/tasks", "src", "tests"):
        (root / folder).mkdir(parents=True)
    (root / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    names = [f"TASK-{number:04}" for number in range(1, tasks + 1)]
    entries = []
    for number, name in enumerate(names):
        source = f"src/part{number:04}.py"
        (root / source).write_text(f"NUMBER = {number}\n")
        near = names[max(0, number - 12) : max(0, number - 3)]
        entries.append(
            {
                "id": name,
                "title": f"Part {number} of the system",
                "estimated_hours": chance.randint(1, 12),
                "depends_on": chance.sample(near, min(len(near), 2)),
                "files": [source],
                "acceptance_criteria": [
                    f"{name} is described" if is_prose else {"text": "It exists", "file": source}
                ]
                + [
                    {"text": f"Criterion {at} of {name} holds", "run": f"grep -q NUMBER {source}"}
                    for at in range(1, CRITERIA)
                ],
            }
        )
    whole = {"project": "Large", **({"tasks": entries} if one_file else {})}
    (root / FOLDER / "tracks.yaml").write_text(yaml.safe_dump(whole, sort_keys=False))
    for entry in [] if one_file else entries:
        path = root / FOLDER / "tasks" / f"{entry['id']}.yaml"
        path.write_text(yaml.safe_dump(entry, sort_keys=False))
    for command in (["git", "init", "-q"], ["git", "add", "-A"]):
        subprocess.run(command, cwd=root, check=True)


def record_half(root: Path) -> None:
    """Record the first half of the tasks as PASS, bound to what the files are now."""
    _record(root, 2)


def record_all(root: Path) -> None:
    """Record every task as PASS, bound to what the files are now."""
    _record(root, 1)


def _record(root: Path, part: int) -> None:
    plan = load_plan(root, FOLDER, sprints="docs/sprints", kinds=dict(builtin_kinds()))
    store = Store.open(root, plan)
    digests = digests_now(root, plan, {}, store.record(), IGNORED)
    run = store.start_run()
    facts: list[Fact] = []
    for name in list(plan.tasks)[: len(plan.tasks) // part]:
        facts.append(AttemptStarted(run, name, f"{run}/{name}", digest=digests[name]))
        facts.append(_passed(plan, run, name, digests))
    store.append(*facts)
    store.finish_run(0)


def _passed(plan: Plan, run: str, name: str, digests: dict) -> TaskSettled:
    criteria = {
        each.id: CriterionResult(each.id, CriterionVerdict.PASS)
        for each in plan.tasks[name].criteria
    }
    return TaskSettled(
        run, name, TaskVerdict.PASS, f"{run}/{name}", digest=digests[name], criteria=criteria
    )


def milliseconds(command: list[str], cwd: Path) -> tuple[float, float]:
    """Time a command that must succeed: on the clock, and on the processor with its children."""
    # As installed: with compiled modules, which some containers do not let Python write.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before, start = os.times(), time.perf_counter()
    subprocess.run(command, cwd=cwd, env=environment, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, os.times()
    processor = after.children_user + after.children_system
    processor -= before.children_user + before.children_system
    return wall * 1000, processor * 1000


def measure(root: Path, rounds: int) -> None:
    """Print the table of one project."""
    nothing = [sys.executable, "-c", "pass"]
    calls = {" ".join(each): [sys.executable, "-m", "pytest_tracks", *each] for each in COMMANDS}
    forget(root)
    taken = {"next, first call": [milliseconds(calls["next"], root)], "python -c pass": []}
    for call in calls.values():
        milliseconds(call, root)
    for _ in range(rounds):
        taken["python -c pass"].append(milliseconds(nothing, root))
        for name, call in calls.items():
            taken.setdefault(name, []).append(milliseconds(call, root))
    for at in range(rounds):
        (root / "src" / "part0001.py").write_text(f"NUMBER = {at}\n")
        taken.setdefault("next, source edited", []).append(milliseconds(calls["next"], root))
    for at in range(max(1, rounds // 3)):
        with (root / FOLDER / "tracks.yaml").open("a") as plan:
            plan.write(f"# {at}\n")
        taken.setdefault("next, plan edited", []).append(milliseconds(calls["next"], root))
    floors = [median(column) for column in zip(*taken.pop("python -c pass"), strict=True)]
    print(f"  {'python -c pass':22} {floors[0]:6.0f} ms {floors[1]:6.0f} ms of processor")
    for name, times in taken.items():
        wall, processor = (median(column) for column in zip(*times, strict=True))
        print(f"  {name:22} {wall - floors[0]:+6.0f} ms {processor - floors[1]:+6.0f} ms")


def forget(root: Path) -> None:
    """Remove what commands have remembered."""
    for name in ("settings", "plan", "drafts", "record", "answers"):
        (root / FOLDER / ".tracks" / f"{name}.json").unlink(missing_ok=True)


def main() -> None:
    """Measure both layouts of a plan."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--keep", type=Path, help="write the projects here and leave them")
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp())
    try:
        for layout in ("a file a task", "one file"):
            root = folder / layout.replace(" ", "-")
            if not root.exists():
                write_project(root, arguments.tasks, one_file=layout == "one file")
                record_half(root)
            print(f"{arguments.tasks} tasks of {CRITERIA} criteria, {layout}")
            measure(root, arguments.rounds)
    finally:
        if arguments.keep is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
