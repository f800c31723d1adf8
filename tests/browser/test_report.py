"""The report as people use it: at a desk and on a phone, in the light and in the dark, with a
keyboard alone."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import pytest
from conftest import ROOT, fleetcast
from selenium.webdriver.common.keys import Keys

GALLERY = sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml"))
WAYS = [(1280, "light"), (1280, "dark"), (375, "light"), (375, "dark")]
# Quick, and small enough that no cell is drawn from few values.
SHORT = ("--set", "run.duration=1d")


def opens_well(browser, page: Path, width: int, theme: str) -> None:
    browser.open(page, width, theme)
    browser.draw_all()
    assert browser.errors() == []
    assert browser.requests() == [page.as_uri()]
    wide, window = browser.run("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window, f"the page is {wide} px wide in a window of {window}"
    missing = browser.run(
        "return [...document.querySelectorAll('figure[data-figure]')]"
        ".filter((it) => !it.querySelector('.plot .main-svg')).map((it) => it.dataset.figure)"
    )
    assert missing == [], "these charts are not drawn"


@pytest.mark.parametrize("name", GALLERY)
def test_every_scenario_of_the_gallery_opens(browser, report, name):
    # In turn, so that all of them together see all ways.
    width, theme = WAYS[GALLERY.index(name) % len(WAYS)]
    opens_well(browser, report(name), width, theme)
    browser.shoot(f"{name}-{width}-{theme}")


@pytest.mark.parametrize(("width", "theme"), WAYS)
def test_a_run_and_a_sweep_open_everywhere(browser, report, sweep_report, width, theme):
    for name, page in [
        ("web-api", report("web-api")),
        ("sweep", sweep_report("spot-weights", *SHORT, "--replications", "4")),
        ("tornado", sweep_report("which-assumption-matters", "--set", "sweep.design=tornado", "--replications", "3")),
    ]:
        opens_well(browser, page, width, theme)
        paper = browser.run("return getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") == (theme == "light"), paper
        browser.shoot(f"{name}-{width}-{theme}")


def focus(browser, selector: str) -> None:
    """Walks with the tabulator key until `selector` has the focus."""
    for _ in range(400):
        browser.press(Keys.TAB)
        if browser.run(f"return document.activeElement.matches({json.dumps(selector)})"):
            return
    raise AssertionError(f"no tabulator key leads to {selector}")


def test_a_keyboard_reaches_all_that_a_mouse_does(browser, report):
    browser.open(report("web-api"))
    browser.press(Keys.TAB)
    assert browser.run("return document.activeElement.className") == "skip"
    browser.press(Keys.ENTER)
    assert browser.run("return document.activeElement.id") == "main"

    browser.open(report("web-api"))
    focus(browser, "[data-time=in]")
    browser.press(Keys.ENTER)
    said = browser.wait_for("return document.getElementById('said').textContent")
    assert said == "Charts show 2026-03-06 19:00 to 2026-03-10 07:00"
    focus(browser, "#theme")
    browser.press(Keys.SPACE)
    assert browser.run("return document.documentElement.dataset.theme") == "dark"
    assert browser.run("return document.getElementById('theme').textContent") == "Light"
    focus(browser, "table.sorts th:nth-child(2) button")
    head = "document.activeElement.closest('th')"
    browser.press(Keys.ENTER)
    assert browser.run(f"return {head}.getAttribute('aria-sort')") == "descending"
    browser.press(Keys.ENTER)
    assert browser.run(f"return {head}.getAttribute('aria-sort')") == "ascending"
    first = browser.run(f"return {head}.closest('table').tBodies[0].rows[0].cells[0].textContent")
    assert first == "load balancer default"
    focus(browser, ".legend button")
    browser.press(Keys.ENTER)
    assert browser.run("return document.activeElement.getAttribute('aria-pressed')") == "false"
    focus(browser, "figure summary")
    browser.press(Keys.ENTER)
    rows = browser.wait_for("return document.activeElement.parentElement.querySelectorAll('tbody tr').length")
    assert 100 <= rows
    assert browser.errors() == []


def test_charts_over_time_move_together(browser, report):
    browser.open(report("web-api"))
    browser.draw_all()
    browser.run(
        "Plotly.relayout(document.querySelector('[data-figure=tasks] .plot'),"
        " {'xaxis.range[0]': '2026-03-06 00:00', 'xaxis.range[1]': '2026-03-07 00:00'});"
    )
    browser.wait_for("return document.getElementById('said').textContent.includes('2026-03-06 00:00 to 2026-03-07 00:00')")
    browser.draw_all()
    ranges = browser.run(
        "return [...document.querySelectorAll('figure[data-figure] .plot')]"
        ".filter((it) => it.layout.xaxis.type === 'date')"
        ".map((it) => it.layout.xaxis.range.map((at) => new Date(at).toISOString().slice(0, 10)).join())"
    )
    assert 5 <= len(ranges)
    assert set(ranges) == {"2026-03-06,2026-03-07"}, ranges
    browser.run("document.querySelector('[data-time=all]').click()")
    assert browser.run("return fleetcastPage.range()") is None


def test_times_are_those_of_the_scenario_or_utc(browser, report):
    browser.open(report("web-api"))
    browser.draw_all()
    shown = lambda: browser.run(
        "return [document.querySelector('[data-fact=Simulated] dd').textContent,"
        " document.querySelector('.moment').textContent,"
        " document.querySelector('[data-figure=tasks] .plot').layout.xaxis.range.map((at) => new Date(at).toISOString())[0],"
        " document.getElementById('zone').textContent]"
    )
    assert shown() == [
        "2026-03-05 01:00 to 2026-03-12 01:00 Europe/Berlin",
        "2026-03-05 03:00:00",
        "2026-03-05T01:00:00.000Z",
        "Times: Europe/Berlin",
    ]
    focus(browser, "#zone")
    browser.press(Keys.ENTER)
    browser.draw_all()
    assert shown() == [
        "2026-03-05 00:00 to 2026-03-12 00:00 UTC",
        "2026-03-05 02:00:00",
        "2026-03-05T00:00:00.000Z",
        "Times: UTC",
    ]
    # What is drawn to is the instant that clocks show.
    browser.run("document.getElementById('zone').click()")
    browser.draw_all()
    browser.run(
        "Plotly.relayout(document.querySelector('[data-figure=tasks] .plot'),"
        " {'xaxis.range[0]': '2026-03-06 00:00', 'xaxis.range[1]': '2026-03-07 00:00'});"
    )
    instants = browser.wait_for("return fleetcastPage.range() && fleetcastPage.range().map((at) => new Date(at).toISOString())")
    assert instants == ["2026-03-05T23:00:00.000Z", "2026-03-06T23:00:00.000Z"]


def lines(browser, figure: str) -> dict:
    """The lines of a figure by their names, each its values."""
    return browser.run(
        "const figure = fleetcastPage.page.figures.find((it) => it.id.startsWith(" + json.dumps(figure) + "));"
        "return Object.fromEntries(figure.panels.flatMap((panel) => panel.lines.map((line) => [line.name, line.y])));"
    )


def test_demand_stands_beside_capacity_and_failures_beside_their_causes(browser, report):
    page = report("web-api")
    browser.open(page)
    drawn = lines(browser, "capacity-0")
    # Where more is asked for than can be answered, requests fail.
    over = [at for at, (asked, able) in enumerate(zip(drawn["requests"], drawn["could be answered"])) if able < asked]
    assert over and sum(drawn["failed for good"][at] for at in over) > 0.5 * sum(drawn["failed for good"])
    failed = lines(browser, "failures-0")
    load = json.loads((page.parent / "summary.json").read_text())["services"][0]["load"]
    told = {"failed for good": "failed_requests", "5xx of tasks": "target_5xx", "the client gave up waiting": "timed_out"}
    for name, entry in told.items():
        assert 60 * sum(failed[name]) == pytest.approx(load[entry], rel=1e-3), name


MANY = 30


def test_each_of_many_services_can_be_reached(browser, tmp_path):
    services = "".join(
        f"    - {{ serviceName: s{at}, taskDefinition: web, desiredCount: {1 + at % 3}, launchType: FARGATE }}\n" for at in range(MANY)
    )
    demand = "".join(f"    s{at}: {{ rate: {40 + at}/s }}\n" for at in range(MANY))
    (tmp_path / "many.yaml").write_text(f"""
