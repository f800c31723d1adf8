// The replay in an element: controls, picture, line of time, words.

// Seconds of the run in a second of watching.
const SPEEDS = [1, 10, 60, 300, 600, 1800, 3600, 10800, 21600, 43200, 86400, 172800];
// How long a whole run is watched at the speed that is chosen at first, in seconds.
const WATCHED_S = 90;
// How often what is read aloud changes while it plays or is dragged, in milliseconds.
const SPOKEN_MS = 4000;
// How often words change while it plays, in milliseconds: faster is not read, and costs layout.
const WORDS_MS = 160;

function speedName(speed) {
  if (speed === 1) return "as it was";
  if (speed < 60) return speed + " s a second";
  if (speed < 3600) return speed / 60 + " min a second";
  if (speed < 86400) return speed / 3600 + " h a second";
  return speed / 86400 + " d a second";
}

class Replay {
  constructor(element, data) {
    this.element = element;
    this.run = new Run(data);
    this.second = 0;
    this.isPlaying = false;
    this.owner = -1;
    this.frames = [];
    this.toldAt = -Infinity;
    this.speed = SPEEDS.find((speed) => speed >= this.run.end / WATCHED_S) || SPEEDS[SPEEDS.length - 1];
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.build();
    this.timeline = new Timeline(this.run, this.scrubber);
    this.panel = new Panel(this.run, this.why, (second) => this.seek(second));
    this.panel.onClose = () => this.choose(null);
    this.happening = new Happening(this.run, this.list, (k) => {
      this.seek(this.run.eventTime[k]);
      this.choose({ event: k });
    });
    this.listen();
    this.restyle();
    this.rezone();
    this.resize();
    this.paper = new Paper(this);
  }

