"""The corpus of public plans, and what can be counted in it without a loader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CORPUS = Path(__file__).parents[1] / "corpus"


@dataclass(frozen=True)
class Count:
    """What a plan holds: reviews, sync points and stand-ins are no tasks here."""

    tasks: int
    edges: int
    criteria: int
    runnable: int


def count_devteam() -> Count:
    folder = CORPUS / "devteam/GalMoussan__Snake/docs"
    tasks = [json.loads(path.read_text()) for path in (folder / "planning/tasks").iterdir()]
    return Count(
        len(tasks),
        sum(len(task["dependencies"]) for task in tasks),
        sum(len(task["acceptance_criteria"]) for task in tasks),
        0,
    )


def count_task_master() -> Count:
    """Count by the format's own rule: a task waits for its sub-tasks, and they where it does."""
    path = CORPUS / "taskmaster/0xfauzi__testcraft/.taskmaster/tasks/tasks.json"
    tasks = json.loads(path.read_text())["master"]["tasks"]
    edges = total = 0
    for task in tasks:
        edges += len(task["dependencies"]) + len(task["subtasks"])
        total += 1 + len(task["subtasks"])
        for subtask in task["subtasks"]:
            edges += len(subtask["dependencies"])
            own = f"{task['id']}."
            names_sibling = any(
                isinstance(one, int) or str(one).startswith(own) for one in subtask["dependencies"]
            )
            edges += 0 if names_sibling else len(task["dependencies"])
    return Count(total, edges, total, 0)


def count_backlog() -> Count:
    texts = [path.read_text() for path in (CORPUS / "backlog.md").rglob("back-*.md")]
    criteria = sum(
        len(re.findall(r"^- \[[ x]\] #\d", _between(text, "AC"), re.MULTILINE)) for text in texts
    )
    edges = sum(len(_front(text)["dependencies"]) for text in texts)
    return Count(len(texts), edges, criteria, 0)


def _between(text: str, name: str) -> str:
    return text.partition(f"<!-- {name}:BEGIN -->")[2].partition(f"<!-- {name}:END -->")[0]


def _front(text: str) -> dict[str, Any]:
    return dict(yaml.safe_load(text.split("---\n")[1]))


PHASE_EDGES = 10
"""By hand, from the roadmap: 02-01 behind 01-01; three plans of phase 3 behind the two last ones of
phase 2; 04-01 behind those three."""


def count_gsd() -> Count:
    texts = [path.read_text() for path in (CORPUS / "gsd").rglob("*-PLAN.md")]
    fronts = [_front(text) for text in texts]
    musts = [front["must_haves"] for front in fronts]
    truths = sum(len(must["truths"]) for must in musts)
    files = sum(len(must["artifacts"]) + len(must["key_links"]) for must in musts)
    runs = prose = 0
    for text in texts:
        found = list(_verified(text))
        runs += sum(lines for lines in found if lines)
        prose += sum(1 for lines in found if not lines)
    edges = sum(len(front["depends_on"]) for front in fronts) + PHASE_EDGES
    return Count(len(texts), edges, truths + files + runs + prose, files + runs)


def _verified(text: str) -> Iterator[int]:
    """Yield for each block that verifies the number of its command lines; 0 for prose of a task."""
    for name, block in re.findall(r"<(verify|verification)>(.*?)</\1>", text, re.DOTALL):
        code = "\n".join(re.findall(r"```bash\n(.*?)```", block, re.DOTALL))
        lines = [line for line in code.splitlines() if line.strip() and line.strip()[0] != "#"]
        if lines or name == "verify":
            yield len(lines)


SPEC_KIT = Count(tasks=42, edges=95, criteria=42, runnable=0)
"""By hand. Edges: setup 5 (T001 to T006 one by one); 14 tests behind T006; T021 behind those 14;
6 models behind T021, and T024 behind T022 ("Community Creation"); each of 5 services behind T021
and the 6 models (the drawing); T033 behind 6 models and 5 services; 9 more one by one to T042."""
