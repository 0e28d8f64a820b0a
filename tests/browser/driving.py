"""Driving a real browser: opening a page from disk, and asking it what a person would see."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
)
DESKTOP = (1280, 900)
PHONE = (390, 844)


def start(profile: Path) -> webdriver.Chrome:
    """Start a browser that logs what it requests and what its console says."""
    options = webdriver.ChromeOptions()
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    # Named, so that nothing looks for a browser elsewhere.
    options.binary_location = shutil.which("chromium") or ""
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
    return driver


class Page:
    """The page that is open."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(
        self, path: Path, size: tuple[int, int] = DESKTOP, *, dark: bool = False, target: str = ""
    ) -> Page:
        """Open a file, as from disk, in a window of a size in pixels."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"media": "", "features": [scheme]}
        )
        self.driver.get("about:blank")
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)
        self.driver.get(path.as_uri() + target)
        return self

    def script(self, text: str, *arguments: object) -> Any:
        """Run a script in the page and return its value."""
        return self.driver.execute_script(text, *arguments)

    def until(self, text: str, value: object) -> None:
        """Wait until a script returns a value: a key press takes effect a moment later."""
        WebDriverWait(self.driver, 10).until(
            lambda one: one.execute_script(text) == value,
            f"{text} is {self.script(text)!r}, not {value!r}",
        )

    def find(self, selector: str) -> WebElement:
        """Return the first element of a selector."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def wait_for(self, selector: str) -> None:
        """Wait until the page has such an element."""
        WebDriverWait(self.driver, 10).until(
            lambda one: one.find_elements(By.CSS_SELECTOR, selector)
        )

    def texts(self, selector: str) -> list[str]:
        """Return what the visible elements of a selector say."""
        return list(
            self.script(
                "return [...document.querySelectorAll(arguments[0])]"
                ".filter(one => one.getClientRects().length).map(one => one.textContent.trim())",
                selector,
            )
        )

    def shown_tasks(self) -> list[str]:
        """Return the ids in the table, from top to bottom, as far as they are shown."""
        return self.texts("#table tbody tr:not([hidden]) th")

    def type(self, selector: str, text: str) -> None:
        """Put a text into a field, key by key."""
        field = self.find(selector)
        field.clear()
        field.send_keys(text)

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def hover(self, selector: str) -> None:
        """Point at an element."""
        element = self.find(selector)
        self.script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        ActionChains(self.driver).move_to_element(element).perform()

    def colour(self, selector: str, name: str = "color") -> str:
        """Return a computed colour."""
        return str(self.find(selector).value_of_css_property(name))

    def complaints(self) -> list[str]:
        """Return what the console says: errors, and what the policy has refused."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return the addresses that were asked for since the page was opened."""
        events = [
            json.loads(one["message"])["message"] for one in self.driver.get_log("performance")
        ]
        sent = (one["params"] for one in events if one["method"] == "Network.requestWillBeSent")
        return [one["request"]["url"] for one in sent]
