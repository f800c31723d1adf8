"""A headless Chromium, the program, and folders of results made with it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = os.environ.get("FLEETCAST_SCREENSHOTS")


def found(variable: str, *names: str) -> str:
    """The program that `variable` or one of `names` names."""
    given = os.environ.get(variable)
    candidates = [given] if given else list(names)
    for name in candidates:
        path = shutil.which(name)
        if path:
            return path
    raise RuntimeError(f"none of {candidates} is there: apt install chromium chromium-driver")


class Browser:
    """A page as somebody sees it: a window of a width, in the dark or not."""

    def __init__(self) -> None:
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
            options.add_argument(argument)
        options.binary_location = found("CHROMIUM", "chromium", "chromium-browser", "google-chrome")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(found("CHROMEDRIVER", "chromedriver")))
        self.driver.set_script_timeout(180)

    def open(self, page: Path, width: int = 1280, theme: str = "light") -> None:
        """Opens a file; what was said and asked for before is forgotten."""
        device = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.cdp("Emulation.setDeviceMetricsOverride", device)
        feature = {"name": "prefers-color-scheme", "value": theme}
        self.cdp("Emulation.setEmulatedMedia", {"features": [feature]})
        self.driver.get("about:blank")
        self.errors(), self.requests()
        self.driver.get(page.as_uri())
        self.wait_for("return window.fleetcastPage !== undefined")

    def cdp(self, command: str, arguments: dict) -> dict:
        return self.driver.execute_cdp_cmd(command, arguments)

    def run(self, script: str):
        return self.driver.execute_script(script)

    def draw_all(self) -> None:
        """Draws every chart, also those out of sight."""
        script = "const done = arguments[0]; fleetcastPage.drawAll().then(() => done(''), (e) => done(String(e)));"
        failure = self.driver.execute_async_script(script)
        assert failure == ""

    def wait_for(self, script: str):
        """What `script` returns, once that is something."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            value = self.run(script)
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError(f"this stays false: {script}")

    def errors(self) -> list[str]:
        """What the console said since it was asked last."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """What the page asked for since it was asked last, itself and what it holds aside."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [it["params"]["request"]["url"] for it in messages if it["method"] == "Network.requestWillBeSent"]
        return [url for url in asked if not url.startswith(("data:", "blob:", "about:"))]

    def press(self, *keys: str) -> None:
        """Presses keys, whatever has the focus."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def shoot(self, name: str) -> None:
        """Keeps a picture of the whole page where somebody wants to look at it."""
        if not SCREENSHOTS:
            return
        # The window is made as tall as the page: a picture beyond the window makes the page think
        # that it was resized.
        width, height = self.run("return [window.innerWidth, document.documentElement.scrollHeight]")
        device = {"width": width, "height": min(height, 16_000), "deviceScaleFactor": 1, "mobile": width < 500}
        self.cdp("Emulation.setDeviceMetricsOverride", device)
        time.sleep(0.5)
        shot = self.cdp("Page.captureScreenshot", {})
        folder = Path(SCREENSHOTS)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))


@pytest.fixture(scope="session")
def browser():
    made = Browser()
    yield made
    made.driver.quit()


def fleetcast(*arguments: str | Path) -> None:
    """Runs the program; its messages are the failure's."""
    program = os.environ.get("FLEETCAST_PROGRAM", str(ROOT / "target/debug/fleetcast"))
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def report(tmp_path_factory):
    """Makes the report of a run of a scenario, once."""
    home = tmp_path_factory.mktemp("results")
    made: dict[str, Path] = {}

    def make(name: str, *more: str) -> Path:
        if name not in made:
            scenario = ROOT / "scenarios" / f"{name}.yaml"
            folder = home / name
            fleetcast("run", scenario, "--out", folder, "--quiet", "--no-charts", *more)
            fleetcast("report", folder)
            made[name] = folder / "report.html"
        return made[name]

    return make


@pytest.fixture(scope="session")
def sweep_report(tmp_path_factory):
    """Makes the report of a sweep of a scenario, once."""
    home = tmp_path_factory.mktemp("sweeps")
    made: dict[tuple, Path] = {}

    def make(name: str, *more: str) -> Path:
        key = (name, more)
        if key not in made:
            scenario = ROOT / "scenarios" / f"{name}.yaml"
            folder = home / str(len(made))
            fleetcast("sweep", scenario, "--out", folder, "--quiet", "--no-charts", *more)
            fleetcast("report", folder)
            made[key] = folder / "report.html"
        return made[key]

    return make
