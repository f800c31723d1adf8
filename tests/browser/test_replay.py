"""The replay in a run's report: it plays, can be moved to any moment, and says why."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

TIME = "return document.querySelector('.fcr-time').textContent"
WHY = "return document.querySelector('.fcr-why').hidden ? '' : document.querySelector('.fcr-why').textContent"


def moved(browser, before: str) -> str:
    """The moment that is shown, once it is another one than `before`."""
    shown = "document.querySelector('.fcr-time').textContent"
    return browser.wait_for(f"return {shown} !== {before!r} && {shown}")


def open_replay(browser, page, width: int = 1280, theme: str = "light") -> None:
    browser.open(page, width, theme)
    browser.wait_for("return document.querySelector('.fcr-play') !== null")
    browser.run("document.getElementById('replay').scrollIntoView()")


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (375, "dark")])
def test_it_plays_and_stops(browser, report, width, theme):
    open_replay(browser, report("ec2-autoscaling"), width, theme)
    begin = browser.run(TIME)
    browser.run("document.querySelector('.fcr-play').click()")
    moved(browser, begin)
    browser.run("document.querySelector('.fcr-play').click()")
    stopped = browser.run(TIME)
    assert browser.run(TIME) == stopped
    wide, window = browser.run("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window
    assert browser.errors() == []
    browser.shoot(f"replay-{width}-{theme}")


def test_a_click_on_a_task_says_why(browser, report):
    open_replay(browser, report("ec2-autoscaling"))
    canvas = browser.driver.find_element(By.CSS_SELECTOR, ".fcr-canvas")
    left, top = canvas.size["width"] / 2, canvas.size["height"] / 2
    # The first task of the first instance of the first zone.
    ActionChains(browser.driver).move_to_element_with_offset(canvas, int(22 - left), int(114 - top)).click().perform()
    said = browser.wait_for(WHY)
    assert "web" in said and "eu-central-1a" in said, said
    browser.press(Keys.ESCAPE)
    assert browser.run(WHY) == ""


def test_a_keyboard_steers_it(browser, report):
    open_replay(browser, report("ec2-autoscaling"))
    browser.run("document.querySelector('.fcr-scrubber').focus()")
    begin = browser.run(TIME)
    browser.press(Keys.END)
    end = moved(browser, begin)
    browser.press(Keys.HOME)
    assert moved(browser, end) == begin
    browser.press(Keys.ARROW_RIGHT)
    assert moved(browser, begin) != end
    browser.press(Keys.SPACE)
    assert browser.run("return document.querySelector('.fcr-play').textContent") == "Pause"


def test_a_report_without_it_has_none(browser, tmp_path):
    from conftest import ROOT, fleetcast

    folder = tmp_path / "run"
    fleetcast("run", ROOT / "scenarios" / "hello-fargate.yaml", "--out", folder, "--quiet", "--no-charts")
    fleetcast("report", folder, "--no-replay")
    browser.open(folder / "report.html")
    assert browser.run("return document.getElementById('replay')") is None
    assert browser.errors() == []


@pytest.mark.parametrize(("width", "theme"), [(1280, "dark"), (375, "light")])
def test_a_lesson_is_a_page_with_its_run(browser, tmp_path, width, theme):
    from conftest import fleetcast

    page = tmp_path / "lesson.html"
    fleetcast("learn", "weights", "--page", page)
    browser.open(page, width, theme)
    browser.wait_for("return document.querySelector('.fcr-play') !== null")
    assert browser.run("return document.querySelector('.question details').open") is False
    browser.run("document.querySelector('.question summary').focus()")
    browser.press(Keys.ENTER)
    assert browser.run("return document.querySelector('.question details').open")
    wide, window = browser.run("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window
    assert browser.errors() == []
    assert browser.requests() == [page.as_uri()]
    browser.shoot(f"lesson-{width}-{theme}")