fleetcast: 1
name: many
run: {{ duration: 2h, start: 2026-03-05T00:00:00Z }}
aws:
  taskDefinitions:
    - {{ family: web, cpu: 256, memory: 512, requiresCompatibilities: [FARGATE] }}
  services:
{services}world:
  demand:
{demand}  work: {{ web: {{ cpu: 10ms }} }}
""")
    fleetcast("run", tmp_path / "many.yaml", "--out", tmp_path / "run", "--quiet", "--no-charts")
    fleetcast("report", tmp_path / "run", "--no-replay")
    opens_well(browser, tmp_path / "run" / "report.html", 375, "dark")
    links = browser.run(
        "return [...document.querySelectorAll('#behaviour table a')].map((it) => [it.textContent, it.getAttribute('href'), it.dataset.other])"
    )
    assert len(links) == MANY
    drawn = [href for _, href, other in links if other is None]
    assert len(drawn) == 12
    for href in drawn:
        assert browser.run(f"return document.querySelector({json.dumps(href)}) !== null"), href
    name = next(name for name, _, other in links if other is not None)
    browser.run("document.querySelector('a[data-other]').click()")
    browser.run("document.getElementById('others').scrollIntoView()")
    browser.wait_for("return document.querySelectorAll('#other-charts .main-svg').length >= 2")
    assert name in browser.run("return document.querySelector('#other-charts h3').textContent").split()
    # And by keyboard alone.
    focus(browser, "#other-service")
    browser.press(Keys.ARROW_DOWN)
    browser.wait_for(f"return !document.querySelector('#other-charts h3').textContent.endsWith(' {name}')")
    assert browser.errors() == []


# More than any table, list or chart of a page has room for.
FLEET = 310
PAGE_BYTES_MAX = 5_000_000
# Rows of tables are cards on a phone. Without a bound a page of 5,000 services was 650,000 px tall,
# and this one 174,000 px when each table showed all that the page holds of it.
PAGE_PX_MAX = 60_000


def fleet() -> str:
    """A scenario of many services that cannot answer all that they are asked, each deployed once."""
    names = [f"s{at}" for at in range(FLEET)]
    services = "".join(
        f"    - {{ serviceName: {name}, taskDefinition: web, desiredCount: 1, "
        f"capacityProviderStrategy: [{{ capacityProvider: machines, weight: 1 }}] }}\n"
        for name in names
    )
    demand = "".join(f"    {name}: {{ rate: 30/s, timeout: 1s }}\n" for name in names)
    deploys = "".join(f"  - {{ at: 1m, deploy: {{ service: {name} }} }}\n" for name in names)
    objectives = "".join(f"  - {{ metric: FailedRequests, service: {name}, below: 1 % }}\n" for name in names)
    return f"""
