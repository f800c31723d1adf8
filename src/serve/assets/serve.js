// The page that plays as one moves: sends what was moved, shows what comes of it.
"use strict";
window.fleetcastServe = (function (charts, tables) {
  const page = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const WAIT_MS = 25;
  const LOOK_EVERY_MS = 2000;
  // Of more knobs than a screen shows one looks for some.
  const KNOBS_FOUND_BY_EYE = 24;
  const id = String(Math.random());
  const moved = new Map(page.set);
  let own = null;
  let first = null;
  let last = null;
  let before = null;
  let shown = page.text;
  let asked = 0;
  let answered = 0;
  let timer = null;
  const range = window.fleetcastRange(charts, () => showCharts(), (text) => { at("told").textContent = text; });

  // ---- the program ---------------------------------------------------------------------------

  async function send(path, body) {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Fleetcast-Token": page.token },
      body: JSON.stringify(body),
    });
    const said = await answer.json();
    if (said.refused) throw new Error(said.refused);
    return said;
  }

  // The text goes along: what another page saved meanwhile does not change under this one's feet.
  function wish() {
    return { text: own === null ? page.text : own, set: [...moved], began: page.began, page: id };
  }

  function play() {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  }

  async function ask() {
    const number = (asked += 1);
    const begun = performance.now();
    state("Playing …");
    const seconds = () => Math.round((performance.now() - begun) / 1000);
    const clock = setInterval(() => number === asked && aside("Playing … " + seconds() + " s"), 1000);
    try {
      const said = await send("/play", wish());
      if (said.superseded || number < answered) return;
      answered = number;
      await take(said, performance.now() - begun);
    } catch (error) {
      if (number === asked) state(error instanceof TypeError ? "The program does not answer: is it still running?" : error.message);
    } finally {
      clearInterval(clock);
    }
  }

  async function take(said, ms) {
    const changed = firstChange(shown, said.text);
    if (said.text !== shown && document.activeElement !== at("text")) at("text").value = said.text;
    shown = said.text;
    showText(said.marks, said.problems);
    if (changed && document.activeElement !== at("text")) bringIntoSight(changed);
    showProblems(said.problems, said.left);
    showNotice(said.changed_on_disk);
    at("save").disabled = !said.played || said.text === page.text;
    at("reset").disabled = said.text === page.text && said.left.length === 0;
    document.querySelector("#main").classList.toggle("stale", !said.played);
    if (!said.played) {
      state("Not played: see the problems below the scenario's heading");
      return;
    }
    before = last;
    last = said;
    first = first || said;
    at("name").textContent = charts.clipped(said.name, 120);
    showKnobs(said.knobs);
    showAnswer();
    await showCharts();
    const events = said.answer.events.toLocaleString("en");
    state("Played " + events + " events; " + Math.round(ms) + " ms from the change to the charts");
  }

  function state(text) {
    at("state").textContent = text;
    at("clock").textContent = "";
  }

  // For eyes only: nobody wants to be read each second.
  function aside(text) {
    at("state").textContent = "";
    at("clock").textContent = text;
  }

  // ---- what can be moved ---------------------------------------------------------------------

  function showKnobs(knobs) {
    const form = at("knobs");
    const known = knobs.map((knob) => knob.path).join("\n");
    if (form.dataset.known !== known) {
      form.dataset.known = known;
      form.replaceChildren();
      const groups = new Map();
      knobs.forEach((knob, index) => {
        if (!groups.has(knob.about)) {
          const group = document.createElement("fieldset");
          const legend = document.createElement("legend");
          legend.textContent = knob.about;
          group.append(legend);
          groups.set(knob.about, group);
          form.append(group);
        }
        groups.get(knob.about).append(made(knob, "knob-" + index));
      });
      at("find-box").hidden = knobs.length <= KNOBS_FOUND_BY_EYE;
      find();
    }
    knobs.forEach((knob) => {
      const box = form.querySelector("[data-path=" + CSS.escape(knob.path) + "]");
      const origin = first.knobs.find((it) => it.path === knob.path);
      box.classList.toggle("moved", !origin || String(origin.setting.at) !== String(knob.setting.at));
      for (const input of box.querySelectorAll("input, select")) {
        if (document.activeElement !== input) input.value = knob.setting.at;
      }
    });
  }

  // Shows the knobs whose words have those that are looked for.
  function find() {
    const words = at("find-box").hidden ? [] : at("find").value.toLowerCase().split(/\s+/);
    for (const group of at("knobs").querySelectorAll("fieldset")) {
      const boxes = [...group.querySelectorAll(".knob")];
      for (const box of boxes) {
        const text = box.textContent.toLowerCase();
        box.hidden = !words.every((word) => text.includes(word));
      }
      group.hidden = boxes.every((box) => box.hidden);
    }
  }

  function made(knob, id) {
    const box = document.createElement("div");
    box.className = "knob";
    box.dataset.path = knob.path;
    const label = document.createElement("label");
    label.htmlFor = id;
    label.title = knob.path;
    const words = document.createElement("bdi");
    words.textContent = charts.clipped(knob.label, 80);
    label.append(words);
    box.append(label);
    const set = (value) => {
      moved.delete(knob.path);
      moved.set(knob.path, String(value));
      play();
    };
    if (knob.setting.of) {
      const select = document.createElement("select");
      select.id = id;
      for (const word of knob.setting.of) select.add(new Option(word, word));
      select.addEventListener("change", () => set(select.value));
      box.append(select);
      return box;
    }
    const { least, most, step } = knob.setting;
    const slider = Object.assign(document.createElement("input"), { type: "range", id });
    const number = Object.assign(document.createElement("input"), { type: "number" });
    Object.assign(slider, { min: least, max: most, step });
    Object.assign(number, { min: 0, step: "any" });
    number.setAttribute("aria-label", knob.label);
    slider.addEventListener("input", () => {
      number.value = slider.value;
      set(slider.value);
    });
    number.addEventListener("input", () => {
      if (number.value === "" || !Number.isFinite(Number(number.value))) return;
      slider.value = number.value;
      set(number.value);
    });
    box.append(slider, number);
    return box;
  }

  // ---- the answer ----------------------------------------------------------------------------

  function delta(figure, other) {
    const was = other && other.answer.figures.find((it) => it.name === figure.name);
    // What reads the same has not changed for who reads.
    if (!was || was.value === figure.value || was.shown === figure.shown) return null;
    const change = figure.value - was.value;
    const better = figure.less_is_better === null ? "" : (change < 0) === figure.less_is_better ? "better" : "worse";
    // Of shares nobody knows whether percent or points are meant; large factors nobody reads, and
    // "−0.0 %" says nothing.
    const percent = Math.abs((100 * change) / was.value);
    const words = figure.is_share || !(0.05 <= percent && percent < 1000)
      ? "was " + was.shown
      : (0 < change ? "+" : "−") + percent.toFixed(percent < 10 ? 1 : 0) + " %";
    return { words, better };
  }

  function showAnswer() {
    const cards = last.answer.figures.map((figure) => {
      const card = document.createElement("div");
      const name = document.createElement("dt");
      name.textContent = figure.name;
      const value = Object.assign(document.createElement("dd"), { className: "value", textContent: figure.shown });
      card.append(name, value);
      for (const [other, words] of [[before, "to the last run"], [first, "to the file"]]) {
        const found = other === last ? null : delta(figure, other);
        if (found && !(other === first && first === before && words === "to the last run")) {
          const line = Object.assign(document.createElement("dd"), { className: "delta" });
          const span = Object.assign(document.createElement("span"), { className: found.better, textContent: found.words });
          line.append(span, " " + (found.words.startsWith("was") ? (other === first ? "in the file" : "in the last run") : words));
          card.append(line);
        }
      }
      return card;
    });
    at("cards").replaceChildren(...cards);
    at("objectives").replaceChildren(...last.answer.objectives.map((objective) => {
      const item = document.createElement("li");
      const verdict = document.createElement("span");
      verdict.className = "verdict " + (objective.held === null ? "neither" : objective.held ? "held" : "broken");
      verdict.textContent = objective.held === null ? "nothing to judge" : objective.held ? "held" : "broken";
      const words = document.createElement("bdi");
      words.textContent = charts.clipped(objective.text, 200) + (objective.value ? ": " + objective.value : "");
      item.append(verdict, words);
      return item;
    }));
    const caveats = last.answer.caveats.concat(last.answer.ended_because ? ["Not played to its end: " + last.answer.ended_because] : []);
    at("caveats-box").hidden = caveats.length === 0;
    at("caveats").replaceChildren(...caveats.map((text) => Object.assign(document.createElement("li"), { textContent: charts.clipped(text, 600) })));
  }

  // ---- charts --------------------------------------------------------------------------------

  // The lines of the run before, faint, below this one's.
  function withBefore(figure, look) {
    const drawn = charts.traces(figure, look).traces;
    const was = before && before.figures.find((it) => it.id === figure.id);
    if (!was || was.panels.length !== figure.panels.length) return drawn;
    const faint = charts.traces(was, look).traces.map((trace) => Object.assign(trace, { opacity: 0.35, hoverinfo: "skip", hovertemplate: undefined }));
    return faint.concat(drawn);
  }

  async function showCharts() {
    const plotly = await charts.unpack();
    const box = at("charts");
    const look = charts.look(charts.isDark());
    const wanted = last.figures.map((figure) => figure.id);
    range.setAll(span(last.figures));
    range.showTools(0 < wanted.length);
    for (const old of [...box.children]) {
      if (!wanted.includes(old.dataset.figure)) old.remove();
    }
    at("key").hidden = before === null;
    const minutes = last.period_s / 60;
    at("period").hidden = false;
    const sums = minutes <= 1 ? "" : "Each point sums up " + minutes + " minutes: a peak that is shorter is lower here than in the figures above. ";
    at("period").textContent = sums + "Times of charts: UTC.";
    for (const figure of last.figures) {
      let place = box.querySelector("[data-figure=" + CSS.escape(figure.id) + "]");
      if (!place) {
        place = document.createElement("figure");
        place.dataset.figure = figure.id;
        const title = document.createElement("h2");
        const plot = document.createElement("div");
        plot.className = "plot";
        plot.setAttribute("role", "img");
        place.append(title, plot, dataOf(figure.id));
        box.append(place);
      }
      const title = place.querySelector("h2");
      title.replaceChildren(Object.assign(document.createElement("bdi"), { className: "name", textContent: charts.clipped(figure.title, 120) }));
      const plot = place.querySelector(".plot");
      plot.setAttribute("aria-label", "Chart: " + charts.clipped(figure.title, 120));
      fillData(place.querySelector("details"), figure);
      const layout = charts.layout(figure, look, box.clientWidth, range.part());
      await plotly.react(plot, withBefore(figure, look), layout, { displaylogo: false, displayModeBar: false, responsive: false });
      if (!plot.dataset.listens) {
        plot.dataset.listens = "yes";
        range.listen(plot, null);
      }
    }
  }

  // From when to when charts show anything.
  function span(figures) {
    const all = figures.flatMap((figure) => figure.panels.flatMap((panel) => panel.lines));
    const ends = all.filter((line) => line.x.even).map(({ x, y }) => [x.even.from, x.even.from + x.even.step * y.length]);
    return [Math.min(...ends.map((it) => it[0])), Math.max(...ends.map((it) => it[1]))];
  }

  // A chart's values for who does not see it, made when they are asked for.
  function dataOf(id) {
    const details = document.createElement("details");
    const box = Object.assign(document.createElement("div"), { className: "table-box", tabIndex: 0 });
    details.append(Object.assign(document.createElement("summary"), { textContent: "Data as a table" }), box);
    details.addEventListener("toggle", () => {
      const figure = last.figures.find((it) => it.id === id);
      if (figure) fillData(details, figure);
    });
    return details;
  }

  function fillData(details, figure) {
    if (details.open) tables.fillTable(details.querySelector(".table-box"), figure, "");
  }

  // ---- the text ------------------------------------------------------------------------------

  function showText(marks, problems) {
    const lines = shown.split("\n");
    const wrong = new Set(problems.filter((it) => it.severity === "error" && it.line).map((it) => it.line));
    const backdrop = at("backdrop");
    backdrop.replaceChildren();
    const numbers = at("numbers");
    numbers.replaceChildren();
    lines.forEach((line, index) => {
      const number = index + 1;
      const sheet = document.createElement("span");
      if (wrong.has(number)) sheet.className = "wrong";
      const letters = Array.from(line);
      let done = 0;
      for (const mark of marks.filter((it) => it.line === number)) {
        sheet.append(letters.slice(done, mark.from - 1).join(""));
        sheet.append(Object.assign(document.createElement("mark"), { textContent: letters.slice(mark.from - 1, mark.to - 1).join("") }));
        done = mark.to - 1;
      }
      sheet.append(letters.slice(done).join(""));
      backdrop.append(sheet, "\n");
      const label = document.createElement("span");
      label.textContent = number;
      if (wrong.has(number)) label.className = "wrong";
      numbers.append(label, "\n");
    });
    follow();
  }

  function follow() {
    const text = at("text");
    at("backdrop").scrollTop = text.scrollTop;
    at("backdrop").scrollLeft = text.scrollLeft;
    at("numbers").scrollTop = text.scrollTop;
  }

  // The first line of a text that is another one in its next.
  function firstChange(text, next) {
    if (text === next) return null;
    const before = text.split("\n");
    const found = next.split("\n").findIndex((line, index) => line !== before[index]);
    return found < 0 ? null : found + 1;
  }

  // Scrolls the text, and not the page, so that a line can be seen.
  function bringIntoSight(line) {
    const text = at("text");
    const height = text.scrollHeight / Math.max(1, text.value.split("\n").length);
    const top = (line - 1) * height;
    if (top < text.scrollTop || text.scrollTop + text.clientHeight < top + 2 * height) {
      text.scrollTop = Math.max(0, top - text.clientHeight / 3);
      follow();
    }
  }

  function goTo(line, column) {
    const text = at("text");
    const lines = text.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, it) => sum + it.length + 1, 0);
    const place = start + Array.from(lines[line - 1] || "").slice(0, column - 1).join("").length;
    text.focus();
    text.setSelectionRange(place, place);
    const height = text.scrollHeight / Math.max(1, lines.length);
    text.scrollTop = Math.max(0, (line - 4) * height);
    follow();
  }

  function showProblems(problems, left) {
    const items = problems.filter((it) => it.severity !== "note").slice(0, 50).map((problem) => {
      const item = document.createElement("li");
      item.className = problem.severity;
      if (problem.line) {
        const go = Object.assign(document.createElement("button"), { type: "button", textContent: "Line " + problem.line });
        go.addEventListener("click", () => goTo(problem.line, problem.column));
        item.append(go, ": ");
      } else if (problem.file) {
        item.append(charts.clipped(problem.file, 80) + ": ");
      }
      item.append(charts.clipped(problem.message + (problem.path ? " in " + problem.path : ""), 400));
      if (problem.help) item.append(" – " + charts.clipped(problem.help, 400));
      return item;
    });
    for (const path of left) {
      const item = document.createElement("li");
      item.textContent = charts.clipped(path, 200) + " stands in another file: it is played as moved, and not written here. On the command line: --set " + charts.clipped(path + "=" + moved.get(path), 200);
      items.push(item);
    }
    at("problems").replaceChildren(...items);
  }

  function showNotice(isChanged) {
    at("notice").hidden = !isChanged;
    at("notice-words").textContent = "The file was changed by somebody else since this page read it.";
  }

  // Somebody may write the file while nothing is moved here.
  async function look() {
    if (document.hidden) return;
    const began = page.began;
    try {
      const said = await send("/look", { began });
      // What was saved or loaded meanwhile is another text.
      if (began === page.began) showNotice(said.changed_on_disk);
    } catch {
      // Who moves something next is told that the program is gone.
    }
  }

  // ---- begin ---------------------------------------------------------------------------------

  function showTheme() {
    at("theme").textContent = charts.isDark() ? "Light" : "Dark";
  }

  function startOver(text) {
    page.text = text;
    own = null;
    moved.clear();
    shown = text;
    at("text").value = text;
    play();
  }

  at("text").value = page.text;
  at("text").addEventListener("scroll", follow);
  at("text").addEventListener("input", () => {
    own = at("text").value;
    shown = own;
    moved.clear();
    showText([], []);
    play();
  });
  at("text").addEventListener("blur", () => {
    if (at("text").value !== shown) at("text").value = shown;
  });
  at("knobs").addEventListener("submit", (event) => event.preventDefault());
  at("reset").addEventListener("click", () => startOver(page.text));
  at("reload").addEventListener("click", async () => {
    try {
      const said = await send("/reload", {});
      page.began = said.began;
      first = null;
      startOver(said.text);
    } catch (error) {
      state(error.message);
    }
  });
  at("copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(at("text").value);
      state("Copied");
    } catch {
      at("text").select();
      state(document.execCommand("copy") ? "Copied" : "Select the text and copy it yourself: the browser does not let a page do it");
    }
  });
  at("save").addEventListener("click", async () => {
    const text = shown;
    try {
      page.began = (await send("/save", { text, began: page.began })).began;
      page.text = text;
      own = null;
      moved.clear();
      first = last;
      at("save").disabled = true;
      at("reset").disabled = true;
      showText([], []);
      showKnobs(last.knobs);
      showAnswer();
      state("Saved to " + page.file);
    } catch (error) {
      state(error.message);
    }
  });
  at("theme").addEventListener("click", () => {
    const dark = !charts.isDark();
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    showTheme();
    if (last) showCharts();
  });
  at("find").addEventListener("input", find);
  at("name").textContent = charts.clipped(page.file.split(/[\\/]/).pop(), 120);
  showTheme();
  let width = 0;
  new ResizeObserver(() => {
    const now = at("charts").clientWidth;
    if (last && now !== width) {
      width = now;
      showCharts();
    }
  }).observe(at("charts"));
  showText([], []);
  ask();
  setInterval(look, LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", look);
  return { wish, play };
})(window.fleetcastCharts, window.fleetcastTables);
