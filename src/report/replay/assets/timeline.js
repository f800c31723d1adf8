// The line of time below the picture: load, tasks wanted and running, marks of events, the moment.

const MARK_ROW = 9;
const MARKS = 3 * MARK_ROW + 4;
const AXIS = 16;
const TIMELINE_HEIGHT = 138;
// Steps of the axis, in seconds.
const STEPS = [60, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000];

class Timeline {
  constructor(run, element) {
    this.run = run;
    this.canvas = made("canvas", "line");
    this.context = this.canvas.getContext("2d");
    // Only the needle moves: the line below it is drawn once.
    this.needle = made("div", "needle");
    element.append(this.canvas, this.needle);
    this.owner = -1;
  }

  resize(width) {
    this.width = width;
    this.ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(TIMELINE_HEIGHT * this.ratio);
    this.canvas.style.height = TIMELINE_HEIGHT + "px";
    this.needle.style.height = TIMELINE_HEIGHT - AXIS + "px";
    this.isStale = true;
  }

  x(second) { return (second / Math.max(1, this.run.end)) * this.width; }

  second(x) {
    return Math.min(this.run.end, Math.max(0, (x / this.width) * this.run.end));
  }

  draw(second, colours) {
    if (this.isStale) this.drawStill(colours);
    const x = Math.min(this.width - 1, Math.max(1, this.x(second)));
    const at = Math.round(x * this.ratio) / this.ratio;
    if (at === this.at) return;
    this.at = at;
    this.needle.style.transform = "translateX(" + at + "px)";
  }

  // The values of each pixel: of the load the highest in it, of the others the last.
  sampled() {
    const width = Math.max(1, Math.floor(this.width)), run = this.run;
    const zeros = () => new Float64Array(width);
    const out = { desired: zeros(), running: zeros(), high: zeros(), low: zeros(), load: zeros() };
    run.series.forEach((series, at) => {
      if (this.owner >= 0 && this.owner !== at) return;
      let k = -1, l = -1;
      for (let x = 0; x < width; x++) {
        const until = ((x + 1) / width) * run.end;
        let high = k >= 0 ? series.running[k] : 0, low = high;
        while (k + 1 < series.time.length && series.time[k + 1] <= until) {
          k++;
          high = Math.max(high, series.running[k]);
          low = x === 0 && k === 0 ? series.running[k] : Math.min(low, series.running[k]);
        }
        if (k >= 0) {
          out.desired[x] += series.desired[k];
          out.running[x] += series.running[k];
        }
        out.high[x] += high;
        out.low[x] += low;
        let load = l >= 0 ? series.load[l] : 0;
        while (l + 1 < series.loadTime.length && series.loadTime[l + 1] <= until) {
          load = Math.max(load, series.load[++l]);
        }
        out.load[x] += load / 60;
      }
    });
    return out;
  }