fleetcast: 1
name: fleet
run: {{ duration: 6m, start: 2026-03-05T00:00:00Z }}
aws:
  cluster: {{ clusterName: fleet, capacityProviders: [machines] }}
  launchTemplates: [{{ LaunchTemplateName: ecs, LaunchTemplateData: {{ InstanceType: m6i.8xlarge }}, ecsConfig: {{ ECS_CLUSTER: fleet }} }}]
  autoScalingGroups:
    - AutoScalingGroupName: machines
      MinSize: 10
      MaxSize: 10
      DesiredCapacity: 10
      AvailabilityZones: [us-east-1a, us-east-1b]
      LaunchTemplate: {{ LaunchTemplateName: ecs, Version: "1" }}
  capacityProviders: [{{ name: machines, autoScalingGroupProvider: {{ autoScalingGroupArn: machines }} }}]
  taskDefinitions:
    - {{ family: web, cpu: 256, memory: 256, networkMode: bridge, requiresCompatibilities: [EC2] }}
  services:
{services}world:
  demand:
{demand}  work: {{ web: {{ cpu: 10ms, slots: 2 }} }}
timeline:
{deploys}objectives:
{objectives}"""


def test_the_page_of_a_large_fleet_is_bounded_and_says_what_it_leaves_out(browser, tmp_path):
    (tmp_path / "fleet.yaml").write_text(fleet())
    fleetcast("run", tmp_path / "fleet.yaml", "--out", tmp_path / "run", "--quiet", "--no-charts")
    fleetcast("report", tmp_path / "run")
    page = tmp_path / "run" / "report.html"
    assert page.stat().st_size < PAGE_BYTES_MAX
    for width, theme in [(375, "dark"), (1280, "light")]:
        opens_well(browser, page, width, theme)
        assert browser.run("return document.documentElement.scrollHeight") < PAGE_PX_MAX
        browser.shoot(f"fleet-{width}-{theme}")
    rows = dict(
        browser.run("return [...document.querySelectorAll('main table')].map((it) => [it.caption.textContent, it.tBodies[0].rows.length])")
    )
    # The services that are left out of the table of costs are told together.
    assert rows["Services"] == 300 and rows["Cost by service, program and load balancer"] == 301, rows
    assert max(rows.values()) == 301, rows
    said = browser.run("return document.querySelector('main').textContent")
    for says in [
        f"Shown are 300 of {FLEET} services: those in which most requests failed, and the dearest. summary.json has all of them.",
        f"Shown are 300 of {FLEET} objectives: what is broken first. summary.json has all of them.",
        f"Shown are 300 of {FLEET} deployments: the first. deployments.csv has all of them.",
        f"Shown are 300 of {FLEET} planned changes: the first. scenario.yaml has all of them.",
        f"Drawn are 40 of {FLEET} rows",
        "cost.csv has all of them.",
        "manifest.json has all of them.",
        "metrics.csv has the rest.",
    ]:
        assert says in said, says
    # The shares of the table add up to the whole.
    shares = browser.run(
        "return [...[...document.querySelectorAll('main table')]"
        ".find((it) => it.caption.textContent.startsWith('Cost by service'))"
        ".tBodies[0].querySelectorAll('td.share')].map((it) => Number(it.dataset.sort))"
    )
    assert abs(sum(shares) - 1) < 1e-6, sum(shares)


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (375, "dark")])
def test_a_sweep_of_two_parameters_has_curves_and_a_heat_map(browser, tmp_path, width, theme):
    (tmp_path / "two.yaml").write_text(f"""
