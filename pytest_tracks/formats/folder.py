"""Which files are the plan: found by name, in reading order, never out of the root folder."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.names import holds_control
from pytest_tracks.formats.source import is_inside, note_os_error
from pytest_tracks.formats.sprint_names import is_sprint_file

__all__ = ["Listing", "find_sprints", "list_plan", "pick_plan", "relative_to_root"]

TRACKS_FILE = "tracks.yaml"
PRD_FILE = "PROJECT_PRD.yaml"
TASKS_FOLDER = "tasks"

# Names that were surely meant to be read, by what they are in lower case without ending.
_MEANT = {"tracks": TRACKS_FILE, "project_prd": PRD_FILE, TASKS_FOLDER: f"{TASKS_FOLDER}/all.yaml"}
_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a plan, relative to root; ``tracks`` and ``prd`` hold one at most."""

    folder: str
    tracks: tuple[str, ...] = ()
    prd: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    sprints: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """All files in reading order."""
        return self.tracks + self.prd + self.tasks + self.sprints


def list_plan(root: str, folder: str, sprints: str, problems: Problems) -> Listing | None:
    """Find the plan's files; None where there is no plan. ``root`` is a real path.

    Names that begin with a dot belong to tools: they are neither read nor listed.
    """
    plan_folder = relative_to_root(root, folder, "plan folder", problems)
    sprint_folder = relative_to_root(root, sprints, "sprint folder", problems)
    if plan_folder is None or sprint_folder is None:
        return None
    walk = _Walk(root, problems)
    entries = walk.entries(plan_folder, required=True)
    if entries is None:
        return None
    listing = _sort_out(walk, plan_folder, sprint_folder, entries)
    if not (listing.tracks or listing.prd or listing.tasks) and not problems.errors:
        _note_no_plan(plan_folder, problems)
        return None
    return listing


def pick_plan(paths: Iterable[str], folder: str, sprints: str) -> Listing:
    """Pick a plan's files out of paths relative to root, such as those of a commit.

    The same files in the same order as ``list_plan`` finds in a work tree.
    """
    inside = dict(_inside(paths, folder))
    tasks = [path for path, name in inside.items() if _is_task_file(name)]
    return Listing(
        "" if posixpath.normpath(folder) == "." else posixpath.normpath(folder),
        tuple(path for path, name in inside.items() if name == TRACKS_FILE),
        tuple(path for path, name in inside.items() if name == PRD_FILE),
        tuple(sorted(tasks, key=_by_parts)),
        tuple(sorted(path for path, name in _inside(paths, sprints) if is_sprint_file(name))),
    )


def _inside(paths: Iterable[str], folder: str) -> Iterator[tuple[str, str]]:
    """Pair the paths inside a folder with their names in it, without those of tools."""
    above = posixpath.normpath(folder) + "/"
    for path in paths:
        name = path if above == "./" else path.removeprefix(above)
        is_inside_folder = above == "./" or name != path
        if is_inside_folder and not any(part.startswith(".") for part in name.split("/")):
            yield path, name


def _is_task_file(name: str) -> bool:
    return name.startswith(f"{TASKS_FOLDER}/") and name.endswith(_ENDINGS[0])


def find_sprints(root: str, folder: str, problems: Problems) -> tuple[str, ...]:
    """Find the sprint files of a plan in another format; the folder may be missing."""
    relative = relative_to_root(root, folder, "sprint folder", problems)
    return () if relative is None else tuple(_sprint_files(_Walk(root, problems), relative))


def _sprint_files(walk: _Walk, folder: str) -> list[str]:
    found = walk.entries(folder, required=False) or []
    return [posixpath.join(folder, entry.name) for entry in found if is_sprint_file(entry.name)]


def relative_to_root(root: str, path: str, what: str, problems: Problems) -> str | None:
    """Make a path relative to the root folder (``""``); None where it is outside."""
    relative = os.path.relpath(os.path.join(root, path), root).replace(os.sep, "/")
    if relative == ".." or relative.startswith("../"):
        _note_outside(relative, f"the {what} is outside the root folder", problems)
        return None
    return "" if relative == "." else relative


def _note_outside(path: str, message: str, problems: Problems) -> None:
    problems.error(Location(path, 0, 0), "outside-root", message, "a plan stays below root")


def _note_no_plan(folder: str, problems: Problems) -> None:
    names = (TRACKS_FILE, PRD_FILE, f"{TASKS_FOLDER}/**.yaml")
    looked_for = ", ".join(posixpath.join(folder, name) for name in names)
    problems.error(
        Location(folder or ".", 0, 0),
        "no-plan",
        f"there is no plan; looked for {looked_for}",
        "pytest-tracks init writes a first one; or name the plan with the ini option tracks_plan",
    )


