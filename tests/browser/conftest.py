"""A headless Chromium for the tests of the page; they skip where there is none."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.driving import Page, start


@functools.cache
def _missing() -> str:
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            return f"no {program} here (Debian: apt-get install chromium chromium-driver)"
    return ""


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One browser for all tests of a process: starting it takes longer than most of them."""
    if reason := _missing():
        pytest.skip(reason)
    driver = start(tmp_path_factory.mktemp("chromium"))
    try:
        yield Page(driver)
    finally:
        driver.quit()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pages of the tests are written."""
    return tmp_path_factory.mktemp("pages")
