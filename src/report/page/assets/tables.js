// Figures as tables and as CSV files.
"use strict";
window.fleetcastTables = (function (charts) {
  const TABLE_ROWS = 200;
  const { clipped, places } = charts;

  function shownPlace(figure, value) {
    if (figure.x.kind === "time" && typeof value === "number") {
      return new Date(value).toISOString().replace(".000Z", "Z");
    }
    return value;
  }

  // A heat map as people read it: a row a row, a column a column.
  function crossTable(figure) {
    const panel = figure.panels[0];
    const [line, broken] = panel.lines;
    const names = [...new Set(line.x.rows)];
    const cells = names.map(() => figure.x.names.map(() => null));
    line.y.forEach((_, index) => {
      const isBroken = broken && broken.columns.some((column, at) => column === line.columns[index] && broken.x.rows[at] === line.x.rows[index]);
      cells[names.indexOf(line.x.rows[index])][line.columns[index]] = line.words[index] + (isBroken ? " (" + broken.name + ")" : "");
    });
    return {
      heads: [panel.title + " \\ " + figure.x.title, ...figure.x.names], count: names.length,
      row: (index) => [names[index], ...cells[index]],
    };
  }

  // Rows of a figure: wide where all lines stand at the same places, else long.
  function rows(figure) {
    if (figure.x.kind === "columns") return crossTable(figure);
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
      const isSpan = line.style === "spans" || line.style === "across";
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

  // `elsewhere`: where all rows are, if not all of them are here.
  function fillTable(box, figure, elsewhere = "; the CSV file has all") {
    const table = rows(figure);
    const step = Math.max(1, Math.ceil(table.count / TABLE_ROWS));
    const element = document.createElement("table");
    const caption = element.createCaption();
    caption.textContent = step === 1
      ? "All values"
      : "Every " + step + "th of " + table.count + " rows" + elsewhere;
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

  return { rows, csv, fillTable };
})(window.fleetcastCharts);
