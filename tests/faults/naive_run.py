"""A runner of plans as one writes it first: ``python naive_run.py``, in a project's folder.

One command after another, each in a shell; verdicts stay in memory until the end, and are then
written in one go. Who passes is who exits with 0, a process that runs tests too. It is here to be
broken, as ``naive.py`` is.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

STATE = Path("state.yaml")


def main() -> int:
    """Run what has not passed yet, predecessors first."""
    verdicts = yaml.safe_load(STATE.read_text()) if STATE.exists() else {}
    files = sorted(Path("docs/planning/tasks").glob("*.yaml"))
    found = map(yaml.safe_load, map(Path.read_text, files))
    left = {task["id"]: task for task in found if verdicts.get(task["id"]) != "PASS"}
    while left:
        name = next(name for name in left if not set(left[name]["depends_on"]) & set(left))
        verdicts[name] = _verdict(left.pop(name), verdicts)
    STATE.write_text(yaml.safe_dump(verdicts))
    return int(set(verdicts.values()) != {"PASS"})


def _verdict(task: Mapping[str, Any], verdicts: Mapping[str, str]) -> str:
    if any(verdicts[name] != "PASS" for name in task["depends_on"]):
        return "BLOCKED"
    return "FAIL" if any(map(_failed, task["acceptance_criteria"])) else "PASS"


def _failed(criterion: Mapping[str, Any]) -> bool:
    tests = ["pytest", "-q", "-p", "no:tracks", *criterion.get("test", ())]
    command = criterion.get("run") or shlex.join([sys.executable, "-m", *tests])
    return subprocess.call(["bash", "-c", command]) != 0


if __name__ == "__main__":
    sys.exit(main())
