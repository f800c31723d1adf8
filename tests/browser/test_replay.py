"""The replay in a run's report: it plays, can be moved to any moment, and says why."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

TIME = "return document.querySelector('.fcr-time').textContent"
SPOKEN = "return document.querySelector('.fcr-spoken').textContent"
# Both canvases, zones and blocks, as text.
PIXELS = "return [...document.querySelectorAll('.fcr-stage canvas')].slice(0, 2).map((it) => it.toDataURL()).join()"
WHY = "return document.querySelector('.fcr-why').hidden ? '' : document.querySelector('.fcr-why').textContent"


def moved(browser, before: str) -> str:
    """The moment that is shown, once it is another one than `before`."""
    shown = "document.querySelector('.fcr-time').textContent"
    return browser.wait_for(f"return {shown} !== {before!r} && {shown}")


def open_replay(browser, page, width: int = 1280, theme: str = "light") -> None:
    browser.open(page, width, theme)
    browser.wait_for("return document.querySelector('.fcr-play') !== null")
    browser.run("document.getElementById('replay').scrollIntoView()")


def go_to(browser, share: float) -> None:
    """Goes to a moment, as a share of the run, by the line of time."""
    scrubber = browser.driver.find_element(By.CSS_SELECTOR, ".fcr-scrubber")
    browser.run("document.querySelector('.fcr-scrubber').scrollIntoView({ block: 'center' })")
    before = browser.run(TIME)
    width = scrubber.size["width"]
    move = ActionChains(browser.driver).move_to_element_with_offset(scrubber, int(width * (share - 0.5)), 0)
    move.click().perform()
    moved(browser, before)


def click_event(browser, words: str) -> str:
    """Clicks the newest event that has these words; what is said of it."""
    click = "const found = [...document.querySelectorAll('.fcr-event')].find((it) => it.textContent.includes(%r));"
    click += "if (found) found.click(); return Boolean(found)"
    assert browser.run(click % words), browser.run("return document.querySelector('.fcr-events').textContent")
    return browser.wait_for(WHY)


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


@pytest.mark.parametrize("name", ["ec2-spot-mixed", "web-api"])
def test_what_was_drawn_bit_by_bit_is_what_is_drawn_at_once(browser, report, name):
    open_replay(browser, report(name))
    go_to(browser, 0.3)
    begin = browser.run(TIME)
    browser.run("document.querySelector('.fcr-play').click()")
    moved(browser, begin)
    browser.driver.execute_async_script("setTimeout(arguments[0], 2500)")
    browser.run("document.querySelector('.fcr-play').click()")
    # What is on its way arrives.
    browser.driver.execute_async_script("setTimeout(arguments[0], 600)")
    played = browser.run(PIXELS)
    browser.run("document.documentElement.setAttribute('data-drawn', 'anew')")
    browser.driver.execute_async_script("setTimeout(arguments[0], 300)")
    assert browser.run(PIXELS) == played
    assert browser.run("return document.querySelectorAll('.fcr-stage canvas')[2].style.visibility") == "hidden"
    # Another moment is another picture: the comparison can tell.
    go_to(browser, 0.05)
    assert browser.run(PIXELS) != played


def test_a_group_that_scales_says_why_and_what_would_have_made_the_difference(browser, report):
    open_replay(browser, report("ec2-autoscaling"))
    go_to(browser, 0.6)
    said = click_event(browser, "desired capacity")
    assert "Why did the desired capacity of machines go" in said
    assert "What would have made the difference" in said and "targetCapacity" in said
    browser.shoot("replay-capacity")


def test_a_call_that_was_lost_says_why_and_its_zones_show_no_spot(browser, report):
    open_replay(browser, report("nightly-jobs"))
    go_to(browser, 0.3688)
    said = click_event(browser, "tasks were not started")
    assert "Why were 4 of its tasks not started?" in said and "names 2026-03-12 02:00:00" in said
    assert "Fargate Spot empty in eu-central-1a" in browser.run(SPOKEN)
    browser.shoot("replay-schedule")


def test_an_instance_says_why_it_was_launched(browser, report):
    open_replay(browser, report("ec2-autoscaling"))
    go_to(browser, 0.5)
    browser.run("document.querySelector('.fcr-named summary').click()")
    browser.wait_for("return document.querySelector('.fcr-named .fcr-jump') !== null")
    browser.run("document.querySelector('.fcr-named .fcr-jump').click()")
    said = browser.wait_for(WHY)
    assert "Why was it launched?" in said and "Why m6i" in said
    assert browser.run("return document.querySelector('.fcr-chosen').hidden") is False


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


def test_it_goes_by_the_clocks_of_the_page(browser, report):
    open_replay(browser, report("nightly-jobs"))
    assert browser.run(TIME).endswith("Europe/Berlin")
    go_to(browser, 0.3688)
    before = browser.run(TIME)
    said = click_event(browser, "tasks were not started")
    own = moved(browser, before)
    browser.run("document.getElementById('zone').click()")
    utc = moved(browser, own)
    assert utc.endswith("UTC")
    hours = [int(text.split(" ")[-2][:2]) for text in (own, utc)]
    assert (hours[0] - hours[1]) % 24 in (1, 2), (own, utc)
    again = browser.run(WHY)
    assert again != said and "Times in these words are of Europe/Berlin" in again, again
    browser.run("document.getElementById('zone').click()")
    assert moved(browser, utc) == own
    assert browser.errors() == []
