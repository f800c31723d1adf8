// The picture at an instant.

// How long a block takes to come, to move and to go, in milliseconds.
const MOVE_MS = 280;
// Blocks that may be on the move at once; more would only blur.
const MOVES_MAX = 400;

// A user's text on a canvas, with no direction of its own over the rest.
function plain(text) {
  return "\u2068" + legible(text) + "\u2069";
}

// Text as far as it fits.
function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return plain(text);
  let low = 0, high = Math.min(text.length, 200);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(text.slice(0, middle) + "…").width <= width) low = middle;
    else high = middle - 1;
  }
  return plain(text.slice(0, low) + "…");
}

// A colour as its red, green and blue; the style may say it in any of CSS's ways.
function channels(colour) {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour.trim());
  if (hex) return [0, 2, 4].map((at) => parseInt(hex[1].slice(at, at + 2), 16));
  const one = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  one.fillStyle = colour;
  one.fillRect(0, 0, 1, 1);
  return Array.from(one.getImageData(0, 0, 1, 1).data.slice(0, 3));
}

function mixed(a, b, share) {
  const [one, other] = [channels(a), channels(b)];
  return "rgb(" + one.map((value, at) => Math.round(value + (other[at] - value) * share)).join(",") + ")";
}

// The colours of the element's style.
function coloursOf(element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(name).trim() || "#888888";
  const owners = [0, 1, 2, 3, 4, 5, 6, 7].map((at) => read("--r-c" + at));
  const paper = read("--r-paper"), ink = read("--r-ink");
  return {
    ink, paper, line: read("--r-line"), accent: read("--r-accent"), muted: read("--r-muted"),
    soft: mixed(paper, ink, 0.05), box: mixed(paper, ink, 0.1), owners,
    bad: owners[4],
    // Every second deployment of a service is lighter, so that one is seen to replace another.
    lighter: owners.map((colour) => mixed(colour, paper, 0.42)),
    font: style.fontFamily || "sans-serif",
  };
}

class Picture {
  constructor(run, canvas) {
    this.run = run;
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.moves = new Map();
    this.ghosts = [];
    this.selected = null;
    this.order = new Int32Array(run.count);
    this.at = { x: 0, y: 0 };
    const events = run.data.events, instances = run.data.instances;
    this.lasting = Array.from(events.until.keys()).filter((k) => events.until[k] >= 0 && events.zone[k] >= 0);
    // What stands below the blocks changes at these instants only, and is drawn anew then.
    const changes = [...instances.launched, ...instances.active, ...instances.draining, ...run.gone, ...run.lasts];
    for (const k of this.lasting) changes.push(run.eventTime[k], events.until[k]);
    this.groundChanges = Float64Array.from(changes).sort();
    this.ground = document.createElement("canvas");
    this.groundAt = -1;
  }

