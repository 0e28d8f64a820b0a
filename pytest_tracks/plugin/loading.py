"""The plan of a run: as it was remembered, as it is in the work tree, or as a commit seals it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pytest_tracks.formats.loading import load_plan
from pytest_tracks.plugin.unchanged import recalled_plan
from pytest_tracks.project.formats import find_formats
from pytest_tracks.project.kinds import find_kinds
from pytest_tracks.project.settings import Settings
from pytest_tracks.project.world import World
from pytest_tracks.state.identities import Identities
from pytest_tracks.state.journal import FOLDER
from pytest_tracks.state.worktree import WorkTree

if TYPE_CHECKING:
    import pytest

    from pytest_tracks.core.kinds import CheckKind
    from pytest_tracks.core.model import Plan
    from pytest_tracks.project.base import Base

__all__ = ["Loaded", "load"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plan, and what it was loaded with."""

    settings: Settings
    plan: Plan
    kinds: Mapping[str, CheckKind]
    tree: WorkTree
    world: World | None
    """What is remembered of such a run is known by this; None where nothing is to be remembered."""
    find_base: Callable[[str], Base]
    """Returns the project as it is in the commit of a git ref."""


def load(config: pytest.Config) -> Loaded:
    """Read the options, and the plan that they ask for; raises TracksError."""
    settings = Settings.read(config)
    kinds = find_kinds(config)
    tree = WorkTree(settings.root, Identities((settings.root / settings.state).parent / FOLDER))
    world = World.of(config, settings, tree)
    find_base = partial(_find_base, config, kinds)
    plan = recalled_plan(settings, world) if world else None
    if plan is None:
        settings, plan = _load(config, settings, kinds, find_base)
    elif not settings.seal:
        settings = settings.with_plan(plan)
    if plan.format:
        world = None  # what is remembered is known by the files of native plans only
    return Loaded(settings, plan, kinds, tree, world, find_base)


def _load(
    config: pytest.Config,
    settings: Settings,
    kinds: Mapping[str, CheckKind],
    find_base: Callable[[str], Base],
) -> tuple[Settings, Plan]:
    """Load the plan: of the work tree, or with its settings of the commit that seals them."""
    if not settings.seal:
        plan = load_plan(
            settings.root,
            settings.plan,
            sprints=settings.sprints,
            kinds=kinds,
            formats=find_formats(config),
        )
        return settings.with_plan(plan), plan
    from pytest_tracks.project.seal import sealed_plan, sealed_settings

    base, option = find_base(settings.seal), config.option
    settings = sealed_settings(
        settings,
        base,
        config.getini("tracks_digest_ignore"),
        goal=option.tracks_goal,
        against=option.tracks_against,
    )
    return settings, sealed_plan(settings, base)


def _find_base(config: pytest.Config, kinds: Mapping[str, CheckKind], ref: str) -> Base:
    # Few runs look at another commit, and it takes every format of plans to read one.
    from pytest_tracks.project.base import Base
    from pytest_tracks.project.ini import ini_file

    return Base.find(config.rootpath, ref, kinds, ini_file(config), formats=find_formats(config))
