"""Makes the README's picture of the report: ``python -m tests.browser.screenshot``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from tests.browser import pages
from tests.browser.driving import Page, start

TARGET = Path(__file__).parents[2] / "docs" / "report.png"
SIZE = (1280, 1010)


def main() -> None:
    """Open the page of the source's project, point at a task, and take the picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        driver = start(folder / "profile")
        try:
            page = Page(driver).open(pages.write(folder, "shop", pages.shop()), SIZE)
            page.wait_for(".n")
            driver.save_screenshot(str(folder / "large.png"))
        finally:
            driver.quit()
        TARGET.parent.mkdir(exist_ok=True)
        with Image.open(folder / "large.png") as image:
            small = image.convert("RGB").quantize(96)
            small.save(TARGET, optimize=True)


if __name__ == "__main__":
    main()
