// The stretch of time that all charts of a page show, moved by buttons and by zooming into one.
"use strict";
// `moved(by)` draws the charts anew, all but the one that was zoomed into; `say(text)` tells it.
window.fleetcastRange = function (charts, moved, say) {
  const LEAST_MS = 60000;
  let all = [0, 0];
  let range = null;

  // From when to when there is anything to show, milliseconds.
  function setAll(wanted) {
    if (all[0] !== wanted[0] || all[1] !== wanted[1]) range = null;
    all = wanted;
  }

  // Shows a part of the time in all charts over time; null: all of it.
  function set(wanted, by) {
    range = null;
    if (wanted) {
      let [from, to] = wanted;
      if (to - from < LEAST_MS) [from, to] = [(from + to - LEAST_MS) / 2, (from + to + LEAST_MS) / 2];
      range = [Math.max(all[0], from), Math.min(all[1], to)];
      if (range[1] <= range[0] || (range[0] === all[0] && range[1] === all[1])) range = null;
    }
    moved(by);
    const [from, to] = (range || all).map((at) => charts.told(at, 16));
    say("Charts show " + from + " to " + to);
  }

  function move(how) {
    const [from, to] = range || all;
    const length = to - from;
    const steps = { in: [length / 4, -length / 4], out: [-length / 2, length / 2], back: [-length / 2, -length / 2], on: [length / 2, length / 2] };
    if (!steps[how]) return set(null, null);
    let [next, end] = [from + steps[how][0], to + steps[how][1]];
    if (how === "back" && next < all[0]) [next, end] = [all[0], all[0] + length];
    if (how === "on" && all[1] < end) [next, end] = [all[1] - length, all[1]];
    return set([next, end], null);
  }

  // The chart library tells instants as text without a zone.
  function instant(value) {
    return charts.instant(typeof value === "number" ? value : Date.parse(value.replace(" ", "T") + "Z"));
  }

  // Listens to a chart over time that was drawn into `plot`; `by` stands for it.
  function listen(plot, by) {
    let isReset = false;
    plot.on("plotly_relayout", (change) => {
      if (isReset) return;
      const [from, to] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
      if (from !== undefined) set([instant(from), instant(to)], by);
    });
    // What the library resets this chart to is not what all go back to.
    plot.on("plotly_doubleclick", () => {
      isReset = true;
      setTimeout(() => { isReset = false; set(null, null); }, 100);
    });
  }

  // The buttons that move it; they show once there is time to move in.
  function showTools(isShown) {
    const tools = document.getElementById("time-tools");
    tools.hidden = !isShown;
    if (tools.dataset.listens) return;
    tools.dataset.listens = "yes";
    for (const it of tools.querySelectorAll("button")) it.addEventListener("click", () => move(it.dataset.time));
  }

  return { shown: () => range || all, part: () => range, set, setAll, listen, showTools };
};