def _sort_out(
    walk: _Walk, folder: str, sprint_folder: str, entries: list[os.DirEntry[str]]
) -> Listing:
    tracks: list[str] = []
    prd: list[str] = []
    tasks: list[str] = []
    ignored: list[str] = []
    for entry in entries:
        path = posixpath.join(folder, entry.name)
        if entry.name == TRACKS_FILE:
            tracks.append(path)
        elif entry.name == PRD_FILE:
            prd.append(path)
        elif entry.name == TASKS_FOLDER:
            tasks, others = walk.task_files(path)
            ignored += others
        elif walk.is_folder(entry):
            walk.refuse_misnamed(path, TASKS_FOLDER if entry.name.lower() == TASKS_FOLDER else None)
            if path != sprint_folder:
                ignored.append(path + "/")
        else:
            walk.refuse_misnamed(path, _MEANT.get(_stem(entry.name)))
            ignored.append(path)
    sprints = _sprint_files(walk, sprint_folder)
    ignored = [path for path in ignored if path not in sprints]
    return Listing(folder, *map(tuple, (tracks, prd, tasks, sprints, ignored)))


def _stem(name: str) -> str:
    stem, ending = posixpath.splitext(name.lower())
    return stem if ending in _ENDINGS else ""


class _Walk:
    """Lists folders below root, each once; what cannot be listed is noted."""

    def __init__(self, root: str, problems: Problems) -> None:
        self._root = root
        self._problems = problems
        self._seen: set[str] = set()

    def is_folder(self, entry: os.DirEntry[str]) -> bool:
        """Tell whether an entry is a folder, through symbolic links; a broken one is none."""
        try:
            return entry.is_dir()
        except OSError:
            return False  # a link to itself: reading it as a file reports that

    def entries(self, folder: str, *, required: bool) -> list[os.DirEntry[str]] | None:
        """List a folder by name; None where a problem was noted, or where it may be missing."""
        real = os.path.realpath(os.path.join(self._root, folder))
        if not is_inside(self._root, real):
            _note_outside(folder, "is a symbolic link out of the root folder", self._problems)
            return None
        try:
            with os.scandir(real) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except FileNotFoundError:
            if required:
                _note_no_plan(folder, self._problems)
            return None
        except OSError as error:
            note_os_error(self._problems, folder or ".", error)
            return None
        shown = [entry for entry in entries if not entry.name.startswith(".")]
        return [entry for entry in shown if self._is_usable(posixpath.join(folder, entry.name))]

    def task_files(self, folder: str) -> tuple[list[str], list[str]]:
        """Find all ``*.yaml`` below a folder, and what else is there."""
        tasks: list[str] = []
        others: list[str] = []
        pending = [folder]
        while pending:
            current = pending.pop()
            if self._is_second_visit(current):
                continue
            for entry in self.entries(current, required=True) or ():
                path = posixpath.join(current, entry.name)
                if self.is_folder(entry):
                    pending.append(path)
                elif entry.name.endswith(_ENDINGS[0]):
                    tasks.append(path)
                else:
                    stem = _stem(entry.name)
                    self.refuse_misnamed(path, stem and posixpath.splitext(entry.name)[0] + ".yaml")
                    others.append(path)
        return sorted(tasks, key=_by_parts), sorted(others, key=_by_parts)

    def refuse_misnamed(self, path: str, meant: str | None) -> None:
        """Note a file that is not read but was surely meant to be."""
        if meant:
            self._problems.error(
                Location(path, 0, 0),
                "misnamed-file",
                "is not read under this name",
                f"rename it to {meant}",
            )

    def _is_second_visit(self, folder: str) -> bool:
        real = os.path.realpath(os.path.join(self._root, folder))
        if real in self._seen:
            self._problems.error(
                Location(folder, 0, 0),
                "symlink-loop",
                "is, by a symbolic link, a folder that is read already",
                "take the link out",
            )
            return True
        self._seen.add(real)
        return False

    def _is_usable(self, path: str) -> bool:
        """Refuse names that can be no part of a node id or of any report."""
        usable = not holds_control(path) and "::" not in path and ":" not in (path[0], path[-1])
        if not usable:
            shown = path.encode("ascii", "backslashreplace").decode().replace("\n", "\\n")
            self._problems.error(
                Location(shown, 0, 0),
                "bad-file-name",
                "holds '::' or a character that cannot be shown",
                "rename it",
            )
        return usable


def _by_parts(path: str) -> list[str]:
    return path.split("/")
