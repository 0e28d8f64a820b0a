"""Makes the README's picture of the report: ``python -m tests.browser.screenshot``."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path

from tests.browser import pages
from tests.browser.driving import Page, start

TARGET = Path(__file__).parents[2] / "docs" / "report.png"
SIZE = (1500, 1510)
SCALE = 0.65


def main() -> None:
    """Open the page of the source's project, and take a picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        driver = start(folder / "profile")
        try:
            page = Page(driver).open(pages.write(folder, "shop", pages.shop()), SIZE)
            page.wait_for(".n")
            clip = {"x": 0, "y": 0, "width": SIZE[0], "height": SIZE[1], "scale": SCALE}
            made = driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip})
        finally:
            driver.quit()
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_bytes(base64.b64decode(made["data"]))


if __name__ == "__main__":
    main()