  drawStill(colours) {
    this.isStale = false;
    const context = this.context, top = MARKS + 18, bottom = TIMELINE_HEIGHT - AXIS;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, TIMELINE_HEIGHT);
    const values = this.sampled(), width = values.load.length;
    const tasks = Math.max(1, ...values.high, ...values.desired), load = Math.max(...values.load);
    const y = (value, most) => bottom - 1 - (value / most) * (bottom - top - 2);
    this.drawAxis(context, colours, bottom);
    if (load > 0) {
      context.fillStyle = mixed(colours.paper, colours.owners[5], 0.35);
      context.beginPath();
      context.moveTo(0, bottom);
      for (let x = 0; x < width; x++) context.lineTo(x + 0.5, y(values.load[x], load));
      context.lineTo(width, bottom);
      context.fill();
    }
    const line = (of, stroke, dash, thick) => {
      context.strokeStyle = stroke;
      context.lineWidth = thick;
      context.setLineDash(dash);
      context.beginPath();
      for (let x = 0; x < width; x++) {
        const at = y(of[x], tasks);
        if (x === 0) context.moveTo(0, at); else { context.lineTo(x, y(of[x - 1], tasks)); context.lineTo(x, at); }
      }
      context.stroke();
      context.setLineDash([]);
    };
    // Where both are one, what runs hides what is wanted.
    line(values.desired, colours.ink, [4, 3], 1.5);
    const colour = this.owner >= 0 ? colours.owners[this.owner % 8] : colours.owners[0];
    context.fillStyle = colour;
    for (let x = 0; x < width; x++) {
      const high = y(values.high[x], tasks), low = y(values.low[x], tasks);
      context.fillRect(x, high, 1, Math.max(1, low - high));
    }
    line(values.running, colour, [], 1.5);
    context.font = "11px " + colours.font;
    context.textBaseline = "alphabetic";
    context.fillStyle = colours.muted;
    const told = ["tasks up to " + tasks.toLocaleString("en")];
    if (load > 0) told.push("load up to " + (load < 10 ? load.toFixed(1) : Math.round(load).toLocaleString("en")) + " requests/s");
    context.fillText(told.join(" · "), 2, MARKS + 10);
    this.drawMarks(context, colours);
  }

  drawAxis(context, colours, bottom) {
    const run = this.run, least = (run.end * 74) / Math.max(1, this.width);
    const step = STEPS.find((step) => step >= least) || STEPS[STEPS.length - 1];
    context.strokeStyle = colours.line;
    context.fillStyle = colours.muted;
    context.font = "11px " + colours.font;
    context.textBaseline = "alphabetic";
    context.lineWidth = 1;
    // From the first full step of local time on.
    const offset = this.run.offsets[0][1];
    const first = (step - ((run.data.start + offset) % step)) % step;
    context.beginPath();
    for (let second = first; second <= run.end; second += step) {
      const x = Math.round(this.x(second)) + 0.5;
      // Below the words that say how high the lines go.
      context.moveTo(x, MARKS + 14);
      context.lineTo(x, bottom + 3);
      const at = run.local(second), text = at.toISOString();
      const label = step >= 86400 ? shortDay(at) : text.slice(11, 16) === "00:00" ? shortDay(at) : text.slice(11, 16);
      const wide = context.measureText(label).width;
      if (x + wide / 2 <= this.width && x - wide / 2 >= 0) context.fillText(label, x - wide / 2, TIMELINE_HEIGHT - 2);
    }
    context.moveTo(0, bottom + 0.5);
    context.lineTo(this.width, bottom + 0.5);
    context.stroke();
  }

  // Of events at one pixel and row the weightiest is marked.
  drawMarks(context, colours) {
    const run = this.run, events = run.data.events, taken = new Map();
    for (let k = 0; k < events.kind.length; k++) {
      if (this.owner >= 0 && events.owner[k] >= 0 && events.owner[k] !== this.owner) continue;
      const kind = events.kind[k], key = KINDS[kind].row * 10000 + Math.round(this.x(run.eventTime[k]) / 5);
      if (!taken.has(key) || kind < events.kind[taken.get(key)]) taken.set(key, k);
    }
    for (const k of taken.values()) {
      const kind = KINDS[events.kind[k]];
      const x = Math.min(this.width - 4, Math.max(4, this.x(run.eventTime[k])));
      drawMark(context, kind, x, kind.row * MARK_ROW + 6, colours);
    }
  }
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

function shortDay(at) {
  return DAYS[at.getUTCDay()] + " " + at.getUTCDate();
}

// An event's mark: shape and colour, so that either tells it.
function drawMark(context, kind, x, y, colours) {
  const colour = colours.owners[kind.colour];
  context.fillStyle = colour;
  context.strokeStyle = colour;
  context.lineWidth = 1.6;
  context.beginPath();
  switch (kind.mark) {
    case "triangle": context.moveTo(x, y - 4); context.lineTo(x + 4, y + 3.5); context.lineTo(x - 4, y + 3.5); break;
    case "down": context.moveTo(x, y + 4); context.lineTo(x + 4, y - 3.5); context.lineTo(x - 4, y - 3.5); break;
    case "diamond": context.moveTo(x, y - 4.2); context.lineTo(x + 4, y); context.lineTo(x, y + 4.2); context.lineTo(x - 4, y); break;
    case "disc": context.arc(x, y, 3.4, 0, 7); break;
    case "dot": context.arc(x, y, 1.8, 0, 7); break;
    case "bar": context.rect(x - 1, y - 3.5, 2, 7); break;
    case "square": context.rect(x - 3, y - 3, 6, 6); break;
    case "dash": context.rect(x - 3.5, y - 1, 7, 2); break;
    default:
      context.moveTo(x - 3, y - 3); context.lineTo(x + 3, y + 3);
      context.moveTo(x + 3, y - 3); context.lineTo(x - 3, y + 3);
      context.stroke();
      return;
  }
  context.closePath();
  context.fill();
}
