"""What commands in a loop need not find out again.

::

    .tracks/settings.json   what pytest said, with the digest of all that it was learned from
    .tracks/plan.json       the plan, with the digest of the bytes of its files
    .tracks/drafts.json     what each task file says by itself, with the digest of its bytes
    .tracks/record.json     what the state says, with the digest of the bytes of its files
    .tracks/answers.json    the last answers, with the digest of all that they were made of
    .tracks/recital.json    what the last run that found nothing to do has told
    .tracks/bindings.json   which tests served what, with the digest of all they were found in

Starting pytest takes longer than an agent should wait, and so does reading 1,000 YAML files. Each
thing is kept with the bytes that it follows from and is found out anew when one differs; a time of
change is never trusted. Where a plug-in adds kinds of check nothing is remembered: they may depend
on anything. Nothing here is needed: files that are missing, damaged or of another version mean a
slower command, and so does a folder that cannot be written to.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_tracks.errors import StateError
from pytest_tracks.formats.folder import Listing
from pytest_tracks.formats.plan_bytes import digest_files, list_quietly
from pytest_tracks.project.settings import Arguments, Settings
from pytest_tracks.project.surroundings import PRIVATE_FOLDER, Surroundings, content, this_tool

if TYPE_CHECKING:
    from pytest_tracks.core.model import Plan
    from pytest_tracks.core.record import ProjectRecord
    from pytest_tracks.formats.draft_memory import DraftMemory
    from pytest_tracks.state.store import Store
    from pytest_tracks.state.worktree import WorkTree

__all__ = [
    "PlanFiles",
    "digest_question",
    "digest_state",
    "find_plan_files",
    "recall_answer",
    "recall_bindings",
    "recall_drafts",
    "recall_plan",
    "recall_recital",
    "recall_record",
    "recall_settings",
    "remember_answer",
    "remember_bindings",
    "remember_drafts",
    "remember_plan",
    "remember_recital",
    "remember_record",
    "remember_settings",
]

_SETTINGS = "settings.json"
_PLAN = "plan.json"
_DRAFTS = "drafts.json"
_RECORD = "record.json"
_ANSWERS = "answers.json"
_BINDINGS = "bindings.json"
_RECITAL = "recital.json"
_MOST_ANSWERS = 8
_NOT_KEPT = ("root", "arguments", "meta")
_STATE_FILES = ("journal.jsonl", "last-good.yaml", "holder")


@dataclass(frozen=True, slots=True)
class PlanFiles:
    """The files of a plan and the digest of their bytes."""

    listing: Listing
    digest: str


def find_plan_files(settings: Settings) -> PlanFiles | None:
    """List and digest the plan's files; None where there is anything wrong with them."""
    root = os.path.realpath(settings.root)
    listing = list_quietly(root, settings.plan, settings.sprints)
    if listing is None:
        return None
    try:
        return PlanFiles(listing, digest_files(root, listing.files))
    except OSError:
        return None


def recall_settings(around: Surroundings) -> Settings | None:
    """Return the settings of the working directory, if pytest would say the same again."""
    for place in around.likely_places():
        known = _read(place / _SETTINGS)
        with contextlib.suppress(KeyError, TypeError, ValueError):
            if known and known["learned_from"] == around.digest(known["modules"]):
                return _settings(known["settings"])
    return None


def remember_settings(around: Surroundings, settings: Settings, modules: Iterable[str]) -> None:
    """Keep the settings of the working directory, as pytest found them in ``around``.

    ``modules`` are the project's own files that pytest has loaded, such as conftest.py.
    """
    names, values = sorted(modules), _settings_values(settings)
    document = {"learned_from": around.digest(names), "modules": names, "settings": values}
    if _settings(json.loads(json.dumps(values))) == settings:
        _write(settings, _SETTINGS, document)


def recall_plan(settings: Settings, files: PlanFiles) -> Plan | None:
    """Return the plan, if its files still hold what it was made of, byte for byte."""
    from pytest_tracks.formats.plan_json import plan_from_json

    known = _read(_folder(settings) / _PLAN)
    with contextlib.suppress(ValueError, TypeError, KeyError, IndexError):
        if known and known["tool"] == [*this_tool()] and known["digest"] == files.digest:
            return replace(plan_from_json(known), ignored=files.listing.ignored)
    return None


def remember_plan(settings: Settings, plan: Plan) -> None:
    """Keep the plan; one that JSON cannot say exactly is not kept."""
    from pytest_tracks.formats.plan_json import plan_to_json

    with contextlib.suppress(ValueError):
        document = plan_to_json(plan)
        _write(settings, _PLAN, {"tool": this_tool(), "digest": plan.digest, **document})


def recall_drafts(settings: Settings) -> DraftMemory:
    """Return what is known of single task files."""
    from pytest_tracks.formats.draft_memory import DraftMemory

    known = _read(_folder(settings) / _DRAFTS)
    files = known.get("files") if known.get("tool") == [*this_tool()] else None
    return DraftMemory(files if isinstance(files, dict) else {})


def remember_drafts(settings: Settings, memory: DraftMemory) -> None:
    """Keep what is known of single task files."""
    if memory.has_news:
        _write(settings, _DRAFTS, {"tool": this_tool(), "files": memory.fresh})


