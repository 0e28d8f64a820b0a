"""Merging the states of shards into a project's own: ``pytest-tracks state merge``.

::

    own state ─┐
    shard 1 ───┼─ join ──► pure gates ──► state file, and its copy beside the journal
    shard 2 ───┘                     └──► journal: what each shard brought, for the audit

The file depends on what is known alone, not on when, where or how often it was merged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from itertools import chain
from pathlib import Path

from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import Digest, ProjectRecord, TaskRecord
from pytest_tracks.errors import Problem, StateError
from pytest_tracks.state.clock import Surroundings, SystemSurroundings
from pytest_tracks.state.codec import encode
from pytest_tracks.state.durable import check_writable, replace_file
from pytest_tracks.state.facts import UnknownFact
from pytest_tracks.state.join import Knowledge, Records, join, resolve
from pytest_tracks.state.journal import FOLDER, Journal
from pytest_tracks.state.pure_gates import settle_pure_gates
from pytest_tracks.state.recovery import LAST_GOOD
from pytest_tracks.state.rendering import Renderer
from pytest_tracks.state.sides import SIBLINGS, Side, read_sides, render_siblings
from pytest_tracks.state.store import Store, lineage_of
from pytest_tracks.state.yamltext import Tree

__all__ = ["SHARD_MERGED", "Contents", "Merged", "find_shard", "merge", "merge_file"]

SHARD_MERGED = "shard-merged"
"""Name of the fact that says what a shard brought; it is for the audit and folds into nothing."""

_Shards = Mapping[str, Sequence[Side]]

_BROUGHT = ("verdict", "attempt", "track", "completed_at", "run_seconds", "digest", "criteria")


@dataclass(frozen=True, slots=True)
class Contents:
    """What the work tree says of verdicts; the state layer does not look there by itself."""

    digests: Callable[[ProjectRecord], Mapping[str, Digest]]
    """Every task's digest as it is now, bound tests as recorded."""
    is_current: Callable[[str, TaskRecord], bool]
    """Whether a task's record is about what there is now."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did."""

    is_changed: bool
    warnings: tuple[Problem, ...] = ()


def find_shard(given: Path, state: str) -> Path | None:
    """Find a shard's state file: the file itself, or in a folder that holds it or a project.

    ``state`` is where a project has it, relative to its root.
    """
    if given.is_file():
        return given
    for path in (given / Path(state).name, given / state):
        if path.exists() or (path.parent / FOLDER / "journal.jsonl").exists():
            return path
    return None