  build() {
    const root = made("section", "root");
    root.setAttribute("aria-label", "Replay of the run");
    this.root = root;
    const bar = made("div", "bar");
    this.playButton = this.button("play", "Play", () => this.toggle());
    this.playButton.title = "Space";
    const back = this.button("step", "◀", () => this.step(-1));
    back.setAttribute("aria-label", "Step back");
    back.title = "Left arrow; with Shift the event before";
    const on = this.button("step", "▶", () => this.step(1));
    on.setAttribute("aria-label", "Step on");
    on.title = "Right arrow; with Shift the next event";
    const speed = this.select("Speed", SPEEDS.map(speedName), SPEEDS.indexOf(this.speed), (at) => {
      this.speed = SPEEDS[at];
    });
    this.speedSelect = speed.querySelector("select");
    this.time = made("output", "time");
    bar.append(this.playButton, back, on, speed, this.time);
    const owners = this.run.data.owners;
    if (owners.length > 1) {
      bar.append(this.select("Lines and events of", ["all", ...owners.map((owner) => owner.name)], 0, (at) => {
        this.owner = this.timeline.owner = at - 1;
        this.timeline.isStale = true;
        this.draw();
      }));
    }
    this.moment = made("p", "moment");
    this.spoken = made("p", "spoken");
    this.spoken.setAttribute("aria-live", "polite");
    const stage = made("div", "stage");
    this.picture = new Picture(this.run, stage);
    this.canvas = this.picture.canvas;
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "Zones as columns, capacity as boxes, tasks as blocks. The list below the picture names them.");
    this.tip = made("div", "tip");
    this.tip.hidden = true;
    this.tip.setAttribute("aria-hidden", "true");
    stage.append(this.tip);
    this.stage = stage;
    this.scrubber = made("div", "scrubber");
    this.scrubber.tabIndex = 0;
    this.scrubber.setAttribute("role", "slider");
    this.scrubber.setAttribute("aria-label", "Moment of the run");
    this.scrubber.setAttribute("aria-valuemin", "0");
    this.scrubber.setAttribute("aria-valuemax", String(this.run.end));
    this.why = made("aside", "why");
    this.why.hidden = true;
    this.why.setAttribute("aria-label", "Why");
    const now = made("div", "now");
    now.append(made("h3", "now-title", "What happens"));
    this.list = made("ol", "events");
    now.append(this.list, this.namedList());
    const side = made("div", "side");
    side.append(this.why, now);
    const main = made("div", "main"), left = made("div", "left");
    left.append(stage, this.legend(), this.scrubber, this.markLegend());
    main.append(left, side);
    root.append(bar, this.moment, main, this.notes(), this.spoken);
    this.element.textContent = "";
    this.element.append(root);
  }

  button(kind, text, act) {
    const button = made("button", kind, text);
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  }

  select(label, names, chosen, act) {
    const wrap = made("label", "select", label + " "), select = made("select");
    names.forEach((name, at) => {
      const option = made("option", "", name.length > 40 ? name.slice(0, 40) + "…" : name);
      option.value = String(at);
      select.append(option);
    });
    select.value = String(chosen);
    select.addEventListener("change", () => act(Number(select.value)));
    wrap.append(select);
    return wrap;
  }

  legend() {
    const legend = made("ul", "legend");
    const entry = (kind, colour, text) => {
      const item = made("li"), swatch = made("span", "swatch " + kind);
      if (colour !== null) swatch.style.setProperty("--swatch", "var(--r-c" + (colour % 8) + ")");
      const name = made("bdi", "", text);
      item.append(swatch, name);
      legend.append(item);
    };
    this.run.data.owners.slice(0, 12).forEach((owner, at) => entry("fcr-full", at, owner.name));
    const more = this.run.data.owners.length - 12;
    if (more > 0) legend.append(made("li", "", "and " + more + " more"));
    entry("fcr-hollow", null, "starting");
    entry("fcr-full", null, "RUNNING");
    entry("fcr-half", null, "stopping");
    if (this.run.isLost.some(Boolean)) entry("fcr-half fcr-lost", null, "taken back or failed");
    if (this.run.data.tasks.deployment.some((deployment) => deployment % 2 === 1)) {
      legend.append(made("li", "", "paler: every second deployment"));
    }
    if (this.run.instances > 0) {
      legend.append(made("li", "", "boxes: dotted launching, dashed DRAINING" +
        (this.run.data.instances.spot.some(Boolean) ? ", corner Spot" : "")));
    }
    return legend;
  }

  // Only the kinds that this run has.
  markLegend() {
    const legend = made("ul", "legend fcr-marks"), kinds = new Set(this.run.data.events.kind);
    KINDS.forEach((kind, at) => {
      if (!kinds.has(at)) return;
      const item = made("li"), mark = made("span", "mark mark-" + kind.mark);
      mark.style.setProperty("--mark", "var(--r-c" + kind.colour + ")");
      item.append(mark, kind.name);
      legend.append(item);
    });
    const lines = made("li", "", "area: load · solid: running · dashed: desired");
    legend.append(lines);
    return legend;
  }

  notes() {
    const notes = made("div", "notes");
    this.run.data.notes.forEach((note) => notes.append(made("p", "note", note)));
    notes.append(made("p", "note fcr-how", "Click a block, a box or an event to read why. Space plays, arrows step (Shift: to the next event), Home and End go to the ends."));
    this.zoneNote = made("p", "note");
    notes.append(this.zoneNote);
    return notes;
  }

  // What is there now, for who can't click into a picture.
  namedList() {
    const details = made("details", "named");
    details.append(made("summary", "", "Tasks and instances at this moment"));
    this.named = made("ul", "named-list");
    details.append(this.named);
    details.addEventListener("toggle", () => this.nameAll());
    this.details = details;
    return details;
  }

  nameAll() {
    this.named.textContent = "";
    if (!this.details.open) return;
    const run = this.run, tasks = run.data.tasks, instances = run.data.instances;
    const add = (text, chosen) => {
      const item = made("li"), button = this.button("jump", text, () => this.choose(chosen));
      button.dir = "auto";
      item.append(button);
      this.named.append(item);
    };
    let count = 0;
    for (let at = 0; at < run.instances && count < NAMED / 2; at++) {
      if (this.second < instances.launched[at] || run.lasts[at] <= this.second) continue;
      add("instance " + instances.ids[at] + " " + instances.types[instances.type[at]], { instance: at });
      count++;
    }
    const live = Array.from(run.live.slice(0, run.liveCount)).sort((a, b) => a - b);
    for (const i of live.slice(0, NAMED - count)) {
      const zone = tasks.zone[i] < 0 ? "" : " in " + run.data.zones[tasks.zone[i]];
      add(run.data.owners[tasks.owner[i]].name + " " + run.taskId(i) + " " + STATES[run.state[i]] + zone, { task: i });
    }
    if (live.length > NAMED - count) {
      this.named.append(made("li", "note", "and " + (live.length - NAMED + count) + " more tasks"));
    }
  }

  listen() {
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    this.canvas.addEventListener("click", (event) => {
      this.choose(this.picture.find(event.offsetX, event.offsetY, this.second));
    });
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => { this.tip.hidden = true; });
    const drag = (event) => this.seek(this.timeline.second(event.offsetX));
    this.scrubber.addEventListener("pointerdown", (event) => {
      this.scrubber.setPointerCapture(event.pointerId);
      this.isDragging = true;
      drag(event);
    });
    this.scrubber.addEventListener("pointermove", (event) => { if (this.isDragging) drag(event); });
    for (const name of ["pointerup", "pointercancel"]) {
      this.scrubber.addEventListener(name, () => { this.isDragging = false; this.draw(); });
    }
    new ResizeObserver(() => this.resize()).observe(this.stage);
    const restyle = () => { this.restyle(); this.draw(); };
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
    const changed = () => { this.rezone(); restyle(); };
    new MutationObserver(changed).observe(document.documentElement, { attributes: true });
  }

  restyle() {
    this.colours = coloursOf(this.root);
    if (this.timeline) this.timeline.isStale = true;
  }

  // The page says on its root by whose clocks it tells times: UTC's, or else the scenario's.
  rezone() {
    const isUtc = document.documentElement.dataset.zone === "UTC", zone = isUtc ? "UTC" : this.run.data.zone;
    if (this.zoneNote.textContent && zone === this.run.zone) return;
    this.run.setZone(isUtc);
    this.zoneNote.textContent = "Times: " + zone + ".";
    this.timeline.isStale = true;
    this.happening.forget();
    if (!this.picture.selected) return;
    this.panel.isToldAgain = true;
    this.choose(this.picture.selected);
    this.panel.isToldAgain = false;
  }

  resize(wanted) {
    const width = wanted || Math.floor(this.stage.clientWidth);
    if (width < 40 || width === this.width) return;
    this.width = width;
    this.picture.resize(width, width < 600 ? 420 : 520);
    this.timeline.resize(width);
    this.draw();
  }

  onKey(event) {
    const target = event.target.tagName;
    if (event.altKey || event.ctrlKey || event.metaKey || target === "SELECT") return;
    const acts = {
      " ": () => this.toggle(),
      ArrowLeft: () => (event.shiftKey ? this.toEvent(-1) : this.step(-1)),
      ArrowRight: () => (event.shiftKey ? this.toEvent(1) : this.step(1)),
      Home: () => this.seek(0),
      End: () => this.seek(this.run.end),
      "+": () => this.faster(1),
      "-": () => this.faster(-1),
      Escape: () => this.choose(null),
    };
    const act = acts[event.key];
    // A button and a summary have the space key for themselves.
    if (!act || (event.key === " " && (target === "BUTTON" || target === "SUMMARY"))) return;
    event.preventDefault();
    act();
  }

  faster(by) {
    const at = Math.min(SPEEDS.length - 1, Math.max(0, SPEEDS.indexOf(this.speed) + by));
    this.speed = SPEEDS[at];
    this.speedSelect.value = String(at);
  }

  // A step: a second of watching.
  step(by) {
    this.pause();
    this.seek(this.second + by * this.speed);
  }

  toEvent(by) {
    this.pause();
    const times = this.run.eventTime;
    const k = by > 0 ? countUpTo(times, this.second) : countUpTo(times, this.second - 0.5) - 1;
    if (k < 0 || k >= times.length) { this.seek(by > 0 ? this.run.end : 0); return; }
    this.seek(times[k]);
  }

  toggle() { if (this.isPlaying) this.pause(); else this.play(); }

  play() {
    if (this.isPlaying) return;
    if (this.second >= this.run.end) this.seek(0);
    this.isPlaying = true;
    this.playButton.textContent = "Pause";
    this.last = performance.now();
    this.request();
  }

  pause() {
    if (!this.isPlaying) return;
    this.isPlaying = false;
    this.playButton.textContent = "Play";
    // The words of the moment at which it stands, at once.
    this.paint(this.last);
    this.draw();
  }

  seek(second) {
    this.second = Math.min(this.run.end, Math.max(0, second));
    this.picture.blocks.stopMoving();
    this.run.seek(this.second, null);
    this.draw();
  }

  request() {
    if (this.requested) return;
    this.requested = true;
    requestAnimationFrame((now) => this.frame(now));
  }

  frame(now) {
    this.requested = false;
    const begun = performance.now();
    if (this.isPlaying) {
      // A page that was out of sight does not leap.
      const passed = Math.min(100, Math.max(0, now - this.last)) / 1000;
      this.last = now;
      this.second = Math.min(this.run.end, this.second + passed * this.speed);
      const heard = this.still.matches ? null : (task, code) => this.picture.blocks.hear(task, code, now);
      this.run.seek(this.second, heard);
      if (this.second >= this.run.end) this.pause();
    }
    this.paint(now);
    this.frames.push(performance.now() - begun);
    if (this.frames.length > 600) this.frames.shift();
    if (this.isPlaying || this.picture.isMoving()) this.request();
  }

  // Draws soon: several wishes before the next frame are one.
  draw() { this.request(); }

  paint(now) {
    // Out of sight there is no room to draw in.
    if (!this.width) return;
    this.picture.draw(this.second, now, this.colours);
    this.timeline.draw(this.second, this.colours);
    if (this.isPlaying && now - this.toldAt < WORDS_MS) return;
    this.toldAt = now;
    this.happening.draw(this.second, this.owner);
    this.tellMoment(now);
  }

  tellMoment(now) {
    const run = this.run, second = this.second, at = run.local(Math.floor(second));
    const text = at.toISOString();
    const time = DAYS[at.getUTCDay()] + " " + at.getUTCDate() + " " + MONTHS[at.getUTCMonth()] + " " + text.slice(11, 19);
    const shown = time + " " + run.zone;
    if (this.time.textContent !== shown) this.time.textContent = shown;
    const counts = run.counts(this.owner, Math.floor(second));
    const told = (count) => count.toLocaleString("en");
    const parts = [lengthOf(second) + " into the run", told(counts.running) + " running of " + told(counts.desired) + " desired"];
    if (counts.pending) parts.push(told(counts.pending) + " starting");
    const missing = counts.desired - counts.running - counts.pending;
    if (missing > 0) parts.push(told(missing) + " not started yet");
    if (counts.load) parts.push((counts.load < 10 ? counts.load.toFixed(1) : told(Math.round(counts.load))) + " requests/s");
    const moment = parts.join(" · ");
    if (this.moment.textContent !== moment) this.moment.textContent = moment;
    if ((this.isPlaying || this.isDragging) && now - (this.spokenAt || 0) < SPOKEN_MS) return;
    this.spokenAt = now;
    const k = countUpTo(run.eventTime, second) - 1;
    const last = k >= 0 ? " Last: " + run.line(run.data.events.text[k]).text.slice(0, 160) : "";
    const states = run.states.at(second).words(run.data).slice(0, 4).map((words) => " " + words + ".").join("");
    const spoken = legible(time + ": " + moment + "." + states + last);
    if (this.spoken.textContent !== spoken) this.spoken.textContent = spoken;
    this.scrubber.setAttribute("aria-valuenow", String(Math.round(second)));
    this.scrubber.setAttribute("aria-valuetext", time + ", " + moment);
    if (!this.isPlaying && this.details.open && this.namedAt !== second) {
      this.namedAt = second;
      this.nameAll();
    }
  }

  choose(chosen) {
    this.picture.selected = chosen;
    if (!chosen) {
      const hadFocus = this.why.contains(document.activeElement);
      this.panel.close();
      if (hadFocus) this.canvas.focus({ preventScroll: true });
    } else if (chosen.task !== undefined) this.panel.task(chosen.task);
    else if (chosen.instance !== undefined) this.panel.instance(chosen.instance, this.second);
    else this.panel.event(chosen.event);
    this.draw();
  }

  hover(event) {
    if (event.pointerType !== "mouse") return;
    const found = this.picture.find(event.offsetX, event.offsetY, this.second), run = this.run;
    this.tip.hidden = !found;
    if (!found) return;
    const tasks = run.data.tasks;
    const text = found.task !== undefined
      ? run.data.owners[tasks.owner[found.task]].name + " " + run.taskId(found.task) + " · " + STATES[run.state[found.task]] + " · " + run.data.providers[tasks.provider[found.task]].name
      : run.data.instances.ids[found.instance] + " · " + run.data.instances.types[run.data.instances.type[found.instance]];
    this.tip.textContent = legible(text);
    const x = Math.min(event.offsetX + 12, this.width - this.tip.offsetWidth - 2);
    // Above the pointer where there is no room below it.
    const below = event.offsetY + 14, high = this.tip.offsetHeight;
    const y = below + high <= this.canvas.clientHeight ? below : event.offsetY - high - 6;
    this.tip.style.transform = "translate(" + Math.max(0, x) + "px," + y + "px)";
  }
}

// Draws a replay into an element; `data` is the JSON as an object. What is returned steers it.
window.fleetcastReplay = function (element, data) {
  const say = (text) => {
    element.textContent = "";
    const root = made("section", "root");
    root.append(made("p", "note", text));
    element.append(root);
    return null;
  };
  if (!data || data.version !== 1) return say("This replay is of another version than the page that shows it.");
  if (data.without) return say("No replay: " + data.without + ".");
  return new Replay(element, data);
};
