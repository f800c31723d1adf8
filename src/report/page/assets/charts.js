// Figures as what the chart library draws, and how they look.
//
// It touches no page: each page calls `fleetcastCharts` with figures of its own.
"use strict";
window.fleetcastCharts = (function () {
  const PANEL_PX = 170;
  const ROW_PX = 26;
  const ROW_OF_TWO_PX = 36;
  const TILE_PX = 46;
  const GAP_PX = 44;
  const NAME_LETTERS = 48;
  // The program's own colours, on light and on dark ground.
  const [LIGHT, DARK] = window.fleetcastColours;
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

  // A name in one line or, where that is too short, in two; the second ends with … if need be.
  function wrapped(name, letters) {
    const all = Array.from(clipped(name, 10 * letters));
    if (all.length <= letters) return [all.join("")];
    const first = all.slice(0, letters + 1);
    const breaks = first.map((letter, index) => (/[ ·,;/=._-]/.test(letter) ? index : 0));
    const at = Math.max(...breaks);
    const cut = letters / 3 < at ? at + (first[at] === " " ? 0 : 1) : letters;
    const end = Math.min(cut, letters);
    return [all.slice(0, end).join("").trim(), clipped(all.slice(end).join("").trim(), letters)];
  }

  // The names of rows as lines of text, for a window of this width.
  function rowLabels(panel, width) {
    const room = width < 500 ? 15 : 28;
    return rowNames(panel).map((name) => wrapped(name, room));
  }

  // ---- how things look ---------------------------------------------------------------------

  function isDark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function look(dark) {
    return dark
      ? { paper: "#14171b", ink: "#e8eaed", muted: "#a7b0ba", grid: "#2b3138", line: "#3a424c",
          colours: DARK, failure: "#f27a2c", limit: "#c3cad2", tiles: ["#1c242b", "#1b6ea6"] }
      : { paper: "#ffffff", ink: "#22262b", muted: "#5c646e", grid: "#e3e6ea", line: "#b9c0c8",
          colours: LIGHT, failure: "#d55e00", limit: "#3a3f46", tiles: ["#f3f8fb", "#7fbce4"] };
  }

  function colour(ink, look) {
    return typeof ink === "number" ? look.colours[ink % look.colours.length] : look[ink];
  }

  function dash(line) {
    if (line.style === "dashed") return "7px,4px";
    return typeof line.ink === "number" ? DASHES[Math.floor(line.ink / LIGHT.length) % DASHES.length] : "solid";
  }

  // ---- whose clocks times are read off -------------------------------------------------------

  const UTC = { name: "UTC", offsets: [[-8.64e15, 0]] };
  let zone = UTC;

  // Sets the zone of all charts: its name and from when on its clocks are how far ahead of UTC,
  // milliseconds; UTC without one.
  function setZone(wanted) {
    zone = wanted || UTC;
  }

  function ahead(at) {
    let offset = zone.offsets[0][1];
    for (const [from, its] of zone.offsets) if (from <= at) offset = its;
    return offset;
  }

  // Whether clocks go back: what they show then comes twice, and would be drawn over itself. Charts
  // keep the clock of the run's start throughout.
  function goesBack() {
    return zone.offsets.some(([, offset], index) => 0 < index && offset < zone.offsets[index - 1][1]);
  }

  // What the clock of charts shows at an instant, and at what instant it does: the chart library
  // knows no zones, and takes what clocks show for UTC.
  function clock(at) {
    return at + (goesBack() ? zone.offsets[0][1] : ahead(at));
  }
  function instant(shown) {
    const found = zone.offsets.map(([, offset]) => shown - offset).find((at) => clock(at) === shown);
    return found === undefined ? shown - zone.offsets[0][1] : found;
  }

  // Whose clock that is.
  function clockName() {
    const minutes = Math.abs(zone.offsets[0][1]) / 60000;
    const two = (number) => String(number).padStart(2, "0");
    const ahead = (zone.offsets[0][1] < 0 ? "−" : "+") + two(Math.floor(minutes / 60)) + ":" + two(minutes % 60);
    return goesBack() ? zone.name + " as at the start, UTC" + ahead : zone.name;
  }

  // An instant as text, as the zone's own clocks show it, with so many letters: 16 are minutes, 19
  // are seconds.
  function told(at, letters) {
    return new Date(at + ahead(at)).toISOString().slice(0, letters).replace("T", " ");
  }

  // ---- figures as what the chart library draws -----------------------------------------------

  function places(line, shift) {
    if (line.x.even) {
      const { from, step } = line.x.even;
      return line.y.map((_, index) => from + step * (index + shift));
    }
    return line.x.at || line.x.rows;
  }

  // The same as clocks show them, if they are instants.
  function shownPlaces(line, shift, isTime) {
    const at = places(line, shift);
    return isTime && !line.x.rows ? at.map(clock) : at;
  }

  function format(unit) {
    return { percent: ":.3~r} %", seconds: ":.3~s}s", usd: ":$,.4~r}", count: ":,.4~r}" }[unit] || "}";
  }

  function axisFormat(panel) {
    const values = panel.lines.flatMap((line) => line.y);
    const most = values.reduce((most, value) => Math.max(most, Math.abs(value || 0)), 0);
    const short = 0 < most && most < 1e-3 ? "~g" : most < 1e5 ? ",~r" : "~s";
    return {
      percent: { ticksuffix: " %", tickformat: "~r" },
      seconds: most < 1000 ? { ticksuffix: "s", tickformat: "~s" } : { ticksuffix: " s", tickformat: ",~r" },
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

  function isTiled(panel) {
    return panel.lines.some((line) => line.style === "tiles");
  }

  // Where an axis of shares ends: never beyond none and all, as far as its values are not.
  function shareRange(panel, fits) {
    const all = panel.lines.flatMap((line) => line.y).filter((value) => value !== null);
    if (all.length === 0 || all.some((value) => value < 0 || 100 < value)) return null;
    const ends = panel.lines.flatMap((line) => [line.low, line.high].flat()).filter((value) => typeof value === "number");
    const within = all.concat(ends).map((value) => Math.min(100, Math.max(0, value)));
    const high = within.reduce((a, b) => Math.max(a, b), 0);
    const low = fits ? within.reduce((a, b) => Math.min(a, b), 100) : 0;
    const air = Math.max(high - low, 0.01) * 0.04;
    return [low === 0 ? 0 : low - air, high + air];
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
    const low = isTime ? line.low.map(clock) : line.low;
    const end = line.y.map((length, index) => line.low[index] + length);
    const lengths = isTime ? end.map((at, index) => clock(at) - low[index]) : line.y;
    const bars = Object.assign({}, base, {
      type: "bar", orientation: "h", width: isTime ? 0.5 : 0.7,
      // What is short stays in sight.
      marker: { color: ink, line: { color: ink, width: isTime ? 2 : 0 } },
      base: pick(low, long), x: pick(lengths, long), y: pick(at, long),
      customdata: pick(isTime ? end.map((at) => told(at, 19)) : end, long),
      hovertext: pick(words, long), hovertemplate: isTime ? "%{hovertext}<br>until %{customdata}<extra></extra>" : "%{hovertext}<extra></extra>",
    });
    const points = Object.assign({}, base, {
      type: "scatter", mode: "markers", marker: { color: ink, size: 9, symbol: "diamond" },
      x: pick(low, short), y: pick(at, short).map((row) => (isTime ? row - 0.38 : row)),
      hovertext: pick(words, short), hovertemplate: "%{hovertext}<br>%{x}<extra></extra>",
    });
    return [bars, points].filter((trace) => trace.y.length);
  }

  // How far from the middle of its rows a line's points stand, where others have points there too.
  function besides(panel, line) {
    const all = panel.lines.filter((other) => other.style === "points" && other.x.rows);
    const taken = new Set();
    const isShared = all.some((other) => other.x.rows.some((row) => taken.size === taken.add(row).size));
    return isShared ? (all.indexOf(line) - (all.length - 1) / 2) * Math.min(0.3, 0.6 / all.length) : 0;
  }

  function tileTraces(line, base, panel, columns, look, width) {
    const names = rowNames(panel);
    const room = (width - 90) / columns.length;
    const longest = Math.max(...line.words.map((words) => words.split(" ± ")[0].length));
    const fits = longest * 6.4 + 6 < room;
    const empty = () => names.map(() => columns.map(() => null));
    const [z, text, hovertext] = [empty(), empty(), empty()];
    line.y.forEach((value, index) => {
      const [row, column] = [names.indexOf(line.x.rows[index]), line.columns[index]];
      const [mean, half] = line.words[index].split(" ± ");
      z[row][column] = value;
      text[row][column] = mean + (half ? "<br>± " + half : "");
      hovertext[row][column] = label(names[row]) + ", " + label(columns[column]) + ": " + label(line.words[index]);
    });
    const scale = [[0, look.tiles[0]], [1, look.tiles[1]]];
    return [Object.assign(base, {
      type: "heatmap", x: columns.map((_, index) => index), y: names.map((_, index) => index), z, text, hovertext,
      colorscale: scale, showscale: false, xgap: 2, ygap: 2, hovertemplate: "%{hovertext}<extra></extra>", hoverongaps: false,
      texttemplate: fits ? "%{text}" : "", textfont: { size: room < 90 ? 11 : 12, color: look.ink },
    })];
  }

  function lineTraces(line, panel, number, figure, look, width) {
    const ink = colour(line.ink, look);
    const suffix = number ? String(number + 1) : "";
    const base = { name: label(line.name), xaxis: "x", yaxis: "y" + suffix, showlegend: false };
    const isTime = figure.x.kind === "time";
    if (line.style === "spans" || line.style === "across") {
      return rowsTraces(line, base, panel, ink, isTime);
    }
    if (line.style === "tiles") return tileTraces(line, base, panel, figure.x.names, look, width);
    const words = line.words.length ? line.words.map((word) => label(word)) : undefined;
    const value = "%{y" + format(panel.unit);
    base.hovertemplate = (words ? "%{hovertext}: " : "") + value;
    base.hovertext = words;
    base.y = line.y;
    if (line.style === "bars") {
      const step = line.x.even ? line.x.even.step : undefined;
      return [Object.assign(base, { type: "bar", x: shownPlaces(line, 0.5, isTime), width: step, marker: { color: ink } })];
    }
    base.type = "scatter";
    base.x = shownPlaces(line, 0, isTime);
    if (line.style === "points") {
      const symbols = { failure: "x", limit: "line-ew-open" };
      base.mode = "markers";
      // A point at the axis is seen whole.
      base.cliponaxis = false;
      base.marker = { color: ink, size: 9, symbol: symbols[line.ink] || ["circle", "diamond", "square", "triangle-up"][line.ink % 4] };
      if (line.columns) {
        // In the corner of its tile.
        const names = rowNames(panel);
        base.x = line.columns.map((column) => column + 0.4);
        base.y = line.x.rows.map((name) => names.indexOf(name) - 0.34);
        base.marker = { color: ink, size: 9, symbol: "x", line: { width: 1, color: look.paper } };
        base.hoverinfo = "skip";
        delete base.hovertemplate;
        return [base];
      }
      if (line.ink === "limit") Object.assign(base.marker, { size: 12, line: { width: 2, color: ink } });
      if (line.x.rows) {
        const names = rowNames(panel);
        base.x = line.y;
        const beside = besides(panel, line);
        base.y = line.x.rows.map((name) => names.indexOf(name) + beside);
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

  // The traces of a figure, `width` pixels wide; `owners[i]` is the number of the line that trace
  // `i` belongs to.
  function traces(figure, look, width = 1200) {
    const all = [];
    const owners = [];
    let count = 0;
    figure.panels.forEach((panel, number) => {
      for (const line of panel.lines) {
        for (const trace of lineTraces(line, panel, number, figure, look, width)) {
          all.push(trace);
          owners.push(count);
        }
        count += 1;
      }
    });
    return { traces: all, owners };
  }

  function panelHeight(panel, width) {
    if (panel.unit !== "rows") return PANEL_PX;
    const labels = rowLabels(panel, width);
    const row = isTiled(panel) ? TILE_PX : labels.some((lines) => 1 < lines.length) ? ROW_OF_TWO_PX : ROW_PX;
    return Math.max(80, row * labels.length + 24);
  }

  // The range of an axis of shares across.
  function acrossRange(figure) {
    const lines = figure.panels.flatMap((panel) => panel.lines).map((line) => (line.x.at
      ? { y: line.x.at, low: line.left || [], high: line.right || [] }
      : { y: line.style === "across" ? line.y.map((length, index) => line.low[index] + length) : line.y, low: line.low, high: line.high }));
    return shareRange({ lines }, true) || undefined;
  }

  // Ticks at the values themselves, as far as they are few.
  function logTicks(values) {
    const all = [...new Set(values)].sort((a, b) => a - b);
    return all.length <= 10 ? { tickmode: "array", tickvals: all, ticktext: all.map((value) => String(+value.toPrecision(4))) } : {};
  }

  function columnTicks(names, width) {
    const room = Math.max(6, Math.floor((width - 160) / names.length / 7));
    return {
      tickmode: "array", tickvals: names.map((_, index) => index),
      ticktext: names.map((name) => wrapped(name, room).map((line) => label(line)).join("<br>")),
      range: [-0.5, names.length - 0.5], showgrid: false, tickangle: 0,
    };
  }

  function layout(figure, look, width, range) {
    const heights = figure.panels.map((panel) => panelHeight(panel, width));
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
      Object.assign(result.xaxis, { type: "date", hoverformat: "%a %d %b %Y, %H:%M " + clockName(), nticks: Math.max(3, Math.floor(width / 110)) });
      if (range) result.xaxis.range = range.map(clock);
    } else {
      const across = figure.panels.flatMap((panel) => panel.lines.flatMap((line) => line.x.at || line.y.concat(line.low)));
      const unit = figure.x.kind === "columns" ? columnTicks(figure.x.names, width) : axisFormat({ unit: figure.x.unit, lines: [{ y: across }] });
      // It stands below the plot, not below the names of its rows.
      const title = wrapped(figure.x.title, Math.max(20, Math.floor((width - 100) / 7)));
      const text = title.map((line) => label(line, line.length)).join("<br>");
      result.margin.b += 14 * (title.length - 1);
      result.height += 14 * (title.length - 1);
      Object.assign(result.xaxis, { title: { text, font: { size: 12 } }, fixedrange: true }, unit);
      if (figure.x.log) Object.assign(result.xaxis, { type: "log" }, logTicks(across));
      else if (figure.x.unit === "percent") Object.assign(result.xaxis, { range: acrossRange(figure) });
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
      if (panel.unit === "percent" && !panel.log) axis.range = shareRange(panel, panel.fits) || undefined;
      if (panel.unit === "rows") {
        const labels = rowLabels(panel, width);
        const air = isTiled(panel) ? 0.5 : 0.6;
        Object.assign(axis, {
          tickmode: "array", tickvals: labels.map((_, index) => index),
          ticktext: labels.map((lines) => lines.map((line) => label(line)).join("<br>")),
          range: [labels.length - 1 + air, -air], showgrid: false,
        });
        result.margin.l = Math.max(margin.l, 16 + 7.2 * Math.max(...labels.flat().map((line) => Array.from(line).length)));
      }
      result[name] = axis;
      result.annotations.push({
        text: label(panel.title, Math.max(24, Math.floor((width - 60) / 7.5))), xref: "paper", yref: "paper", x: 0, y: top / inner, xanchor: "left",
        yanchor: "bottom", showarrow: false, font: { size: 12, color: look.muted },
      });
      top = low - GAP_PX;
    });
    return result;
  }

  // ---- the chart library ---------------------------------------------------------------------

  let library = null;

  // The text that stands packed in the element of this id.
  async function unpacked(id) {
    const packed = atob(document.getElementById(id).textContent.trim());
    const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  // The chart library, unpacked when the first chart needs it.
  function unpack() {
    library = library || (async () => {
      const script = document.createElement("script");
      script.textContent = await unpacked("library");
      document.head.append(script);
      return window.Plotly;
    })();
    return library;
  }

  return { unpacked, unpack, setZone, instant, told, zoneName: () => zone.name, clockName, clipped, label, isDark, look, colour, dash, places, traces, layout };
})();
