// What is told in words: what happens now, and why.

// Events in the list of what happens.
const LISTED = 8;
// Tasks and instances in the list of what is there.
const NAMED = 150;
// The kinds of lines of a story, in the order of the data.
const LINES = ["subject", "fact", "question", "answer", "detail", "otherwise", "rule", "event"];

// An element with a class and a text: a text is never markup here.
function made(name, kind, text) {
  const element = document.createElement(name);
  if (kind) element.className = "fcr-" + kind;
  if (text !== undefined) element.textContent = legible(text);
  return element;
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// How long: 2d 3h 05m, 3h 05m, 5m 10s, 10s.
function lengthOf(seconds) {
  const s = Math.floor(seconds), days = Math.floor(s / 86400), hours = Math.floor(s / 3600) % 24;
  const minutes = Math.floor(s / 60) % 60, two = (value) => String(value).padStart(2, "0");
  if (days) return days + "d " + hours + "h " + two(minutes) + "m";
  if (hours) return hours + "h " + two(minutes) + "m";
  return minutes ? minutes + "m " + two(s % 60) + "s" : s + "s";
}

// A name as a shell reads it.
function shellWord(name) {
  return /^[\w@%+=:,./-]+$/.test(name) ? name : "'" + name.replace(/'/g, "'\\''") + "'";
}

class Panel {
  constructor(run, element, seek) {
    this.run = run;
    this.element = element;
    this.seek = seek;
  }

  close() {
    this.element.hidden = true;
    this.element.textContent = "";
  }

  open(title, build) {
    const panel = this.element;
    panel.textContent = "";
    const head = made("div", "why-head");
    const heading = made("h3", "why-title", title);
    heading.tabIndex = -1;
    heading.dir = "auto";
    const close = made("button", "close", "Close");
    close.type = "button";
    close.addEventListener("click", () => this.onClose());
    head.append(heading, close);
    panel.append(head);
    build(panel);
    panel.hidden = false;
    panel.scrollTop = 0;
    // Told again by other clocks it is not what the reader goes to.
    if (this.isToldAgain) return;
    heading.focus({ preventScroll: true });
    // On a narrow page it stands below the picture.
    panel.scrollIntoView({ block: "nearest" });
  }

  task(task) {
    const run = this.run, tasks = run.data.tasks, owner = run.data.owners[tasks.owner[task]];
    const story = run.stories.tasks.get(task);
    this.open("Task " + run.taskId(task) + "… of " + owner.name, (panel) => {
      if (story === undefined) {
        const at = tasks.zone[task] < 0 ? "" : " in " + run.data.zones[tasks.zone[task]];
        panel.append(made("p", "fact", "On " + run.data.providers[tasks.provider[task]].name + at + "."));
        if (tasks.instance[task] >= 0) {
          panel.append(made("p", "fact", "On instance " + run.data.instances.ids[tasks.instance[task]] + "."));
        }
      }
      panel.append(this.history(task));
      if (tasks.stop[task] >= 0) panel.append(made("p", "fact", tasks.stops[tasks.stop[task]]));
      if (story !== undefined) { this.tell(panel, story, 1); return; }
      panel.append(made("p", "note", "Its reasons are not in this page. To read them:"));
      panel.append(made("code", "command", "fleetcast explain " + shellWord(run.data.run) + " --task " + run.taskId(task)));
    });
  }

  // Its states as a list, each with its instant; a click goes there.
  history(task) {
    const list = made("ol", "history"), history = this.run.history(task);
    history.forEach(({ state, second }, at) => {
      const item = made("li"), button = made("button", "jump");
      button.type = "button";
      button.append(made("b", "", state), " " + this.run.clock(second));
      if (at > 0) button.append(made("i", "", " +" + lengthOf(second - history[at - 1].second)));
      button.addEventListener("click", () => this.seek(second));
      item.append(button);
      list.append(item);
    });
    return list;
  }

  instance(at, second) {
    const run = this.run, instances = run.data.instances, story = run.stories.instances.get(at);
    this.open("Instance " + instances.ids[at], (panel) => {
      let count = 0;
      for (let k = 0; k < run.liveCount; k++) {
        const i = run.live[k];
        if (run.data.tasks.instance[i] === at && run.isPlaced[i]) count++;
      }
      panel.append(made("p", "fact", count + (count === 1 ? " task" : " tasks") + " on it at " + run.clock(second) + "."));
      if (story !== undefined) { this.tell(panel, story, 1); return; }
      const told = instances.types[instances.type[at]] + (instances.spot[at] ? ", spot" : "") + ", of " + run.data.groups[instances.group[at]] + ", launched " + run.clock(instances.launched[at]);
      panel.append(made("p", "fact", told));
      if (instances.cause[at] >= 0) panel.append(made("p", "fact", "Ended: " + instances.causes[instances.cause[at]]));
      panel.append(made("p", "note", "Its reasons are not in this page. To read them:"));
      panel.append(made("code", "command", "fleetcast explain " + shellWord(run.data.run) + " --instance " + instances.ids[at]));
    });
  }

  event(k) {
    const run = this.run, events = run.data.events, second = run.eventTime[k];
    this.open(capital(KINDS[events.kind[k]].name) + " at " + run.clock(second), (panel) => {
      const text = made("p", "answer", run.line(events.text[k]).text);
      text.dir = "auto";
      panel.append(text);
      if (events.story[k] >= 0) { this.tell(panel, events.story[k], 0); return; }
      const asked = this.asked(k);
      if (!asked) return;
      panel.append(made("p", "note", "Its reasons are not in this page. To read them:"));
      panel.append(made("code", "command", "fleetcast explain " + shellWord(run.data.run) + " " + asked));
    });
  }

  // How fleetcast explain is asked about an event; empty: nobody decided it.
  asked(k) {
    const data = this.run.data, events = data.events, whom = events.whom[k];
    if (whom < 0) return "";
    const at = " --at '" + this.run.ownClock(this.run.eventTime[k]) + "'";
    switch (events.about[k]) {
      case 1: return "--service " + shellWord(data.owners[whom].name) + at;
      case 2: return "--capacity-provider " + shellWord(data.providers[whom].name) + at;
      case 3: return "--schedule " + shellWord(data.owners[whom].name) + at;
      case 4: return "--instance " + data.instances.ids[whom];
      case 5: return "--task " + this.run.taskId(whom);
      default: return "";
    }
  }

  // A story, from its line `from` on.
  tell(panel, story, from) {
    const told = new Set(), { zone, data } = this.run;
    let otherwise = null;
    if (zone !== data.zone) panel.append(made("p", "note", "Times in these words are of " + data.zone + "."));
    this.run.story(story).slice(from).forEach(({ kind, text }) => {
      const name = LINES[kind];
      if (name === "rule") {
        if (told.has(text)) return;
        told.add(text);
      }
      if (name === "otherwise") {
        if (!otherwise) {
          panel.append(made("p", "otherwise-head", "What would have made the difference"));
          otherwise = made("ul", "otherwise");
          panel.append(otherwise);
        }
        const item = made("li", "", text);
        item.dir = "auto";
        otherwise.append(item);
        return;
      }
      otherwise = null;
      const line = made(name === "question" ? "h4" : "p", name, name === "rule" ? "Rule: " + text : text);
      line.dir = "auto";
      panel.append(line);
    });
  }
}

// The list of what happens now: the last events before the moment.
class Happening {
  constructor(run, list, choose) {
    this.run = run;
    this.list = list;
    this.choose = choose;
    this.shown = null;
    this.numbers = new WeakMap();
  }

  // All are told anew: by other clocks.
  forget() {
    this.shown = null;
    this.list.textContent = "";
  }

  draw(second, owner) {
    const run = this.run, events = run.data.events, chosen = [];
    for (let k = countUpTo(run.eventTime, second) - 1; k >= 0 && chosen.length < LISTED; k--) {
      if (owner < 0 || events.owner[k] < 0 || events.owner[k] === owner) chosen.push(k);
    }
    const key = chosen.join();
    if (key === this.shown) return;
    this.shown = key;
    // What is listed already stays: it may have the focus, and need not be laid out again.
    const items = new Map();
    for (const item of Array.from(this.list.children)) {
      const k = this.numbers.get(item);
      if (chosen.includes(k)) items.set(k, item); else item.remove();
    }
    let before = this.list.firstChild;
    for (const k of chosen) {
      const item = items.get(k);
      if (item && item === before) { before = before.nextSibling; continue; }
      this.list.insertBefore(item || this.item(k), before);
    }
    if (chosen.length === 0) this.list.append(made("li", "none", "Nothing yet."));
  }

  item(k) {
    const run = this.run, events = run.data.events;
    const item = made("li"), button = made("button", "event");
    button.type = "button";
    const kind = KINDS[events.kind[k]];
    const mark = made("span", "mark mark-" + kind.mark);
    mark.style.setProperty("--mark", "var(--r-c" + kind.colour + ")");
    mark.title = kind.name;
    const text = made("span", "event-text", run.line(events.text[k]).text);
    text.dir = "auto";
    button.append(mark, made("time", "", run.clock(run.eventTime[k], false).slice(5)), text);
    button.addEventListener("click", () => this.choose(k));
    item.append(button);
    this.numbers.set(item, k);
    return item;
  }
}