  resize(width, heightMost) {
    this.layout = new Layout(this.run, width, heightMost);
    const ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.canvas, this.ground]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(this.layout.height * ratio);
    }
    this.groundAt = -1;
    this.canvas.style.height = this.layout.height + "px";
    this.ratio = ratio;
  }

  // A change that is seen: a block comes, moves from the strip, or goes.
  hear(task, code, now) {
    if (this.moves.size + this.ghosts.length > MOVES_MAX) return;
    if (code === STOPPED) {
      const at = { x: 0, y: 0 };
      if (this.layout.block(task, this.run.isPlaced[task], at)) {
        this.ghosts.push({ task, x: at.x, y: at.y, since: now });
      }
      this.moves.delete(task);
    } else {
      this.moves.set(task, { since: now, from: code === PLACED ? this.waitingPlace(task) : null });
    }
  }

  waitingPlace(task) {
    const at = { x: 0, y: 0 };
    return this.layout.block(task, 0, at) ? at : null;
  }

  isMoving() {
    return this.moves.size + this.ghosts.length > 0;
  }

  stopMoving() {
    this.moves.clear();
    this.ghosts = [];
  }

  draw(second, now, colours) {
    const context = this.context, ground = countUpTo(this.groundChanges, second);
    if (ground !== this.groundAt || colours !== this.groundColours) {
      this.groundAt = ground;
      this.groundColours = colours;
      this.drawGround(second, colours);
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.ground, 0, 0);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.drawTasks(now, colours);
    this.drawGhosts(now, colours);
    this.drawSelected(colours);
  }

  drawGround(second, colours) {
    const context = this.ground.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.layout.width, this.layout.height);
    context.textBaseline = "middle";
    this.drawColumns(context, second, colours);
    this.drawInstances(context, second, colours);
  }

  // Zones that are out at an instant.
  outages(second) {
    const events = this.run.data.events, out = new Set();
    for (const k of this.lasting) {
      if (this.run.eventTime[k] <= second && second < events.until[k]) out.add(events.zone[k]);
    }
    return out;
  }

  drawColumns(context, second, colours) {
    const { layout, run } = this, font = colours.font;
    const out = this.outages(second);
    for (const column of layout.columns) {
      context.fillStyle = colours.soft;
      context.fillRect(column.x, column.y, column.width, column.height);
      const isOut = out.has(column.zone);
      context.fillStyle = isOut ? colours.bad : colours.ink;
      context.font = "600 12px " + font;
      const name = column.zone < 0 ? "in no zone" : run.data.zones[column.zone];
      context.fillText(fitted(context, isOut ? name + " is out" : name, column.width - 2 * PAD), column.x + PAD, column.y + HEADER / 2 + 1);
      if (isOut) {
        context.strokeStyle = colours.bad;
        context.lineWidth = 2;
        context.strokeRect(column.x + 1, column.y + 1, column.width - 2, column.height - 2);
      }
    }
    context.font = "11px " + font;
    context.fillStyle = colours.muted;
    for (const label of layout.labels) {
      const name = label.group === undefined
        ? run.data.providers[label.provider].name : run.data.groups[label.group];
      context.fillText(fitted(context, name, label.width), label.x, label.y + LABEL / 2);
    }
    context.lineWidth = 1;
    for (const box of layout.boxes) {
      if (!box) continue;
      context.fillStyle = colours.paper;
      context.strokeStyle = colours.line;
      context.fillRect(box.x, box.y, box.width, box.height);
      context.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
    }
    const strip = layout.waiting;
    if (strip) {
      context.fillStyle = colours.muted;
      context.fillText("waiting for an instance", strip.x + PAD, LABEL / 2);
      context.strokeStyle = colours.line;
      context.setLineDash([4, 3]);
      context.strokeRect(strip.x + 0.5, strip.y + 0.5, strip.width - 1, strip.height - 1);
      context.setLineDash([]);
    }
  }

  drawInstances(context, second, colours) {
    const { layout, run } = this, instances = run.data.instances;
    for (let at = 0; at < run.instances; at++) {
      if (second < instances.launched[at] || run.lasts[at] <= second) continue;
      const box = layout.instance(at);
      const isActive = instances.active[at] >= 0 && instances.active[at] <= second;
      const isDraining = instances.draining[at] >= 0 && instances.draining[at] <= second;
      const isGone = run.gone[at] <= second;
      context.fillStyle = isActive && !isGone ? colours.paper : colours.soft;
      context.fillRect(box.x, box.y, box.width, box.height);
      context.strokeStyle = isGone ? colours.bad : isDraining ? colours.owners[1] : isActive ? colours.muted : colours.line;
      context.lineWidth = isDraining || isGone ? 2 : 1;
      context.setLineDash(isActive ? (isDraining ? [5, 3] : []) : [2, 2]);
      context.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
      context.setLineDash([]);
      if (instances.spot[at]) {
        // A cut corner marks what Spot can take back.
        context.fillStyle = context.strokeStyle;
        context.beginPath();
        context.moveTo(box.x + box.width - 7, box.y);
        context.lineTo(box.x + box.width, box.y);
        context.lineTo(box.x + box.width, box.y + 7);
        context.fill();
      }
    }
  }

  // The blocks, those alike together: a change of colour costs more than a block.
  drawTasks(now, colours) {
    const { run, layout, order } = this, owner = run.data.tasks.owner;
    const deployment = run.data.tasks.deployment, count = run.liveCount;
    const styles = 48, starts = new Int32Array(styles + 1);
    const style = (i) => {
      const state = run.state[i], look = state < 3 ? 0 : state === 3 ? 1 : 2;
      return ((owner[i] % 8) * 2 + (deployment[i] % 2)) * 3 + look;
    };
    for (let k = 0; k < count; k++) starts[style(run.live[k]) + 1]++;
    for (let s = 0; s < styles; s++) starts[s + 1] += starts[s];
    const next = starts.slice();
    for (let k = 0; k < count; k++) order[next[style(run.live[k])]++] = run.live[k];
    const gap = layout.size >= 5 ? 1 : layout.size >= 3 ? 0.5 : 0.2, size = layout.size - gap;
    for (let s = 0; s < styles; s++) {
      if (starts[s] === starts[s + 1]) continue;
      const look = s % 3, pair = (s - look) / 3;
      const colour = (pair % 2 ? colours.lighter : colours.owners)[pair >> 1];
      this.drawAlike(starts[s], starts[s + 1], look, { colour, size, now }, colours);
    }
  }

  drawAlike(from, until, look, { colour, size, now }, colours) {
    const { context, layout, run, order, at } = this;
    const paint = (x, y, size) => {
      if (look === 1) { context.fillRect(x, y, size, size); return; }
      if (look === 2) {
        // On its way out: its lower half only.
        context.fillRect(x, y + size / 2, size, size / 2);
        context.fillRect(x, y, size > 4 ? 1 : size / 3, size / 2);
        return;
      }
      // On its way to RUNNING: hollow.
      const edge = size > 7 ? 1.6 : size / 4;
      context.fillRect(x, y, size, edge);
      context.fillRect(x, y + size - edge, size, edge);
      context.fillRect(x, y + edge, edge, size - 2 * edge);
      context.fillRect(x + size - edge, y + edge, edge, size - 2 * edge);
    };
    context.fillStyle = colour;
    context.strokeStyle = colours.bad;
    context.lineWidth = size > 7 ? 2 : 1;
    for (let k = from; k < until; k++) {
      const i = order[k];
      if (!layout.block(i, run.isPlaced[i], at)) continue;
      const move = this.moves.size > 0 ? this.moves.get(i) : undefined;
      if (!move) {
        paint(at.x, at.y, size);
        if (look === 2 && run.isLost[i]) context.strokeRect(at.x + 0.5, at.y + 0.5, size - 1, size - 1);
        continue;
      }
      const share = Math.min(1, (now - move.since) / MOVE_MS), eased = share * (2 - share);
      if (share >= 1) this.moves.delete(i);
      if (move.from) {
        paint(move.from.x + (at.x - move.from.x) * eased, move.from.y + (at.y - move.from.y) * eased, size);
      } else {
        const grown = size * (0.3 + 0.7 * eased), shift = (size - grown) / 2;
        paint(at.x + shift, at.y + shift, grown);
      }
    }
  }

  drawGhosts(now, colours) {
    const { context, layout } = this;
    this.ghosts = this.ghosts.filter((ghost) => now - ghost.since < MOVE_MS);
    for (const ghost of this.ghosts) {
      const share = (now - ghost.since) / MOVE_MS, grown = layout.size * (1 - share);
      context.globalAlpha = 0.6 * (1 - share);
      context.fillStyle = colours.muted;
      context.fillRect(ghost.x + (layout.size - grown) / 2, ghost.y + (layout.size - grown) / 2, grown, grown);
    }
    context.globalAlpha = 1;
  }

  drawSelected(colours) {
    const { context, layout, run, selected, at } = this;
    if (!selected) return;
    let box = null;
    if (selected.task !== undefined && run.livePosition[selected.task] >= 0 &&
      layout.block(selected.task, run.isPlaced[selected.task], at)) {
      box = { x: at.x - 2, y: at.y - 2, width: layout.size + 3, height: layout.size + 3 };
    } else if (selected.instance !== undefined) {
      box = layout.instance(selected.instance);
    }
    if (!box) return;
    context.strokeStyle = colours.ink;
    context.lineWidth = 2;
    context.strokeRect(box.x, box.y, box.width, box.height);
  }

  // What is at a place: a task, else an instance.
  find(x, y, second) {
    const { layout, run, at } = this, instances = run.data.instances;
    const slack = Math.max(0, (8 - layout.size) / 2);
    let found = null, nearest = Infinity;
    for (let k = 0; k < run.liveCount; k++) {
      const i = run.live[k];
      if (!layout.block(i, run.isPlaced[i], at)) continue;
      const dx = Math.abs(x - at.x - layout.size / 2), dy = Math.abs(y - at.y - layout.size / 2);
      const far = Math.max(dx, dy);
      if (far <= layout.size / 2 + slack && far < nearest) { nearest = far; found = { task: i }; }
    }
    if (found) return found;
    for (let k = 0; k < run.instances; k++) {
      if (second < instances.launched[k] || run.lasts[k] <= second) continue;
      const box = layout.instance(k);
      if (x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height) {
        return { instance: k };
      }
    }
    return null;
  }
}
