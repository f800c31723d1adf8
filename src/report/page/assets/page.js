// The page: places figures, draws them when they come into sight, answers its buttons.
"use strict";
(async function (charts, tables) {
  const page = JSON.parse(await charts.unpacked("data"));
  const drawn = new Map();
  // As wide as a page of paper has room for.
  const PAPER_PX = 680;
  // Rows of a table that are shown at first: as many does the style sheet leave.
  const [ROWS_ON_DESK, ROWS_ON_PHONE] = [40, 10];
  const range = window.fleetcastRange(charts, (by) => {
    redraw((state) => state.figure.x.kind === "time" && (state !== by || !range.part()));
  }, say);
  range.setAll([page.from, page.to]);

  function say(text) {
    document.getElementById("said").textContent = text;
  }

  function save(name, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    say("Saved " + name);
  }

  function fileName(figure, ending) {
    const name = page.name.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 40);
    return name + "-" + figure.id + "." + ending;
  }

  async function svg(figure) {
    const plotly = await charts.unpack();
    const look = charts.look(false);
    const layout = charts.layout(figure, look, 1200, range.part());
    layout.title = { text: charts.label(figure.title), font: { size: 16 } };
    layout.margin.t += 40;
    layout.height += 40;
    layout.showlegend = true;
    if (figure.x.kind === "time") layout.xaxis.title = { text: charts.label("time, " + charts.clockName(), 80) };
    const traces = charts.traces(figure, look).traces.map((trace) => Object.assign(trace, { showlegend: true }));
    const url = await plotly.toImage({ data: traces, layout }, { format: "svg", width: 1200, height: layout.height });
    return decodeURIComponent(url.slice(url.indexOf(",") + 1));
  }

  // ---- one figure ----------------------------------------------------------------------------

  function button(text, name, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    if (name) made.setAttribute("aria-label", name);
    made.addEventListener("click", act);
    return made;
  }

  // The marks of points, as the charts draw them.
  function pointMark(ink) {
    if (ink === "failure") return "M7 2L15 10M15 2L7 10";
    if (ink === "limit") return "M5 6H17";
    return ["M6 6a5 5 0 1 0 10 0a5 5 0 1 0 -10 0", "M11 1L16 6L11 11L6 6Z", "M7 2H15V10H7Z", "M11 1L16 10H6Z"][ink % 4];
  }

  function swatch(line, look) {
    const box = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const mark = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const fills = ["area", "bars", "spans", "across", "points", "tiles"].includes(line.style) && !["failure", "limit"].includes(line.style === "points" ? line.ink : "");
    box.setAttribute("width", "22");
    box.setAttribute("height", "12");
    box.setAttribute("aria-hidden", "true");
    mark.setAttribute("d", line.style === "points" ? pointMark(line.ink) : fills ? "M3 1H19V11H3Z" : "M0 6H22");
    mark.setAttribute(fills ? "fill" : "stroke", charts.colour(line.ink, look));
    if (!fills) {
      mark.setAttribute("stroke-width", "2.5");
      const dash = charts.dash(line);
      if (dash !== "solid") mark.setAttribute("stroke-dasharray", dash.replace(/px/g, ""));
    }
    box.append(mark);
    return box;
  }

  function legend(state) {
    const look = charts.look(charts.isDark());
    const panels = state.figure.panels.filter((panel) => panel.lines.length);
    const lines = panels.flatMap((panel) => panel.lines.map((line) => ({ panel, line })));
    lines.forEach((it, number) => { it.number = number; });
    // Panels over one axis of numbers show the same things: each is named once.
    const isShared = state.figure.x.kind === "number" && 1 < panels.length;
    if (isShared) {
      const same = (a, b) => a.line.name === b.line.name && a.line.ink === b.line.ink;
      const once = lines.filter((it, index) => lines.findIndex((other) => same(other, it)) === index);
      const numbers = (it) => lines.filter((other) => same(other, it)).map((other) => other.number);
      state.legend.replaceChildren(...once.map((it) => entry(state, it.line, numbers(it), look)));
      return;
    }
    const parts = panels.flatMap((panel) => {
      const of = document.createElement("span");
      of.className = "of";
      of.textContent = panel.title + ":";
      const toggles = lines.filter((it) => it.panel === panel).map((it) => entry(state, it.line, [it.number], look));
      return panels.length === 1 ? toggles : [of, ...toggles];
    });
    state.legend.replaceChildren(...parts);
  }

  // The button that hides and shows lines that are one.
  function entry(state, line, numbers, look) {
    const text = document.createElement("span");
    text.textContent = charts.clipped(line.name, 80);
    text.dir = "auto";
    const toggle = button("", "", () => {
      const hides = !state.hidden.has(numbers[0]);
      for (const number of numbers) state.hidden[hides ? "add" : "delete"](number);
      toggle.setAttribute("aria-pressed", String(!hides));
      draw(state);
    });
    toggle.setAttribute("aria-pressed", String(!state.hidden.has(numbers[0])));
    toggle.replaceChildren(swatch(line, look), text);
    return toggle;
  }

  // One after another: the library draws into one place once at a time.
  function draw(state) {
    state.drawing = (state.drawing || Promise.resolve()).then(() => drawNow(state));
    return state.drawing;
  }

  async function drawNow(state) {
    await paint(await charts.unpack(), state);
  }

  function paint(plotly, state) {
    const look = charts.look(charts.isDark());
    const width = state.width || Math.floor(state.plot.clientWidth) || 600;
    const { traces, owners } = charts.traces(state.figure, look, width);
    traces.forEach((trace, index) => { trace.visible = !state.hidden.has(owners[index]); });
    const isTime = state.figure.x.kind === "time";
    const layout = charts.layout(state.figure, look, width, isTime ? range.shown() : null);
    const first = !state.isDrawn;
    const painted = plotly.react(state.plot, traces, layout, { displayModeBar: false, doubleClick: "reset" });
    state.isDrawn = true;
    state.isStale = false;
    state.plot.classList.remove("empty");
    state.plot.style.height = layout.height + "px";
    if (first && isTime) range.listen(state.plot, state);
    return painted;
  }

  function place(element) {
    const figure = [...page.figures, ...(page.others ? page.others.figures : [])].find((it) => it.id === element.dataset.figure);
    if (!figure) return;
    const plot = document.createElement("div");
    plot.className = "plot empty";
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", charts.clipped(figure.title + ". " + figure.says, 400));
    plot.style.height = charts.layout(figure, charts.look(false), 600, null).height + "px";
    const below = document.createElement("div");
    below.className = "below";
    const names = document.createElement("div");
    names.className = "legend";
    names.setAttribute("role", "group");
    names.setAttribute("aria-label", "Lines of this chart");
    const tools = document.createElement("div");
    tools.className = "tools";
    const title = charts.clipped(figure.title, 80);
    tools.append(
      button("SVG", "Save “" + title + "” as SVG", async () => save(fileName(figure, "svg"), "image/svg+xml", await svg(figure))),
      button("CSV", "Save “" + title + "” as CSV", () => save(fileName(figure, "csv"), "text/csv", tables.csv(figure))),
    );
    for (const it of tools.children) it.dataset.save = it.textContent;
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = "Data as a table";
    const box = document.createElement("div");
    box.className = "table-box";
    box.tabIndex = 0;
    details.append(summary, box);
    details.addEventListener("toggle", () => { if (!box.firstChild) tables.fillTable(box, figure); });
    below.append(names, tools);
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = figure.note;
    element.append(plot, below, ...(figure.note && !element.querySelector(".note") ? [note] : []), details);
    const state = { figure, plot, legend: names, hidden: new Set(), isDrawn: false, isStale: true, isInSight: false };
    drawn.set(element, state);
    legend(state);
  }

  const sight = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const state = drawn.get(entry.target);
      state.isInSight = entry.isIntersecting;
      if (state.isInSight && state.isStale) draw(state);
    }
  }, { rootMargin: "500px" });

  // ---- all figures -----------------------------------------------------------------------------

  function redraw(which) {
    for (const state of drawn.values()) {
      if (!which(state)) continue;
      state.isStale = true;
      if (state.isInSight) draw(state);
    }
  }

  function setTheme(theme) {
    if (theme) document.documentElement.dataset.theme = theme;
    const toggle = document.getElementById("theme");
    toggle.textContent = charts.isDark() ? "Light" : "Dark";
    drawn.forEach(legend);
    redraw(() => true);
  }

  // Shows all times in the scenario's zone, or in UTC.
  function setZone(zone) {
    charts.setZone(zone);
    // The moving picture reads it there.
    document.documentElement.dataset.zone = charts.zoneName();
    const toggle = document.getElementById("zone");
    toggle.textContent = "Times: " + charts.zoneName();
    for (const cell of document.querySelectorAll(".moment")) cell.textContent = charts.told(Number(cell.dataset.sort), 19);
    const told = document.querySelector('[data-fact="Simulated"] dd bdi');
    if (told) told.textContent = charts.told(page.from, 16) + " to " + charts.told(page.to, 16) + " " + charts.zoneName();
    redraw((state) => state.figure.x.kind === "time");
  }

  // ---- charts that are shown when they are asked for ---------------------------------------------

  function showOther(service) {
    const box = document.getElementById("other-charts");
    for (const element of box.children) {
      sight.unobserve(element);
      drawn.delete(element);
    }
    const figures = page.others.figures.filter((_, index) => page.others.of[index] === service);
    box.replaceChildren(...figures.map((figure) => {
      const element = document.createElement("figure");
      element.className = "chart";
      element.dataset.figure = figure.id;
      const caption = document.createElement("figcaption");
      const text = (tag, words, name) => Object.assign(document.createElement(tag), { textContent: charts.clipped(words, 2000), className: name, dir: "auto" });
      caption.append(text("h3", figure.title, ""), text("p", figure.says, "says"));
      element.append(caption);
      return element;
    }));
    for (const element of box.children) {
      place(element);
      sight.observe(element);
    }
    if (figures.length) say("Charts of " + document.getElementById("other-service").selectedOptions[0].textContent);
  }

  function makePicker() {
    const list = document.getElementById("other-service");
    if (!list) return;
    const show = () => showOther(list.value === "" ? -1 : Number(list.value));
    list.addEventListener("change", show);
    for (const link of document.querySelectorAll("a[data-other]")) {
      link.addEventListener("click", () => {
        list.value = link.dataset.other;
        show();
      });
    }
  }

  // ---- tables ----------------------------------------------------------------------------------

  function sortBy(table, column, descending) {
    const key = (row) => {
      const cell = row.cells[column];
      return cell.dataset.sort === undefined ? cell.textContent : Number(cell.dataset.sort);
    };
    const body = table.tBodies[0];
    const sorted = Array.from(body.rows).sort((a, b) => {
      const [one, other] = [key(a), key(b)];
      const order = typeof one === "number" && typeof other === "number"
        ? one - other
        : String(one).localeCompare(String(other), "en", { numeric: true });
      return descending ? -order : order;
    });
    body.append(...sorted);
  }

  function makeSort(table) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const sort = button(head.textContent, "", () => {
        const descending = head.getAttribute("aria-sort") === "ascending"
          || (head.classList.contains("n") && head.getAttribute("aria-sort") !== "descending");
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        sortBy(table, column, descending);
        say("Sorted by " + head.textContent + (descending ? ", descending" : ", ascending"));
      });
      head.replaceChildren(sort);
    });
  }

  // Of a long table the first rows are shown until its reader asks for all: on a phone, where a row
  // is a card, sooner.
  function shorten(table) {
    const count = table.tBodies[0].rows.length;
    if (count <= ROWS_ON_PHONE + 5) return;
    const box = table.closest(".table-box");
    box.classList.add("long");
    if (count <= ROWS_ON_DESK) box.classList.add("short");
    const more = button("", "", () => {
      const isWhole = box.classList.toggle("whole");
      tell();
      if (!isWhole) box.scrollIntoView({ block: "nearest" });
    });
    const tell = () => {
      const isWhole = box.classList.contains("whole");
      more.textContent = isWhole ? "Show fewer rows" : "Show all " + count.toLocaleString("en") + " rows";
      more.setAttribute("aria-label", more.textContent + " of “" + charts.clipped(table.caption.textContent, 80) + "”");
      more.setAttribute("aria-expanded", String(isWhole));
    };
    more.className = "more";
    tell();
    box.after(more);
  }

  // ---- printing --------------------------------------------------------------------------------

  // The browser waits for nothing here: what is to be on paper is drawn before this returns.
  let themeOnScreen = null;

  function toPaper() {
    themeOnScreen = document.documentElement.dataset.theme || "";
    document.documentElement.dataset.theme = "light";
    for (const state of drawn.values()) {
      state.width = PAPER_PX;
      legend(state);
      if (window.Plotly) paint(window.Plotly, state);
    }
  }

  function fromPaper() {
    if (themeOnScreen) document.documentElement.dataset.theme = themeOnScreen;
    else delete document.documentElement.dataset.theme;
    for (const state of drawn.values()) state.width = undefined;
    setTheme();
  }

  function start() {
    document.querySelectorAll("figure[data-figure]").forEach(place);
    drawn.forEach((_, element) => sight.observe(element));
    document.querySelectorAll("table.sorts").forEach(makeSort);
    document.querySelectorAll(".table-box > table").forEach(shorten);
    range.showTools(page.figures.some((figure) => figure.x.kind === "time"));
    document.getElementById("theme").addEventListener("click", () => setTheme(charts.isDark() ? "light" : "dark"));
    makePicker();
    if (page.zone && page.zone.name !== "UTC") {
      const toggle = document.getElementById("zone");
      toggle.hidden = false;
      toggle.addEventListener("click", () => {
        setZone(charts.zoneName() === "UTC" ? page.zone : null);
        say("Times are shown in " + charts.zoneName());
      });
      setZone(page.zone);
    }
    document.getElementById("print").addEventListener("click", async () => {
      await charts.unpack();
      window.print();
    });
    window.addEventListener("beforeprint", toPaper);
    window.addEventListener("afterprint", fromPaper);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTheme());
    let last = window.innerWidth;
    window.addEventListener("resize", () => {
      if (window.innerWidth !== last) redraw(() => true);
      last = window.innerWidth;
    });
    setTheme();
    // Who prints at once, without looking at the charts, is to have them on paper.
    (window.requestIdleCallback || setTimeout)(() => charts.unpack());
  }

  start();
  // Whoever asks for it knows that the page is ready.
  window.fleetcastPage = { page, range: range.part, setRange: range.set, drawAll: () => Promise.all([...drawn.values()].map(draw)), svg, csv: tables.csv };
})(window.fleetcastCharts, window.fleetcastTables);