fleetcast: 1
name: two
run: {{ duration: 2h, start: 2026-03-05T00:00:00Z }}
aws:
  taskDefinitions:
    - {{ family: web, cpu: 256, memory: 512, requiresCompatibilities: [FARGATE] }}
  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 2, launchType: FARGATE }}]
world:
  demand: {{ web: {{ rate: 40/s }} }}
  work: {{ web: {{ cpu: 10ms, errors: 0.1 % }} }}
objectives:
  - {{ metric: TargetResponseTime, service: web, stat: p99, below: 1s }}
sweep:
  replications: 3
  parameters:
    tasks: {{ path: aws.services.web.desiredCount, values: [1, 2, 4] }}
    load: {{ path: world.demand.web.scale, values: [1, 2], probabilities: {{ 1: 90 %, 2: 10 % }} }}
""")
    fleetcast("sweep", tmp_path / "two.yaml", "--out", tmp_path / "sweep", "--quiet", "--no-charts")
    fleetcast("report", tmp_path / "sweep")
    opens_well(browser, tmp_path / "sweep" / "report.html", width, theme)
    curves = lines(browser, "by-0-tasks")
    # Of panels with lines of one name the last is kept: response times, which tasks shorten.
    assert curves["load=1"] == sorted(curves["load=1"], reverse=True)
    assert all(one < other for one, other in zip(curves["load=1"], curves["load=2"]))
    # Numbers go up from the bottom of a heat map, as on any axis; its table says what breaks.
    rows = browser.run("return document.querySelector('[data-figure^=pair-0-cost] .plot').layout.yaxis.ticktext.map((it) => it.slice(1, -1))")
    assert rows == ["2", "1"]
    csv = browser.run("return fleetcastPage.csv(fleetcastPage.page.figures.find((it) => it.id.startsWith('pair-0-cost')))").split("\r\n")
    assert csv[0] == "load \\ tasks,1,2,4"
    assert csv[1].startswith("2,") and "(breaks an objective)" in csv[1].split(",")[1]
    # No axis of shares goes beyond all.
    ends = browser.run(
        "return [...document.querySelectorAll('[data-figure=held] .plot, [data-figure=mixture-odds] .plot')].map((it) => it.layout.xaxis.range)"
    )
    assert ends and all(-5 <= low and high <= 105 for low, high in ends), ends
    words = browser.run("return document.getElementById('odds').textContent")
    assert "load: 1 90.0 %, 2 10.0 %" in words
    assert "What held in all of 3 runs may still break in up to 63.2 % of runs." in words
    browser.shoot(f"two-{width}-{theme}")


def test_a_chart_is_saved_as_svg_and_as_csv(browser, report):
    browser.open(report("web-api"))
    svg = browser.driver.execute_async_script(
        "const done = arguments[0]; fleetcastPage.svg(fleetcastPage.page.figures[0]).then(done, (e) => done(String(e)));"
    )
    assert svg.startswith("<svg") and svg.rstrip().endswith("</svg>"), svg[:200]
    assert "Cost by item" in svg
    csv = browser.run("return fleetcastPage.csv(fleetcastPage.page.figures[0])").split("\r\n")
    assert csv[0].startswith("time,data to the internet (US dollars an hour),Fargate vCPU")
    assert csv[1].startswith("2026-03-05T00:00:00Z,0.58")
    assert len(csv) == 1 + 7 * 24 + 1
    assert browser.requests() == [report("web-api").as_uri()]


def test_a_screen_reader_finds_its_way(browser, report):
    browser.open(report("web-api"))
    browser.draw_all()
    wrong = browser.run("""
        const wrong = [];
        const named = (it) => it.getAttribute("aria-label") || it.textContent.trim();
        for (const it of document.querySelectorAll("button, a, summary, [role=img], [role=region]")) {
          if (!named(it)) wrong.push(it.outerHTML.slice(0, 80));
        }
        for (const tag of ["header", "nav", "main", "footer", "h1"]) {
          if (document.querySelectorAll(tag).length !== 1) wrong.push(tag);
        }
        let last = 1;
        for (const it of document.querySelectorAll("h1, h2, h3")) {
          const level = Number(it.tagName[1]);
          if (last + 1 < level) wrong.push(it.textContent);
          last = level;
        }
        const ids = [...document.querySelectorAll("section [id], section[id]")].map((it) => it.id);
        const own = ids.filter((id) => id && !/^(clip|legend|topdefs|defs|g)[0-9a-f]/.test(id));
        if (new Set(own).size !== own.length) wrong.push("an id twice");
        return wrong;
    """)
    assert wrong == []


@pytest.mark.parametrize(("width", "first"), [(375, 10), (1280, 40)])
def test_a_long_table_shows_its_first_rows_until_all_are_asked_for(browser, report, width, first):
    browser.open(report("ec2-spot-mixed"), width)
    table = "[...document.querySelectorAll('main table')].find((it) => it.caption.textContent.startsWith('Defaults'))"
    shown = f"return [...{table}.tBodies[0].rows].filter((it) => it.offsetHeight).length"
    count = browser.run(f"return {table}.tBodies[0].rows.length")
    assert 40 < count and browser.run(shown) == first
    more = f"{table}.closest('.table-box').nextElementSibling"
    assert browser.run(f"return {more}.textContent") == f"Show all {count} rows"
    # Sorted, the first rows are others.
    path = f"return {table}.tBodies[0].rows[0].cells[0].textContent"
    before = browser.run(path)
    browser.run(f"{table}.querySelector('th button').click()")
    assert browser.run(path) != before and browser.run(shown) == first
    browser.run(f"{more}.click()")
    assert browser.run(shown) == count and browser.run(f"return {more}.ariaExpanded") == "true"
    browser.run(f"{more}.click()")
    assert browser.run(shown) == first
    # On paper is all of it.
    browser.cdp("Emulation.setEmulatedMedia", {"media": "print"})
    assert browser.run(shown) == count and browser.run(f"return {more}.offsetHeight") == 0
    browser.cdp("Emulation.setEmulatedMedia", {"media": ""})
    assert browser.errors() == []


@pytest.mark.parametrize("name", ["ec2-spot-mixed", "blue-green", "spot-weights"])
def test_a_phone_has_all_columns_in_sight(browser, report, sweep_report, name):
    page = sweep_report(name, *SHORT, "--replications", "4") if name == "spot-weights" else report(name)
    browser.open(page, 390)
    wide = browser.run(
        "return [...document.querySelectorAll('main > section > .table-box')]"
        ".filter((it) => it.clientWidth < it.scrollWidth).map((it) => it.getAttribute('aria-label'))"
    )
    assert wide == []


HOSTILE = "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>"


def test_hostile_names_are_text(browser, tmp_path):
    name = json.dumps(HOSTILE + "\"'\u202e\u200f" + "x" * 10_000)
    (tmp_path / "hostile.yaml").write_text(f"""
