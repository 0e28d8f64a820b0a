"""What a verdict is bound to: digests of tasks over the plan and the work tree.

::

    definition    what has to hold                  the plan
    files         what the task owns, uses, names   contents; all of the tree where it owns nothing
    tests         its bound tests                   their files, conftest.py above, node ids
    shared        what no task owns                 contents, less test modules it cannot run
    predecessors  what it builds on                 their digests, and so theirs
    contracts     the contracts that it owns        contents of each

A test module that no task owns is accounted for by the tasks that bind its tests: in ``shared`` it
would make every task of the project stale at every edit of any test. What a test module is goes by
its name alone, so that a digest does not depend on which tasks a run has collected. A task that
runs commands may run any test, so for it test modules are shared code like all the rest. Names to
ignore apply to what nobody named; a file that a task owns, uses, or names in a check counts
whatever it is called.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from pytest_tracks.core.contracts import contract_digest
from pytest_tracks.core.model import Coverage, Criterion, Plan, Task
from pytest_tracks.core.record import Digest
from pytest_tracks.state.patterns import PathIndex, ignore_pattern
from pytest_tracks.state.worktree import WorkTree

__all__ = ["DEFAULT_IGNORE", "Digester", "criterion_digest"]

DEFAULT_IGNORE = ("*.md",)
_TEST_MODULE = re.compile(r"test_.*\.py|.*_test\.py")
"""Pytest's own default; a project's ``python_files`` might name every module there is."""

_LOOKING_KINDS = {"prose", "test", "mark", "file", "manual"}
"""Kinds of check that run nothing but the tests bound to them; any other may run anything."""

_LONGEST_PATH = 1024

_STATE = (".project-state.yaml*", ".tracks")


class Digester:
    """Digests the tasks of one plan over one moment of the work tree.

    ``ignore`` holds names and patterns besides the plan's own files and the state, which never
    count.
    """

    def __init__(
        self,
        root: Path,
        plan: Plan,
        ignore: Sequence[str] = DEFAULT_IGNORE,
        tree: WorkTree | None = None,
    ) -> None:
        self._root = root
        self._plan = plan
        self._ignored = ignore_pattern((*ignore, *_STATE))
        self._never = frozenset(plan.files)
        self._tree = WorkTree(root) if tree is None else tree
        self._index = PathIndex(self._tree.paths)

    def digest(
        self,
        task_id: str,
        bound: Mapping[str, Sequence[str]],
        predecessors: Mapping[str, Digest],
    ) -> Digest:
        """Digest a task.

        ``bound`` maps criterion ids to the node ids of their tests, ``predecessors`` the ids of
        the task's predecessors to their digests. A gate without criteria has no contents.
        """
        task = self._plan.tasks[task_id]
        checked = bool(task.criteria or task.coverage)
        return Digest(
            definition=_definition(task, self._plan),
            files=self._files(task) if checked else "",
            tests=self._tests(bound),
            shared=self._shared_with(task) if checked else "",
            predecessors=_predecessors(predecessors),
            contracts=self._contracts(task_id),
        )

    def _contracts(self, owner: str) -> str:
        return contract_digest(
            (contract.path, self._contents(self._index.matching(contract.path)))
            for contract in self._plan.contracts
            if contract.owner == owner
        )

    def _files(self, task: Task) -> str:
        named = self._named(task)
        if not task.files:
            return self._contents(named | self._all) if named - self._all else self._whole_tree
        return self._contents(named | (self._owned(task) - self._never))

    def signed(self, task_id: str, criterion: Criterion) -> str:
        """Digest what a signature stands for: a text, and the files that it covers.

        Those are the task's where the criterion names none, and all of the tree where the task
        names none either. Empty where nothing is covered.
        """
        task = self._plan.tasks[task_id]
        covers = criterion.check.params.get("covers") or task.files
        patterns = [str(one) for one in covers] if isinstance(covers, (tuple, list)) else []
        matching = self._index.matching
        paths = self._all.union() if not patterns else set().union(*map(matching, patterns))
        covered = paths - self._never
        if not covered:
            return ""
        return _hash([[criterion.text, sorted(patterns)], [self._contents(covered)]])

    def _owned(self, task: Task) -> set[str]:
        return set().union(*(self._index.matching(pattern) for pattern in task.files))

    def _named(self, task: Task) -> set[str]:
        """Find the files that the task uses or that a check's parameters name."""
        used = set().union(*(self._index.matching(pattern) for pattern in task.uses))
        used |= self._measured(task.coverage) if task.coverage else set()
        words = {word for criterion in task.criteria for word in _words(criterion)}
        return used | {path for path in map(_normal, words) if self._is_file(path)}

    def _measured(self, gate: Coverage) -> set[str]:
        """Find the code that a coverage gate measures, whoever owns it."""
        found = set().union(*(self._index.matching(name) for name in gate.source))
        return {path for path in found if path.endswith((".py", ".pyw"))}

    def _is_file(self, path: str) -> bool:
        """Whether there is such a file in the project, also where git ignores it."""
        if path in self._tree:
            return True
        inside = path and not path.startswith(("/", "..")) and len(path) < _LONGEST_PATH
        # Not Path.is_file: a command is a word too, and one longer than a name may be raises there.
        return bool(inside) and os.path.isfile(self._root / path)

    @cached_property
    def _all(self) -> frozenset[str]:
        never, ignored = self._never, self._ignored.fullmatch
        return frozenset(
            path for path in self._tree.paths if path not in never and not ignored(path)
        )

    @cached_property
    def _whole_tree(self) -> str:
        return self._contents(self._all)

    def _shared_with(self, task: Task) -> str:
        kinds = {criterion.check.kind for criterion in task.criteria}
        return self._unowned_code if kinds <= _LOOKING_KINDS else self._unowned_files

    @cached_property
    def _unowned(self) -> frozenset[str]:
        owned = set().union(*(self._owned(task) for task in self._plan.tasks.values()))
        frozen = (self._index.matching(contract.path) for contract in self._plan.contracts)
        return self._all - owned.union(*frozen)

    @cached_property
    def _unowned_files(self) -> str:
        return self._contents(self._unowned)

    @cached_property
    def _unowned_code(self) -> str:
        return self._contents(path for path in self._unowned if not _is_test_module(path))

    def _contents(self, paths: Iterable[str]) -> str:
        identity = self._tree.identity
        return _hash([path, identity(path)] for path in sorted(paths))

    def _tests(self, bound: Mapping[str, Sequence[str]]) -> str:
        node_ids = {node_id for ids in bound.values() for node_id in ids}
        if not node_ids:
            return ""
        files = {_file(node_id) for node_id in node_ids}
        # Pytest loads them wherever they are, also where git ignores them or above the root.
        conftests = {path for file in files for path in _conftests(file)}
        above = {path for path in conftests if os.path.isfile(self._root / path)}
        contents = [[path, self._tree.identity(path)] for path in sorted(files | above)]
        names = sorted([criterion, *sorted(ids)] for criterion, ids in bound.items())
        return _hash([*contents, *names])


