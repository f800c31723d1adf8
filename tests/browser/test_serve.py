"""The page of `fleetcast serve`, as people use it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT
from selenium.webdriver.common.keys import Keys

WAYS = [(1280, "light"), (1280, "dark"), (375, "light"), (375, "dark")]
PLAYED = "return document.getElementById('state').textContent.startsWith('Played') && document.getElementById('state').textContent"


@contextmanager
def serving(scenario: Path):
    """The address of the page of a scenario, served as long as one looks at it."""
    program = os.environ.get("FLEETCAST_PROGRAM", str(ROOT / "target/debug/fleetcast"))
    served = subprocess.Popen([program, "serve", scenario, "--quiet"], stdout=subprocess.PIPE, text=True)
    try:
        yield served.stdout.readline().strip()
    finally:
        served.terminate()
        assert served.wait(timeout=30) == 0


@pytest.fixture
def web_api(tmp_path):
    """A copy of the web API's scenario, a day long, with its trace."""
    shutil.copytree(ROOT / "scenarios" / "traces", tmp_path / "traces")
    text = (ROOT / "scenarios" / "web-api.yaml").read_text()
    path = tmp_path / "web-api.yaml"
    path.write_text(text.replace("duration: 7d", "duration: 1d"))
    return path


def open_page(browser, url: str, width: int = 1280, theme: str = "light") -> str:
    device = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.cdp("Emulation.setDeviceMetricsOverride", device)
    browser.cdp("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]})
    browser.driver.get("about:blank")
    browser.errors(), browser.requests()
    browser.driver.get(url)
    return browser.wait_for(PLAYED)


def move(browser, path: str, value) -> None:
    """Moves a slider, and waits until it is played."""
    browser.run("document.getElementById('state').textContent = ''")
    selector = json.dumps(f'[data-path="{path}"] input[type=range]')
    browser.run(
        f"const slider = document.querySelector({selector}); slider.value = {value};"
        "slider.dispatchEvent(new Event('input', { bubbles: true }))"
    )
    browser.wait_for(PLAYED)


def card(browser, name: str) -> str:
    return browser.run(
        "return [...document.querySelectorAll('#cards div')].find((it) => it.firstChild.textContent === "
        + json.dumps(name)
        + ").querySelector('.value').textContent"
    )


@pytest.mark.parametrize(("width", "theme"), WAYS)
def test_a_slider_moves_the_cost(browser, web_api, width, theme):
    with serving(web_api) as url:
        open_page(browser, url, width, theme)
        before = card(browser, "Cost a month")
        move(browser, "world.demand.api.scale", 2.5)
        after = card(browser, "Cost a month")
        dollars = [float(text.removeprefix("$").replace(",", "")) for text in (before, after)]
        assert dollars[0] * 1.1 < dollars[1], (before, after)
        assert browser.run("return document.querySelector('#backdrop mark').textContent") == "2.5"
        wide, window = browser.run("return [document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= window, f"the page is {wide} px wide in a window of {window}"
        charts = browser.run("return document.querySelectorAll('#charts .main-svg').length")
        assert 2 <= charts
        assert browser.errors() == []
        host = url.split("/?")[0]
        assert all(asked.startswith(host) for asked in browser.requests())
        browser.shoot(f"serve-{width}-{theme}")


def test_a_keyboard_moves_a_slider(browser, web_api):
    with serving(web_api) as url:
        open_page(browser, url)
        browser.run("document.getElementById('state').textContent = ''")
        for _ in range(60):
            browser.press(Keys.TAB)
            if browser.run("return document.activeElement.type === 'range'"):
                break
        browser.press(Keys.ARROW_RIGHT)
        browser.wait_for(PLAYED)
        assert browser.run("return document.querySelector('.knob.moved') !== null")


RANGES = "return [...document.querySelectorAll('#charts .plot')].map((it) => it.layout.xaxis.range.map(Number))"


def test_a_keyboard_zooms_all_charts_and_their_values_are_tables(browser, web_api):
    with serving(web_api) as url:
        open_page(browser, url)
        browser.wait_for("return 2 <= document.querySelectorAll('#charts .main-svg').length")
        browser.run("document.querySelector('#time-tools [data-time=in]').focus()")
        browser.press(Keys.ENTER)
        told = browser.wait_for("return document.getElementById('told').textContent")
        assert told == "Charts show 2026-03-05 06:00 to 2026-03-05 18:00"
        ranges = browser.wait_for(RANGES + ".filter(([from]) => !Number.isNaN(from))")
        assert 2 <= len(ranges) and all(it[1] - it[0] == 12 * 3_600_000 for it in ranges), ranges
        browser.run("document.querySelector('#charts summary').click()")
        cells = browser.wait_for("return [...document.querySelectorAll('#charts td')].length")
        assert 700 < cells
        assert browser.errors() == []


def test_what_is_wrong_stands_at_its_line_and_what_is_right_is_saved(browser, web_api):
    with serving(web_api) as url:
        open_page(browser, url)
        edit = (
            "const text = document.getElementById('text'); text.focus();"
            "text.value = text.value.replace(arguments[0], arguments[1]);"
            "text.dispatchEvent(new Event('input', { bubbles: true }))"
        )
        browser.driver.execute_script(edit, "desiredCount: 12", "desiredCount: twelve")
        line = browser.wait_for("return document.querySelector('#problems .error button')?.textContent")
        number = int(line.removeprefix("Line "))
        assert "desiredCount" in web_api.read_text().split("\n")[number - 1]
        assert browser.run("return document.querySelector('#numbers .wrong').textContent") == str(number)
        assert browser.run("return document.getElementById('save').disabled")
        browser.run("document.getElementById('state').textContent = ''")
        browser.driver.execute_script(edit, "desiredCount: twelve", "desiredCount: 14")
        browser.wait_for(PLAYED)
        browser.run("document.getElementById('save').click()")
        browser.wait_for("return document.getElementById('state').textContent.startsWith('Saved')")
        assert "desiredCount: 14\n" in web_api.read_text()
        # Somebody else writes the file: it is said, and not written over.
        theirs = web_api.read_text().replace("desiredCount: 14", "desiredCount: 20")
        web_api.write_text(theirs)
        move(browser, "world.demand.api.scale", 2)
        assert browser.run("return !document.getElementById('notice').hidden")
        browser.run("document.getElementById('save').click()")
        browser.wait_for("return document.getElementById('state').textContent.includes('changed since')")
        assert web_api.read_text() == theirs


def test_of_two_tabs_the_second_is_told_before_it_writes_over_the_first(browser, web_api):
    with serving(web_api) as url:
        open_page(browser, url)
        first = browser.driver.current_window_handle
        browser.driver.switch_to.new_window("tab")
        second = browser.driver.current_window_handle
        try:
            open_page(browser, url)
            browser.driver.switch_to.window(first)
            move(browser, "aws.services.api.desiredCount", 20)
            browser.run("document.getElementById('save').click()")
            browser.wait_for("return document.getElementById('state').textContent.startsWith('Saved')")
            browser.driver.switch_to.window(second)
            move(browser, "world.demand.api.scale", 1.5)
            assert browser.run("return !document.getElementById('notice').hidden")
            assert "desiredCount: 12" in browser.run("return document.getElementById('text').value")
            browser.run("document.getElementById('save').click()")
            browser.wait_for("return document.getElementById('state').textContent.includes('changed since')")
            assert "desiredCount: 20" in web_api.read_text()
            open_page(browser, url)
            assert "desiredCount: 20" in browser.run("return document.getElementById('text').value")
        finally:
            browser.driver.switch_to.window(second)
            browser.driver.close()
            browser.driver.switch_to.window(first)


def test_a_page_left_open_says_that_the_file_changed(browser, web_api):
    with serving(web_api) as url:
        open_page(browser, url)
        assert browser.run("return document.getElementById('notice').hidden")
        web_api.write_text(web_api.read_text().replace("desiredCount: 12", "desiredCount: 20"))
        browser.wait_for("return !document.getElementById('notice').hidden")
        browser.run("document.getElementById('reload').click()")
        browser.wait_for("return document.getElementById('text').value.includes('desiredCount: 20')")
        browser.wait_for("return document.getElementById('notice').hidden")
        assert browser.errors() == []


def test_what_was_moved_comes_into_sight(browser, web_api):
    with serving(web_api) as url:
        open_page(browser, url)
        assert browser.run("return document.getElementById('text').scrollTop") == 0
        move(browser, "world.demand.api.scale", 1.5)
        mark, editor = browser.run(
            "return ['#backdrop mark', '.editor'].map((it) => document.querySelector(it).getBoundingClientRect())"
            ".map((it) => [it.top, it.bottom])"
        )
        assert editor[0] <= mark[0] and mark[1] <= editor[1], (mark, editor)


def test_of_many_knobs_some_are_found_by_a_word(browser, tmp_path):
    made = tmp_path / "made.yaml"
    program = os.environ.get("FLEETCAST_PROGRAM", str(ROOT / "target/debug/fleetcast"))
    small = [program, "generate", "--services", "20", "--tasks", "40", "--days", "1"]
    made.write_text(subprocess.run(small, capture_output=True, text=True, check=True).stdout)
    with serving(made) as url:
        open_page(browser, url)
        browser.driver.find_element("id", "find").send_keys("S17: load")
        shown = "return [...document.querySelectorAll('.knob')].filter((it) => it.offsetParent).map((it) => it.textContent)"
        assert browser.run(shown) == ["s17: load, times"]


def test_a_hostile_text_is_text(browser, web_api):
    hostile = "\u202e</script><img src=x onerror=alert(1)>\"'" + "é" * 10_000
    text = web_api.read_text().replace("name: web-api", f"name: web-api # {hostile}")
    web_api.write_text(text.replace("shop/api:1", "shop/<img src=x onerror=alert(1)>"))
    with serving(web_api) as url:
        open_page(browser, url, 375)
        assert browser.errors() == []
        assert browser.run("return document.images.length") == 0
        assert "<img src=x" in browser.run("return document.getElementById('backdrop').textContent")
        wide, window = browser.run("return [document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= window


def test_without_the_token_there_is_nothing(browser, web_api):
    with serving(web_api) as url:
        browser.driver.get(url.split("?")[0])
        assert "token" in browser.run("return document.body.textContent")
        assert "desiredCount" not in browser.run("return document.body.textContent")
        browser.errors()
