"""Calling the console command in a project, as an agent does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = "docs/planning"
PLAN = """\
project: Shop
tracks: {1: {name: Backend, owner: Ada}, 2: {name: Frontend}}
tasks:
  - {id: BASE, title: Schema, track: 1, estimated_hours: 4, files: [base.txt],
     acceptance_criteria: [{text: It is there, file: base.txt}]}
  - {id: API, title: Endpoints, track: 1, estimated_hours: 8, depends_on: [BASE], files: [api.txt],
     acceptance_criteria: [{text: It is there, file: api.txt}, Somebody has read it]}
  - {id: PAGE, title: Pages, track: 2, owner: Bob, estimated_hours: 6, depends_on: [API],
     files: [page.txt], acceptance_criteria: [{text: It is there, file: page.txt}]}
  - {id: NOTE, title: Notes, track: 2, estimated_hours: 1, files: [note.txt],
     steps: [Write, {text: Print, done: true}],
     acceptance_criteria: [{text: It is there, file: note.txt}]}
"""


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    errors: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def ready(self) -> list[str]:
        return [task["id"] for task in self.json["ready"]]


@dataclass(frozen=True)
class Shop:
    """A project in a folder of its own."""

    root: Path

    @classmethod
    def make(cls, root: Path, plan: str = PLAN, ini: str = "[pytest]\n") -> Shop:
        (root / FOLDER).mkdir(parents=True)
        (root / FOLDER / "tracks.yaml").write_text(plan, encoding="utf-8")
        (root / "pytest.ini").write_text(ini)
        (root / "base.txt").write_text("1")
        return cls(root)

    def call(self, *arguments: str, cwd: str = ".", **environment: str) -> Answer:
        return self._run("pytest_tracks", *arguments, cwd=cwd, **environment)

    def validate(self, *arguments: str) -> Answer:
        return self._run("pytest", "-q", "-p", "no:cacheprovider", *arguments)

    def memory(self, name: str) -> Path:
        return self.root / FOLDER / ".tracks" / f"{name}.json"

    def _run(self, module: str, *arguments: str, cwd: str = ".", **more: str) -> Answer:
        outer = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        environment = {**outer, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8", **more}
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root / cwd,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=60,
        )
        return Answer(done.returncode, done.stdout, done.stderr)
