// Draws the page's figures, makes its tables sort and its charts move together.
//
// What draws is a function of data: other pages call `fleetcastCharts` with figures of their own.
"use strict";
window.fleetcastCharts = (function () {
  const PANEL_PX = 170;
  const ROW_PX = 26;
  const GAP_PX = 44;
  const NAME_LETTERS = 48;
  const TABLE_ROWS = 200;
  const DARK = ["#4aa3df", "#e69f00", "#2cc09a", "#dd93bd", "#f27a2c", "#8fd0f5", "#b4bcc6", "#f0e442"];
  const LIGHT = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#555b63", "#d8c81c"];
  const DASHES = ["solid", "8px,3px", "2.5px,2.5px", "10px,3px,2.5px,3px", "14px,4px"];

  // ---- names -------------------------------------------------------------------------------

  // A name as text: no control characters, none that turn around what follows, not endless.
  function clipped(name, letters) {
    const text = String(name)
      .replace(/[\u0000-\u001f\u007f-\u009f]/g, " ")
      .replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
    const all = Array.from(text.slice(0, 4 * letters));
    return all.length <= letters ? text : all.slice(0, letters - 1).join("") + "…";
  }

  // The chart library takes some markup in its texts; a name has none.
  function label(name, letters) {
    const text = clipped(name, letters || NAME_LETTERS);
    const escaped = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
    return "\u2068" + escaped + "\u2069";
  }

  // ---- how things look ---------------------------------------------------------------------

  function isDark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function look(dark) {
    return dark
      ? { paper: "#14171b", ink: "#e8eaed", muted: "#a7b0ba", grid: "#2b3138", line: "#3a424c",
          colours: DARK, failure: "#f27a2c", limit: "#c3cad2" }
      : { paper: "#ffffff", ink: "#22262b", muted: "#5c646e", grid: "#e3e6ea", line: "#b9c0c8",
          colours: LIGHT, failure: "#d55e00", limit: "#3a3f46" };
  }

  function colour(ink, look) {
    return typeof ink === "number" ? look.colours[ink % look.colours.length] : look[ink];
  }

  function dash(line) {
    if (line.style === "dashed") return "7px,4px";
    return typeof line.ink === "number" ? DASHES[Math.floor(line.ink / LIGHT.length) % DASHES.length] : "solid";
  }

  // ---- figures as what the chart library draws -----------------------------------------------

  function places(line, shift) {
    if (line.x.even) {
      const { from, step } = line.x.even;
      return line.y.map((_, index) => from + step * (index + shift));
    }
    return line.x.at || line.x.rows;
  }

  function format(unit) {
    return { percent: ":.3~r} %", seconds: ":.3~s}s", usd: ":$,.4~r}", count: ":,.4~r}" }[unit] || "}";
  }

  function axisFormat(panel) {
    const values = panel.lines.flatMap((line) => line.y);
    const most = values.reduce((most, value) => Math.max(most, Math.abs(value || 0)), 0);
    const short = most < 1e5 ? ",~r" : "~s";
    return {
      percent: { ticksuffix: " %", tickformat: "~r" },
      seconds: { ticksuffix: "s", tickformat: "~s" },
      usd: { tickprefix: "$", tickformat: most < 1e6 ? ",~r" : "~s" },
      count: { tickformat: short },
    }[panel.unit] || {};
  }

  // Ticks of times on a logarithmic axis: 1, 2, 5 of each decade where there is room.
  function logSeconds(panel) {
    const values = panel.lines.flatMap((line) => line.y).filter((value) => 0 < value);
    const low = values.reduce((a, b) => Math.min(a, b), Infinity);
    const high = values.reduce((a, b) => Math.max(a, b), 0);
    const decades = Math.log10(high / low);
    const digits = decades < 1.5 ? [1, 2, 5] : decades < 3 ? [1, 3] : [1];
    const vals = [];
    for (let power = -6; power <= 7; power += 1) vals.push(...digits.map((digit) => digit * 10 ** power));
    const text = (value) => value < 0.001 ? +(value * 1e6).toPrecision(2) + " µs"
      : value < 1 ? +(value * 1e3).toPrecision(2) + " ms" : +value.toPrecision(2) + " s";
    return { tickmode: "array", tickvals: vals, ticktext: vals.map(text) };
  }

  function rowNames(panel) {
    return [...new Set(panel.lines.flatMap((line) => line.x.rows || []))];
  }

  function intervals(line, values, low, high) {
    return {
      type: "data", symmetric: false, thickness: 1.5, width: 3,
      array: values.map((value, index) => high[index] - value),
      arrayminus: values.map((value, index) => value - low[index]),
    };
  }

  function rowsTraces(line, base, panel, ink, isTime) {
    const names = rowNames(panel);
    const at = line.x.rows.map((name) => names.indexOf(name));
    const words = line.words.map((word) => label(word));
    const long = at.map((_, index) => index).filter((index) => 0 < Math.abs(line.y[index]));
    const short = at.map((_, index) => index).filter((index) => !(0 < Math.abs(line.y[index])));
    const pick = (list, which) => which.map((index) => list[index]);
    const end = line.y.map((length, index) => line.low[index] + length);
    const bars = Object.assign({}, base, {
      type: "bar", orientation: "h", width: isTime ? 0.5 : 0.7,
      // What is short stays in sight.
      marker: { color: ink, line: { color: ink, width: isTime ? 2 : 0 } },
      base: pick(line.low, long), x: pick(line.y, long), y: pick(at, long),
      customdata: pick(isTime ? end.map((at) => new Date(at).toISOString().slice(0, 19).replace("T", " ")) : end, long),
      hovertext: pick(words, long), hovertemplate: isTime ? "%{hovertext}<br>until %{customdata}<extra></extra>" : "%{hovertext}<extra></extra>",
    });
    const points = Object.assign({}, base, {
      type: "scatter", mode: "markers", marker: { color: ink, size: 9, symbol: "diamond" },
      x: pick(line.low, short), y: pick(at, short).map((row) => (isTime ? row - 0.38 : row)),
      hovertext: pick(words, short), hovertemplate: "%{hovertext}<br>%{x}<extra></extra>",
    });
    return [bars, points].filter((trace) => trace.y.length);
  }

  function lineTraces(line, panel, number, figure, look) {
    const ink = colour(line.ink, look);
    const suffix = number ? String(number + 1) : "";
    const base = { name: label(line.name), xaxis: "x", yaxis: "y" + suffix, showlegend: false };
    const isTime = figure.x.kind === "time";
    if (line.style === "spans" || line.style === "across") {
      return rowsTraces(line, base, panel, ink, isTime);
    }
    const words = line.words.length ? line.words.map((word) => label(word)) : undefined;
    const value = "%{y" + format(panel.unit);
    base.hovertemplate = (words ? "%{hovertext}: " : "") + value;
    base.hovertext = words;
    base.y = line.y;
    if (line.style === "bars") {
      const step = line.x.even ? line.x.even.step : undefined;
      return [Object.assign(base, { type: "bar", x: places(line, 0.5), width: step, marker: { color: ink } })];
    }
    base.type = "scatter";
    base.x = places(line, 0);
    if (line.style === "points") {
      const symbols = { failure: "x", limit: "line-ew-open" };
      base.mode = "markers";
      base.marker = { color: ink, size: 9, symbol: symbols[line.ink] || ["circle", "diamond", "square", "triangle-up"][line.ink % 4] };
      if (line.ink === "limit") Object.assign(base.marker, { size: 12, line: { width: 2, color: ink } });
      if (line.x.rows) {
        const names = rowNames(panel);
        base.x = line.y;
        base.y = line.x.rows.map((name) => names.indexOf(name));
        base.hovertemplate = "%{hovertext}<extra></extra>";
        if (line.low.length) base.error_x = intervals(line, line.y, line.low, line.high);
        return [base];
      }
      if (line.low.length) base.error_y = intervals(line, line.y, line.low, line.high);
      if (line.left && line.left.length) base.error_x = intervals(line, base.x, line.left, line.right);
      return [base];
    }
    base.mode = "lines";
    base.line = { color: ink, width: 1.6, dash: dash(line) };
    if (line.style === "area") {
      base.stackgroup = "stack" + number;
      base.line.width = 0;
      base.fillcolor = ink;
    } else if (line.low.length) {
      base.error_y = intervals(line, line.y, line.low, line.high);
      base.mode = "lines+markers";
    }
    return [base];
  }

  // The traces of a figure; `owners[i]` is the number of the line that trace `i` belongs to.
  function traces(figure, look) {
    const all = [];
    const owners = [];
    let count = 0;
    figure.panels.forEach((panel, number) => {
      for (const line of panel.lines) {
        for (const trace of lineTraces(line, panel, number, figure, look)) {
          all.push(trace);
          owners.push(count);
        }
        count += 1;
      }
    });
    return { traces: all, owners };
  }

  function panelHeight(panel) {
    return panel.unit === "rows" ? Math.max(80, ROW_PX * rowNames(panel).length + 24) : PANEL_PX;
  }

  function layout(figure, look, width, range) {
    const heights = figure.panels.map(panelHeight);
    const inner = heights.reduce((sum, height) => sum + height, 0) + GAP_PX * (heights.length - 1);
    const margin = { l: 54, r: 14, t: figure.panels.some((panel) => panel.title) ? 26 : 8, b: 42 };
    const isTime = figure.x.kind === "time";
    const result = {
      width, height: inner + margin.t + margin.b, margin, barmode: "stack", bargap: isTime ? 0 : 0.15,
      hovermode: isTime && figure.panels.every((panel) => panel.unit !== "rows") ? "x unified" : "closest",
      paper_bgcolor: look.paper, plot_bgcolor: look.paper, showlegend: false, annotations: [],
      font: { color: look.ink, size: 12, family: "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif" },
      hoverlabel: { bgcolor: look.paper, bordercolor: look.line, font: { color: look.ink }, namelength: 32 },
      dragmode: isTime && !matchMedia("(pointer: coarse)").matches ? "zoom" : false,
    };
    const common = { gridcolor: look.grid, linecolor: look.line, zerolinecolor: look.line, automargin: false };
    const bottom = figure.panels.length === 1 ? "y" : "y" + figure.panels.length;
    result.xaxis = Object.assign({}, common, { anchor: bottom, showline: true, ticks: "outside", tickcolor: look.line });
    if (isTime) {
      Object.assign(result.xaxis, { type: "date", hoverformat: "%a %d %b %Y, %H:%M UTC", nticks: Math.max(3, Math.floor(width / 110)) });
      if (range) result.xaxis.range = range.slice();
    } else {
      const across = figure.panels.flatMap((panel) => panel.lines.flatMap((line) => line.x.at || line.y.concat(line.low)));
      const unit = axisFormat({ unit: figure.x.unit, lines: [{ y: across }] });
      Object.assign(result.xaxis, { title: { text: label(figure.x.title, Math.max(20, Math.floor(width / 8))), font: { size: 12 } }, fixedrange: true }, unit);
      if (figure.x.log) result.xaxis.type = "log";
    }
    let top = inner;
    figure.panels.forEach((panel, number) => {
      const name = "yaxis" + (number ? number + 1 : "");
      const low = top - heights[number];
      const axis = Object.assign({}, common, axisFormat(panel), {
        domain: [Math.max(0, low / inner), Math.min(1, top / inner)], anchor: "x", fixedrange: true,
        rangemode: panel.fits ? "normal" : "tozero", nticks: 6, zeroline: false,
      });
      if (panel.log) Object.assign(axis, { type: "log", rangemode: "normal" }, panel.unit === "seconds" ? logSeconds(panel) : {});
      if (panel.unit === "rows") {
        const names = rowNames(panel);
        const room = width < 500 ? 12 : 24;
        Object.assign(axis, {
          tickmode: "array", tickvals: names.map((_, index) => index),
          ticktext: names.map((name) => label(clipped(name, room))),
          range: [names.length - 0.4, -0.6], showgrid: false,
        });
        result.margin.l = Math.max(margin.l, 16 + 7.2 * Math.max(...names.map((name) => Math.min(room, Array.from(name.slice(0, 99)).length))));
      }
      result[name] = axis;
      result.annotations.push({
        text: label(panel.title), xref: "paper", yref: "paper", x: 0, y: top / inner, xanchor: "left",
        yanchor: "bottom", showarrow: false, font: { size: 12, color: look.muted },
      });
      top = low - GAP_PX;
    });
    return result;
  }

  // ---- figures as tables and files -----------------------------------------------------------

  function shownPlace(figure, value) {
    if (figure.x.kind === "time" && typeof value === "number") {
      return new Date(value).toISOString().replace(".000Z", "Z");
    }
    return value;
  }

  // Rows of a figure: wide where all lines stand at the same places, else long.
  function rows(figure) {
    const lines = figure.panels.flatMap((panel) => panel.lines.map((line) => ({ panel, line })));
    const first = JSON.stringify(lines[0].line.x);
    const plain = ({ line }) => !line.low.length && !line.words.length && !line.x.rows;
    const wide = lines.every((it) => plain(it) && JSON.stringify(it.line.x) === first
      && it.line.y.length === lines[0].line.y.length);
    const x = figure.x.kind === "time" ? "time" : "x";
    if (wide) {
      const heads = [x, ...lines.map(({ panel, line }) => panel.title ? line.name + " (" + panel.title + ")" : line.name)];
      const at = places(lines[0].line, 0);
      return { heads, count: at.length, row: (index) => [shownPlace(figure, at[index]), ...lines.map(({ line }) => line.y[index])] };
    }
    const index = lines.flatMap(({ panel, line }) => places(line, 0).map((at, number) => ({ panel, line, at, number })));
    const row = ({ panel, line, at, number }) => {
      const from = line.low.length ? line.low[number] : null;
      const isSpan = line.x.rows !== undefined;
      return [panel.title, line.name, shownPlace(figure, at), isSpan ? null : line.y[number],
        isSpan ? shownPlace(figure, from) : from,
        isSpan ? shownPlace(figure, from + line.y[number]) : line.high.length ? line.high[number] : null,
        line.words.length ? line.words[number] : null];
    };
    return { heads: ["panel", "series", x, "value", "low or from", "high or to", "word"], count: index.length, row: (at) => row(index[at]) };
  }

  // A cell of a CSV file. What a spreadsheet would take for a formula is told not to be one.
  function cell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const text = /^[=+@\t\r-]/.test(value) ? "'" + value : value;
    return /[",\n\r]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  function csv(figure) {
    const table = rows(figure);
    const lines = [table.heads.map(cell).join(",")];
    for (let index = 0; index < table.count; index += 1) {
      lines.push(table.row(index).map(cell).join(","));
    }
    return lines.join("\r\n") + "\r\n";
  }

  function fillTable(box, figure) {
    const table = rows(figure);
    const step = Math.max(1, Math.ceil(table.count / TABLE_ROWS));
    const element = document.createElement("table");
    const caption = element.createCaption();
    caption.textContent = step === 1
      ? "All values"
      : "Every " + step + "th of " + table.count + " rows; the CSV file has all";
    const head = element.createTHead().insertRow();
    for (const name of table.heads) {
      const th = document.createElement("th");
      th.scope = "col";
      th.textContent = clipped(name, 200);
      head.append(th);
    }
    const body = element.createTBody();
    for (let index = 0; index < table.count; index += step) {
      const row = body.insertRow();
      for (const value of table.row(index)) {
        const td = row.insertCell();
        td.textContent = value === null || value === undefined ? "–" : typeof value === "number" ? String(value) : clipped(value, 200);
        if (typeof value === "number") td.className = "n";
      }
    }
    box.replaceChildren(element);
  }

  return { clipped, label, isDark, look, colour, dash, traces, layout, rows, csv, fillTable };
})();

