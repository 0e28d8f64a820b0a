"""A word about pytest-cov's floor where a run leaves tests out on purpose.

Without paths only tests that are bound to a criterion run. A total over all tests can then not be
expected, and who set the floor for all tests should learn why it is missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

__all__ = ["floor_warnings"]


def floor_warnings(config: pytest.Config) -> list[str]:
    """Name the floor that is in force; nothing where there is none."""
    given = getattr(config.option, "cov_fail_under", None)
    # A floor from coverage's own settings is known only to pytest-cov's plugin.
    measuring = config.pluginmanager.getplugin("_cov")
    in_force = getattr(getattr(measuring, "options", None), "cov_fail_under", None)
    if not in_force or getattr(config.option, "no_cov", False):
        return []
    name = f"--cov-fail-under={given:g}" if given else f"coverage's fail_under = {in_force:g}"
    return [
        f"warning: {name} is in force, but only tests bound to a criterion run where no paths "
        "are given; to measure all tests name them: pytest --tracks=N PATH"
    ]