def merge(
    root: Path,
    plan: Plan,
    path: Path,
    shards: Mapping[str, Path],
    contents: Contents,
    surroundings: Surroundings | None = None,
) -> Merged:
    """Join the shards' states (name for messages → state file) into the one at ``path``.

    Raises StateError, with nothing changed, for a shard that cannot be read, that is of another
    lineage, or in which a run of this machine still goes on.
    """
    around = surroundings or SystemSurroundings()
    read = _read_shards(plan, _own_sides(root, path, around), shards, around)
    check_writable(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = path.parent / FOLDER
    with Journal(folder).lock():
        own = _own_sides(root, path, around)
        content = _join(plan, own, read, contents)
        is_changed = content != _content(path)
        if is_changed:
            _keep(own[0], path, around)
            replace_file(path, content)
            # The journal does not hold what came from elsewhere.
            replace_file(folder / LAST_GOOD, content)
    if is_changed:
        _note(Store.open(root, plan, path, surroundings=around), own, read)
    return Merged(is_changed, _warnings(own, read))


def merge_file(plan: Plan, path: Path, shards: Mapping[str, Path], contents: Contents) -> Merged:
    """Join states into a file that stands apart from any journal, as git's merge driver has it.

    Raises as ``merge`` does.
    """
    around = SystemSurroundings()
    own = _own_sides(path.parent, path, around)
    read = _read_shards(plan, own, shards, around)
    content = _join(plan, own, read, contents)
    is_changed = content != _content(path)
    if is_changed:
        replace_file(path, content)
    return Merged(is_changed, _warnings(own, read))


def _warnings(own: Sequence[Side], shards: _Shards) -> tuple[Problem, ...]:
    sides = [*own, *chain.from_iterable(shards.values())]
    return tuple(dict.fromkeys(warning for side in sides for warning in side.warnings))


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _own_sides(root: Path, path: Path, around: Surroundings) -> list[Side]:
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    return read_sides(path, name, around.is_alive)


def _keep(own: Side, path: Path, around: Surroundings) -> None:
    """Keep a file that cannot be made again from what is written in its place."""
    content = _content(path)
    stamp = around.now().replace(":", "").replace("-", "")
    if content is not None and own.is_recovered:
        replace_file(path.with_name(f"{path.name}.corrupt-{stamp}"), content)
    elif content is not None and own.snapshot.is_legacy:
        replace_file(path.parent / FOLDER / f"before-{stamp}.yaml", content)


def _lineage(plan: Plan, own: Sequence[Side]) -> str:
    return own[0].lineage or lineage_of(plan)


def _read_shards(
    plan: Plan, own: Sequence[Side], shards: Mapping[str, Path], around: Surroundings
) -> _Shards:
    read = {name: _read_shard(name, path, around) for name, path in shards.items()}
    _refuse_foreign({"the other side": own[1:], **read}, _lineage(plan, own))
    return read


def _read_shard(name: str, path: Path, around: Surroundings) -> list[Side]:
    """Read a shard; a run of another machine has ended, since its state is here."""
    sides = read_sides(path, name, lambda run: run.host == around.host and around.is_alive(run))
    for run in chain.from_iterable(side.record.live.values() for side in sides):
        message = f"a run still goes on there (process {run.pid})"
        raise StateError(Problem(name, 0, 0, "live-shard", message, "merge when it has ended"))
    return sides


def _refuse_foreign(states: _Shards, lineage: str) -> None:
    problems = [
        Problem(
            name,
            0,
            0,
            "foreign-lineage",
            f"is the state of another project (lineage {side.lineage or 'none'}, here {lineage})",
            "nothing was merged",
        )
        for name, sides in states.items()
        for side in sides
        if side.lineage != lineage and (side.snapshot.content or side.knowledge.tasks)
    ]
    if problems:
        raise StateError(*problems)


def _join(plan: Plan, own: Sequence[Side], shards: _Shards, contents: Contents) -> bytes:
    sides = [*own, *chain.from_iterable(shards.values())]
    joined = reduce(join, (side.knowledge for side in sides))
    return _render(plan, own[0], joined, _lineage(plan, own), contents)


def _render(plan: Plan, own: Side, joined: Knowledge, lineage: str, contents: Contents) -> bytes:
    tasks = {
        name: resolve(records, partial(contents.is_current, name))
        for name, records in joined.tasks.items()
    }
    project = replace(joined.project, lineage=lineage, live=own.record.live, tasks=tasks)
    tasks = settle_pure_gates(plan, tasks, contents.digests(project))
    tasks = {
        name: replace(record, open=own.record.task(name).open) for name, record in tasks.items()
    }
    unknown = {
        # A gate's record stands for no fact (it has no serial), so nothing stands beside it.
        name: _unknown(name, own, joined.tasks.get(name, ()) if record.serial else ())
        for name, record in tasks.items()
    }
    snapshot = replace(own.snapshot, unknown_of_task=unknown)
    return Renderer(plan, snapshot).render(replace(project, tasks=tasks), joined.seen).content


def _unknown(name: str, own: Side, siblings: Records) -> dict[str, Tree]:
    known = own.snapshot.unknown_of_task.get(name, {})
    unknown = {key: value for key, value in known.items() if key != SIBLINGS}
    return unknown | ({SIBLINGS: render_siblings(siblings)} if len(siblings) > 1 else {})


def _note(store: Store, own: Sequence[Side], shards: _Shards) -> None:
    """Write down which verdicts each shard brought."""
    known = [side.knowledge.tasks for side in own]
    for name, sides in shards.items():
        brought = {
            task: _told(record)
            for side in sides
            for task, records in side.knowledge.tasks.items()
            for record in records
            if record.serial and not any(record in tasks.get(task, ()) for tasks in known)
        }
        if brought:
            store.append(UnknownFact(SHARD_MERGED, {"shard": name, "tasks": brought}))


def _told(record: TaskRecord) -> dict[str, object]:
    told = encode(record)
    return {key: told[key] for key in _BROUGHT if key in told}