// The page: places figures, draws them when they come into sight, answers its buttons.
window.fleetcastPage = (function (charts) {
  const page = JSON.parse(document.getElementById("data").textContent);
  const all = [page.from, page.to];
  const drawn = new Map();
  // As wide as a page of paper has room for.
  const PAPER_PX = 680;
  let range = null;
  let library = null;

  function say(text) {
    document.getElementById("said").textContent = text;
  }

  // The chart library, unpacked when the first chart needs it.
  function unpack() {
    library = library || (async () => {
      const packed = atob(document.getElementById("library").textContent.trim());
      const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      const script = document.createElement("script");
      script.textContent = await new Response(stream).text();
      document.head.append(script);
      return window.Plotly;
    })();
    return library;
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
    const plotly = await unpack();
    const look = charts.look(false);
    const layout = charts.layout(figure, look, 1200, range);
    layout.title = { text: charts.label(figure.title), font: { size: 16 } };
    layout.margin.t += 40;
    layout.height += 40;
    layout.showlegend = true;
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

  function swatch(line, look) {
    const box = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const mark = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const isCross = line.style === "points" && line.ink === "failure";
    const fills = !isCross && ["area", "bars", "spans", "across", "points"].includes(line.style);
    box.setAttribute("width", "22");
    box.setAttribute("height", "12");
    box.setAttribute("aria-hidden", "true");
    mark.setAttribute("d", isCross ? "M7 2L15 10M15 2L7 10" : line.style === "points" ? (line.ink === 0 ? "M6 6a5 5 0 1 0 10 0a5 5 0 1 0 -10 0" : "M11 1L16 6L11 11L6 6Z") : fills ? "M3 1H19V11H3Z" : "M0 6H22");
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
    let number = -1;
    const parts = panels.flatMap((panel) => {
      const of = document.createElement("span");
      of.className = "of";
      of.textContent = panel.title + ":";
      const toggles = panel.lines.map((line) => entry(state, line, (number += 1), look));
      return panels.length === 1 ? toggles : [of, ...toggles];
    });
    state.legend.replaceChildren(...parts);
  }

  function entry(state, line, number, look) {
    const text = document.createElement("span");
    text.textContent = charts.clipped(line.name, 80);
    text.dir = "auto";
    const toggle = button("", "", () => {
      const hides = !state.hidden.has(number);
      state.hidden[hides ? "add" : "delete"](number);
      toggle.setAttribute("aria-pressed", String(!hides));
      draw(state);
    });
    toggle.setAttribute("aria-pressed", String(!state.hidden.has(number)));
    toggle.replaceChildren(swatch(line, look), text);
    return toggle;
  }

  // One after another: the library draws into one place once at a time.
  function draw(state) {
    state.drawing = (state.drawing || Promise.resolve()).then(() => drawNow(state));
    return state.drawing;
  }

  async function drawNow(state) {
    await paint(await unpack(), state);
  }

  function paint(plotly, state) {
    const look = charts.look(charts.isDark());
    const { traces, owners } = charts.traces(state.figure, look);
    traces.forEach((trace, index) => { trace.visible = !state.hidden.has(owners[index]); });
    const width = state.width || Math.floor(state.plot.clientWidth) || 600;
    const isTime = state.figure.x.kind === "time";
    const layout = charts.layout(state.figure, look, width, isTime ? range || all : null);
    const first = !state.isDrawn;
    const painted = plotly.react(state.plot, traces, layout, { displayModeBar: false, doubleClick: "reset" });
    state.isDrawn = true;
    state.isStale = false;
    state.plot.classList.remove("empty");
    state.plot.style.height = layout.height + "px";
    if (first && isTime) {
      state.plot.on("plotly_relayout", (change) => {
        if (state.isReset) return;
        const [from, to] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
        if (from !== undefined) setRange([instant(from), instant(to)], state);
      });
      // What the library resets this chart to is not what all go back to.
      state.plot.on("plotly_doubleclick", () => {
        state.isReset = true;
        setTimeout(() => { state.isReset = false; setRange(null, null); }, 100);
      });
    }
    return painted;
  }

  // The chart library tells instants as text without a zone.
  function instant(value) {
    return typeof value === "number" ? value : Date.parse(value.replace(" ", "T") + "Z");
  }

  function place(element) {
    const figure = page.figures.find((it) => it.id === element.dataset.figure);
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
      button("CSV", "Save “" + title + "” as CSV", () => save(fileName(figure, "csv"), "text/csv", charts.csv(figure))),
    );
    for (const it of tools.children) it.dataset.save = it.textContent;
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = "Data as a table";
    const box = document.createElement("div");
    box.className = "table-box";
    box.tabIndex = 0;
    details.append(summary, box);
    details.addEventListener("toggle", () => { if (!box.firstChild) charts.fillTable(box, figure); });
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

  // Shows a part of the time in all charts over time; null: all of it.
  function setRange(wanted, moved) {
    const least = 60000;
    if (wanted) {
      let [from, to] = wanted;
      if (to - from < least) [from, to] = [(from + to - least) / 2, (from + to + least) / 2];
      range = [Math.max(all[0], from), Math.min(all[1], to)];
      if (range[1] <= range[0] || (range[0] === all[0] && range[1] === all[1])) range = null;
    } else {
      range = null;
    }
    redraw((state) => state.figure.x.kind === "time" && (state !== moved || !range));
    const shown = (at) => new Date(at).toISOString().slice(0, 16).replace("T", " ");
    say("Charts show " + shown((range || all)[0]) + " to " + shown((range || all)[1]));
  }

  function move(how) {
    const [from, to] = range || all;
    const length = to - from;
    const steps = { in: [length / 4, -length / 4], out: [-length / 2, length / 2], back: [-length / 2, -length / 2], on: [length / 2, length / 2] };
    if (!steps[how]) return setRange(null, null);
    let [next, end] = [from + steps[how][0], to + steps[how][1]];
    if (how === "back" && next < all[0]) [next, end] = [all[0], all[0] + length];
    if (how === "on" && all[1] < end) [next, end] = [all[1] - length, all[1]];
    return setRange([next, end], null);
  }

  function setTheme(theme) {
    if (theme) document.documentElement.dataset.theme = theme;
    const toggle = document.getElementById("theme");
    toggle.setAttribute("aria-pressed", String(charts.isDark()));
    drawn.forEach(legend);
    redraw(() => true);
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
    const tools = document.getElementById("time-tools");
    tools.hidden = !page.figures.some((figure) => figure.x.kind === "time");
    tools.querySelectorAll("button").forEach((it) => it.addEventListener("click", () => move(it.dataset.time)));
    document.getElementById("theme").addEventListener("click", () => setTheme(charts.isDark() ? "light" : "dark"));
    document.getElementById("print").addEventListener("click", async () => {
      await unpack();
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
  }

  start();
  return { page, range: () => range, setRange, drawAll: () => Promise.all([...drawn.values()].map(draw)), svg, csv: charts.csv };
})(window.fleetcastCharts);
