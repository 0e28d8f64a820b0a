"""``run: ruff check src``: a command decides; only exit status 0 passes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import cast

from pytest_tracks.checks.command_schema import (
    DEFAULT_TIMEOUT,
    argument_vector,
    find_bash,
    read_command,
    read_timeout,
)
from pytest_tracks.core.kinds import CheckContext, CheckResult
from pytest_tracks.core.model import Check, Criterion
from pytest_tracks.core.tree import Keys, Node, Reader

__all__ = ["RunKind"]


class RunKind:
    """Criteria that are commands: ``params`` holds ``command`` (text or tuple), ``timeout``."""

    name = "run"
    options = frozenset({"timeout"})

    def __init__(self, find_bash: Callable[[], str | None] = find_bash) -> None:
        self._find_bash = functools.cache(find_bash)

    def read(self, value: Node, criterion: Keys, reader: Reader) -> Check | None:
        """Type the command and its timeout."""
        command = read_command(value, "'run'", reader, self._find_bash)
        params: dict[str, object] = {"command": command}
        given = criterion.get("timeout")
        if given is not None:
            params["timeout"] = read_timeout(given, reader)
        return None if None in params.values() else Check(self.name, params)

    def run(self, criterion: Criterion, context: CheckContext) -> CheckResult:
        """Run the command in the root; its output goes to ``detail``, masked."""
        # Here, not above: a process that only reads plans needs no subprocess.
        from pytest_tracks.checks.command import run_command

        params = criterion.check.params
        argv = argument_vector(cast("str | tuple[str, ...]", params["command"]))
        timeout = cast(float, params.get("timeout", DEFAULT_TIMEOUT))
        return run_command(argv, context, timeout).result()