fleetcast: 1
name: hostile
run: {{ duration: 2h, start: 2026-03-05T00:00:00Z }}
aws:
  taskDefinitions:
    - {{ family: web, cpu: 256, memory: 512, requiresCompatibilities: [FARGATE] }}
  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 2, launchType: FARGATE }}]
world:
  demand: {{ web: {{ rate: 40/s }} }}
  work: {{ web: {{ cpu: 10ms }} }}
""")
    fleetcast("run", tmp_path / "hostile.yaml", "--out", tmp_path / "run", "--quiet", "--no-charts")
    fleetcast("report", tmp_path / "run")
    # No scenario may have such names everywhere; the page must not rely on that.
    page = tmp_path / "run" / "report.html"
    text = page.read_text()
    before, rest = text.split('id="data">', 1)
    packed, after = rest.split("</script>", 1)
    data = gzip.decompress(base64.b64decode(packed)).decode()
    assert '"name":"running"' in data and '"title":"Demand and capacity of web"' in data
    data = data.replace('"name":"running"', f'"name":{name}').replace('"title":"Demand and capacity of web"', f'"title":{name}')
    packed = base64.b64encode(gzip.compress(data.encode())).decode()
    (tmp_path / "page.html").write_text(f'{before}id="data">{packed}</script>{after}')
    for width, theme in [(1280, "light"), (375, "dark")]:
        opens_well(browser, tmp_path / "page.html", width, theme)
        assert browser.run("return window.hacked") is None
        assert browser.run("return document.querySelectorAll('main img').length") == 0
    browser.shoot("hostile")


def test_paper_has_every_chart_and_a_still_of_the_replay(browser, report):
    page = report("ec2-autoscaling")
    browser.open(page, 1280, "dark")
    # Nobody scrolled: the charts were never in sight.
    browser.wait_for("return window.Plotly !== undefined")
    browser.wait_for("return document.querySelector('.fcr-play') !== null")
    browser.run("window.dispatchEvent(new Event('beforeprint'))")
    empty = "return document.querySelectorAll('.plot.empty').length"
    browser.wait_for(empty + " === 0")
    still = browser.run("return document.querySelector('.fcr-still').textContent")
    assert "This is a still picture" in still and "0s into the run" not in still, still
    # As wide as paper, light, and with something on it: zones below, blocks on them.
    colours = browser.run(
        "const sheet = document.querySelector('canvas.fcr-paper'), context = sheet.getContext('2d');"
        "const all = context.getImageData(0, 0, sheet.width, sheet.height).data, found = {};"
        "for (let at = 0; at < all.length; at += 4) { const key = [...all.slice(at, at + 3)].join(); found[key] = (found[key] || 0) + 1; }"
        "return [sheet.width, Object.entries(found).sort((a, b) => b[1] - a[1]).slice(0, 6).map((it) => it[0])]"
    )
    assert colours[0] == 680 and "0,114,178" in colours[1] and "255,255,255" in colours[1], colours
    browser.run("window.dispatchEvent(new Event('afterprint'))")
    assert browser.run("return document.querySelector('.fcr-time').textContent").startswith("Mon 2 Mar 00:00:00")
    assert browser.errors() == []
