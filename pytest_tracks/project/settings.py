"""Everything that options, ini file and environment say, read once into one frozen value."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_tracks.errors import UsageError
from pytest_tracks.formats.place import home_of
from pytest_tracks.project.report_names import DEFAULT, names_in

if TYPE_CHECKING:
    import pytest

    from pytest_tracks.core.model import Plan

__all__ = ["Arguments", "Settings"]

_AUTO = "auto"
_UNVERIFIED = "tracks_unverified"
_UNVERIFIED_CHOICES = ("block", "open")
_NATIVE = (".yaml", ".yml")
_FOREIGN = (".md", ".json")
USUAL_SPRINTS = "docs/sprints"
_REPORTS = (
    "report.xml",
    "report.html",
    "junit*.xml",
    "coverage.xml",
    "coverage.json",
    "htmlcov",
    "tracks-results*.json",
)
"""Names by which reports are usually called: left in the project, they are no part of it."""

_META_ENVIRONMENT = {"TRACKS_META_TIER": "tier", "TRACKS_META_COST_USD": "cost_usd"}


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the positional arguments name, all relative to rootdir, with forward slashes."""

    plan: tuple[str, ...] = ()
    """Files of the plan, or node ids in them."""
    tests: tuple[str, ...] = ()
    """Everything else: tests to run beside the plan; ``.`` is all of the project."""

    @classmethod
    def read(cls, config: pytest.Config) -> Arguments:
        """Sort the arguments; there are none where pytest chose what to collect by itself."""
        if config.args_source is not config.ArgsSource.ARGS:
            return cls()
        place = _plan_place(config)
        names = [_from_root(config, argument) for argument in config.args]
        plan = tuple(name for name in names if _is_in_plan(name, place))
        return cls(plan, tuple(name for name in names if name not in plan))


def _from_root(config: pytest.Config, argument: str) -> str:
    path, separator, inside = argument.partition("::")
    absolute = os.path.normpath(config.invocation_params.dir / path)
    return Path(os.path.relpath(absolute, config.rootpath)).as_posix() + separator + inside


def _is_in_plan(name: str, place: str) -> bool:
    """Whether an argument means the plan: a file of it, or a criterion of a foreign document."""
    before, separator, _ = name.partition("::")
    path = Path(before)
    endings = (*_NATIVE, *_FOREIGN) if separator else _NATIVE
    return path == Path(place) or (path.suffix in endings and Path(place) in path.parents)


def _plan_place(config: pytest.Config) -> str:
    place = Path(str(config.option.tracks_plan or config.getini("tracks_plan")))
    if place.is_absolute() and place.is_relative_to(config.rootpath):
        place = place.relative_to(config.rootpath)
    return _relative(str(place), "the plan")