def criterion_digest(criterion: Criterion) -> str:
    """Digest what one criterion asks."""
    return _hash([_criterion(criterion)])


def _definition(task: Task, plan: Plan) -> str:
    """Digest what has to hold for a PASS; titles, owners, hours and tracks are not part of it."""
    coverage = task.coverage
    red = [criterion.id for criterion in task.criteria if plan.requires_red(criterion)]
    return _hash(
        [
            *([["require_red", *red]] if red else []),
            [task.id, task.kind.value, sorted(task.predecessors), sorted(task.files)],
            *([_criterion(criterion)] for criterion in task.criteria),
            _coverage(coverage) if coverage else [],
        ]
    )


def _coverage(gate: Coverage) -> list[object]:
    further = [gate.per_file_minimum, gate.diff_minimum, gate.isolated]
    return [gate.source, gate.minimum, gate.branch, *(further if any(further) else ())]


def _criterion(criterion: Criterion) -> list[object]:
    check = criterion.check
    return [criterion.id, criterion.text, check.kind, check.params, sorted(criterion.allow)]


def _words(criterion: Criterion) -> Iterator[str]:
    for text in _texts(criterion.check.params):
        yield from (text, *text.split())


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _texts(item)


def _normal(word: str) -> str:
    return os.path.normpath(word) if word and "\0" not in word and "\n" not in word else ""


def _is_test_module(path: str) -> bool:
    return _TEST_MODULE.fullmatch(os.path.basename(path)) is not None


def _file(node_id: str) -> str:
    return node_id.partition("::")[0]


def _conftests(file: str) -> Iterator[str]:
    folder = os.path.dirname(file)
    while folder:
        yield f"{folder}/conftest.py"
        folder = os.path.dirname(folder)
    yield "conftest.py"


def _predecessors(digests: Mapping[str, Digest]) -> str:
    if not digests:
        return ""
    return _hash(
        [name, it.definition, it.files, it.tests, it.shared, it.predecessors, it.contracts]
        for name, it in sorted(digests.items())
    )


def _hash(parts: Iterable[Sequence[object]]) -> str:
    """Hash lists unambiguously: each part is one line of JSON."""
    whole = hashlib.blake2b(digest_size=20)
    for part in parts:
        whole.update(_ENCODER.encode(part).encode() + b"\n")
    return whole.hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return repr(value)


_ENCODER = json.JSONEncoder(default=_plain, sort_keys=True, separators=(",", ":"))
