"""Every way to cheat that the README names, tried: no PASS is unearned and unnoticed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cheats import CHEATS, PAGE, Cheat, claimed, make_site, table, try_cheat


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_site(tmp_path_factory.mktemp("honest") / "site").root


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.name)
def test_cheat(cheat: Cheat, honest: Path, tmp_path: Path) -> None:
    seen = try_cheat(cheat, honest, tmp_path / "site")
    assert replace(seen, output="") == claimed(cheat), seen.output
    # A PASS, or a green run: then something else is red, or the table says that nothing is.
    assert seen.is_stopped or "cannot be stopped" in cheat.note


def test_the_table_of_the_readme_says_what_these_tests_show() -> None:
    text = PAGE.read_text(encoding="utf-8")
    block = re.search(r"<!-- cheats -->\n(.*?)<!-- /cheats -->", text, re.DOTALL)
    assert block is not None
    assert block[1] == table({cheat.name: claimed(cheat) for cheat in CHEATS})