def _home(root: Path, plan: str) -> str:
    """Name the folder of what belongs to a plan; a document has one of its own beside it."""
    return home_of(plan, is_file=(root / plan).is_file())


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that options, ini file and environment say."""

    root: Path
    arguments: Arguments
    plan: str
    sprints: str
    state: str
    lanes: int | None
    """Asked for with ``--tracks``; None where it was not given, 0 for ``auto``."""
    tracks: tuple[str, ...]
    tasks: tuple[str, ...]
    rerun: bool
    accepts_missing: bool
    """Whether tests that served a criterion before may be gone (``--tracks-rerun``)."""
    verify: bool
    strict: bool
    """Criteria that cannot fail are errors."""
    wait: float | None
    """Seconds to wait for other runs at most; None: as long as they live."""
    ungated: bool
    open_unverified: bool
    dynamic: bool
    meta: Mapping[str, str]
    base: str
    """Ref that changed lines are counted from; empty: the default branch."""
    digest_ignore: tuple[str, ...]
    junit_blocked_fail: bool = False
    """Whether a junit file calls what is blocked or unverified a failure."""
    unverified_is_set: bool = False
    """Whether the configuration says what UNVERIFIED does; if not, the plan's settings may."""
    no_regression: bool = False
    """Exit status 0 asks only that nothing is worse than at a base."""
    against: str = ""
    """The git ref of that base; empty: the last commit, or what is recorded."""
    seal: str = ""
    """The git ref whose plan and thresholds hold; empty: those of the work tree."""
    results: str = ""
    """Where to write the validation results, as an absolute path; empty: nowhere."""
    report: str = ""
    """The folder to write the report to, as an absolute path; empty: none."""

    def with_plan(self, plan: Plan) -> Settings:
        """Let the plan decide what the configuration leaves open; raises UsageError."""
        written = plan.settings.get(_UNVERIFIED)
        if written is None or self.unverified_is_set:
            return self
        if written not in _UNVERIFIED_CHOICES:
            known = " or ".join(_UNVERIFIED_CHOICES)
            raise UsageError(f"{_UNVERIFIED}: {written} in the plan's settings: choose {known}")
        return replace(self, open_unverified=written == "open")

    @classmethod
    def read(cls, config: pytest.Config) -> Settings:
        """Read and validate; raises UsageError."""
        option = config.option
        arguments = Arguments.read(config)
        is_named = bool(arguments.plan) and option.tracks is None
        if option.tracks_verify and (option.tracks_track or option.tracks_task or is_named):
            raise UsageError(
                "--tracks-verify runs the whole plan: name no track, task or criterion"
            )
        plan = _plan_place(config)
        home = _home(config.rootpath, plan)
        sprints = str(config.getini("tracks_sprints"))
        if home != plan and sprints == USUAL_SPRINTS:
            sprints = f"{home}/sprints"  # those in the usual folder are of the native plan
        state = str(config.getini("tracks_state") or f"{home}/.project-state.yaml")
        state = _relative(state, "the state file")
        return cls(
            root=config.rootpath,
            arguments=arguments,
            plan=plan,
            sprints=_relative(sprints, "the sprints"),
            state=state,
            lanes=_lanes(option.tracks),
            tracks=tuple(option.tracks_track or ()),
            tasks=tuple(option.tracks_task or ()),
            rerun=bool(option.tracks_rerun) or is_named,
            accepts_missing=bool(option.tracks_rerun),
            verify=bool(option.tracks_verify),
            strict=bool(option.tracks_strict) or bool(config.getini("tracks_strict")),
            wait=option.tracks_wait,
            ungated=bool(option.tracks_ungated),
            open_unverified=_choice(config, _UNVERIFIED, *_UNVERIFIED_CHOICES) == "open",
            unverified_is_set=bool(config.getini(_UNVERIFIED)),
            dynamic=_choice(config, "tracks_assignment", "static", "dynamic") == "dynamic",
            meta=_meta(option.tracks_meta or ()),
            base=str(config.getini("tracks_base")),
            # A verdict that depended on what a run writes would be stale once it is written.
            digest_ignore=(
                *config.getini("tracks_digest_ignore"),
                f"{state}*",
                *_REPORTS,
                *_written_reports(config),
                *names_in(DEFAULT),
                *_report_names(config),
            ),
            junit_blocked_fail=_choice(config, "tracks_junit_blocked", "skipped", "failure")
            == "failure",
            no_regression=_goal(config) == "no-regression",
            against=str(option.tracks_against or config.getini("tracks_against") or ""),
            seal=str(option.tracks_seal or ""),
            results=_absolute(config, option.tracks_json),
            report=_report(config),
        )


def _written_reports(config: pytest.Config) -> Iterator[str]:
    """List the files inside the project that other plugins write in this run."""
    for name in ("xmlpath", "htmlpath", "resultlog", "tracks_json"):
        path = getattr(config.option, name, None)
        if path:
            written = _from_root(config, str(path))
            if not written.startswith(".."):
                yield written


def _report(config: pytest.Config) -> str:
    asked = _absolute(config, config.option.tracks_report)
    configured = str(config.getini("tracks_report") or "")
    return asked or (os.path.normpath(config.rootpath / configured) if configured else "")


def _report_names(config: pytest.Config) -> tuple[str, ...]:
    """List the names of this run's report, where it stands inside the project."""
    report = _report(config)
    folder = Path(os.path.relpath(report, config.rootpath)).as_posix() if report else ".."
    return () if folder.startswith("..") else names_in(folder)


def _goal(config: pytest.Config) -> str:
    asked = config.option.tracks_goal
    return str(asked) if asked else _choice(config, "tracks_goal", "all", "no-regression")


def _absolute(config: pytest.Config, path: str | None) -> str:
    return os.path.normpath(config.invocation_params.dir / path) if path else ""


def _relative(path: str, what: str) -> str:
    steps = [step for step in Path(path).parts if step != "."]
    if Path(path).is_absolute() or ".." in steps:
        raise UsageError(f"{what} must be inside rootdir, given relative to it: {path}")
    return "/".join(steps) or "."


def _lanes(text: str | None) -> int | None:
    if text is None:
        return None
    if text == _AUTO:
        return 0
    if re.fullmatch(r"[1-9][0-9]{0,2}", text):
        return int(text)
    advice = (
        "give a number of lanes from 1, or auto"
        if text in ("0", "")
        else (f"did you mean --track={text}?")
    )
    raise UsageError(f"--tracks={text} is not a number of lanes ({advice})")


def _choice(config: pytest.Config, name: str, *known: str) -> str:
    value = str(config.getini(name)) or known[0]
    if value not in known:
        raise UsageError(f"{name} = {value}: choose {' or '.join(known)}")
    return value


def _meta(pairs: tuple[str, ...] | list[str]) -> dict[str, str]:
    meta = {
        key: os.environ[name] for name, key in _META_ENVIRONMENT.items() if os.environ.get(name)
    }
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator or not key.strip():
            raise UsageError(f"--tracks-meta={pair}: give KEY=VALUE, such as tier=T1")
        meta[key.strip()] = value
    return meta
