"""Beside pytest-randomly: it moves no gate, and its seed is every worker's."""

from __future__ import annotations

import pytest

from tests.plugin.beside import BOTH_WAYS, WORKERS, Project, assert_clean

BESIDE = ("randomly",)

NOTING = """
import random
import pytest
from pathlib import Path
@pytest.mark.parametrize("n", range(6))
def test_it(n):
    with Path("{name}.txt").open("a") as log: log.write(f"{{n}} ")
    with Path("order.txt").open("a") as log: log.write("{name} ")
    with Path("draws.txt").open("a") as log: log.write(f"{{random.random()}} ")
"""


def noting_project(pytester: pytest.Pytester) -> Project:
    names = {name: NOTING.format(name=name) for name in ("first", "second", "third")}
    return Project(pytester).tests(**names)


def take(project: Project, name: str) -> list[str]:
    """Read and forget what the tests noted."""
    path = project.root / f"{name}.txt"
    words = path.read_text(encoding="utf-8").split()
    path.unlink()
    return words


@BOTH_WAYS
def test_its_order_moves_no_gate_and_is_repeatable(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    project = noting_project(pytester)
    seen = []
    for seed in ("1", "1", "2"):
        result = project.run(
            *way,
            f"--randomly-seed={seed}",
            "--tracks-rerun",
            beside=BESIDE,
        )
        assert result.ret == pytest.ExitCode.OK, result.stdout.str()
        assert_clean(result)
        assert f"randomly-seed={seed}" in result.stdout.str()
        order = [name for name in take(project, "order") if name != "third"]
        assert order == ["first"] * 6 + ["second"] * 6
        seen.append([take(project, name) for name in ("first", "second", "third")])
        seen[-1].append(sorted(take(project, "draws")))
    assert seen[0] == seen[1] != seen[2]
    # What a task runs, it runs as collected: its record does not depend on chance.
    assert seen[0][0] == seen[2][0] == [str(n) for n in range(6)]


def test_a_seed_that_shuffles_modules_does_not_start_the_second_task_first(
    pytester: pytest.Pytester,
) -> None:
    project = noting_project(pytester)
    for seed in map(str, range(1, 20)):
        plain = project.run(f"--randomly-seed={seed}", beside=BESIDE)
        assert plain.ret == pytest.ExitCode.OK
        if take(project, "order")[0] == "second":
            break
    else:
        pytest.fail("no seed puts the second module first")
    project.run(*WORKERS, f"--randomly-seed={seed}", beside=BESIDE)
    order = [name for name in take(project, "order") if name != "third"]
    assert order == ["first"] * 6 + ["second"] * 6