def digest_question(
    question: Mapping[str, object],
    around: Surroundings,
    settings: Settings,
    files: PlanFiles,
    tree: WorkTree,
) -> str:
    """Digest a question with all that its answer is made of: plan, state, work tree."""
    whole = hashlib.sha256(json.dumps([question, files.digest], sort_keys=True).encode())
    whole.update(around.digest(()).encode())
    whole.update(digest_state(settings).encode())
    whole.update(json.dumps([(path, tree.identity(path)) for path in tree.paths]).encode())
    return whole.hexdigest()


def digest_state(settings: Settings) -> str:
    """Digest the files of the state as they are now."""
    state, whole = settings.root / settings.state, hashlib.sha256()
    for path in (state, *(state.parent / PRIVATE_FOLDER / name for name in _STATE_FILES)):
        found = content(path)
        whole.update(b"-" if found is None else hashlib.sha256(found).digest())
    return whole.hexdigest()


def recall_record(settings: Settings, digest: str) -> ProjectRecord | None:
    """Return what the state says, if its files still have this digest."""
    from pytest_tracks.core.record import ProjectRecord
    from pytest_tracks.state.codec import decode

    known = _read(_folder(settings) / _RECORD)
    with contextlib.suppress(ValueError, KeyError):
        if known and [known["digest"], *known["tool"]] == [digest, *this_tool()]:
            return decode(ProjectRecord, known["record"])
    return None


def remember_record(settings: Settings, digest: str, store: Store) -> None:
    """Keep what a state says that was opened between two looks at the same ``digest``.

    Not at the first time but at the second: writing takes longer than reading the state, which
    may well change before anybody asks again. Nor where a run is open, or where anything is wrong
    with the state: what it says then depends on more than its bytes.
    """
    if store.open_runs or store.warnings or digest != digest_state(settings):
        return
    known = _read(_folder(settings) / _RECORD)
    document: dict[str, Any] = {"tool": this_tool(), "digest": digest}
    if known.get("digest") == digest:
        from pytest_tracks.core.record import ProjectRecord
        from pytest_tracks.state.codec import decode, encode

        record = store.record()
        text = json.dumps(encode(record))
        if decode(ProjectRecord, json.loads(text)) != record:
            return
        document["record"] = json.loads(text)
    _write(settings, _RECORD, document)


def recall_answer(settings: Settings, digest: str) -> str | None:
    """Return the answer to a question with this digest, if it was given before."""
    return _recall(settings, _ANSWERS, digest)


def remember_answer(settings: Settings, digest: str, answer: str) -> None:
    """Keep an answer, and the few that were given last."""
    _remember(settings, _ANSWERS, digest, answer)


def recall_bindings(settings: Settings, digest: str) -> str | None:
    """Return the digest of the bindings that were found where all was as ``digest`` says."""
    return _recall(settings, _BINDINGS, digest)


def remember_bindings(settings: Settings, digest: str, bindings: str) -> None:
    """Keep the digest of the bindings that a collection has found."""
    if recall_bindings(settings, digest) != bindings:
        _remember(settings, _BINDINGS, digest, bindings)


def recall_recital(settings: Settings, digest: str) -> dict[str, Any] | None:
    """Return what a run has told that found all as ``digest`` says, and nothing to do."""
    known = _read(_folder(settings) / _RECITAL)
    told = known.get("told") if known.get("digest") == digest else None
    return told if isinstance(told, dict) else None


def remember_recital(settings: Settings, digest: str, told: dict[str, Any]) -> None:
    """Keep what a run has told."""
    _write(settings, _RECITAL, {"digest": digest, "told": told})


def _recall(settings: Settings, name: str, digest: str) -> str | None:
    found = _read(_folder(settings) / name).get(digest)
    return found if isinstance(found, str) else None


def _remember(settings: Settings, name: str, digest: str, value: str) -> None:
    known = [*_read(_folder(settings) / name).items()][1 - _MOST_ANSWERS :]
    _write(settings, name, {**dict(known), digest: value})


def _folder(settings: Settings) -> Path:
    return settings.root / settings.plan / PRIVATE_FOLDER


def _read(path: Path) -> dict[str, Any]:
    found = content(path)
    try:
        known = json.loads(found) if found else None
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}


def _write(settings: Settings, name: str, document: dict[str, Any]) -> None:
    from pytest_tracks.state.durable import make_private_folder, replace_file

    folder = _folder(settings)
    with contextlib.suppress(OSError, StateError):  # a checkout that is not ours to write to
        make_private_folder(folder)
        text = json.dumps(document, separators=(",", ":"))
        replace_file(folder / name, text.encode())


def _settings_values(settings: Settings) -> dict[str, Any]:
    names = [field.name for field in fields(Settings) if field.name not in _NOT_KEPT]
    return {"root": str(settings.root), **{name: getattr(settings, name) for name in names}}


def _settings(values: dict[str, Any]) -> Settings:
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    kept |= {"root": Path(values["root"]), "arguments": Arguments(), "meta": {}}
    return Settings(**kept)
