// What stands below the blocks: zones, boxes, instances. Instances that change are drawn anew alone.

// What is seen of an instance, as bits.
const THERE = 1, ACTIVE = 2, DRAINING = 4, GONE = 8;

class Ground {
  constructor(run, canvas) {
    this.run = run;
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.seen = new Uint8Array(run.instances);
    this.box = {};
    const instances = run.data.instances;
    const changes = [...instances.launched, ...instances.active, ...instances.draining, ...run.gone, ...run.lasts];
    // Nothing of an instance changes between two of these instants.
    this.changes = Float64Array.from(changes).sort();
  }

  resize(layout) {
    this.layout = layout;
    this.canvas.width = layout.width;
    this.canvas.height = layout.height;
    this.context.textBaseline = "middle";
    this.colours = null;
  }

  draw(second, colours) {
    const zones = this.run.states.at(second), at = countUpTo(this.changes, second);
    if (colours !== this.colours || zones !== this.zones) {
      this.colours = colours;
      this.zones = zones;
      this.seen.fill(0);
      this.drawColumns();
      this.at = -1;
    }
    if (at === this.at) return;
    this.at = at;
    for (let k = 0; k < this.run.instances; k++) {
      const look = this.look(k, second);
      if (look === this.seen[k]) continue;
      this.layout.instance(k, this.box);
      if (this.seen[k]) this.wipe(this.box);
      this.seen[k] = look;
      if (look) this.drawInstance(k, look, this.box);
    }
  }

  look(k, second) {
    const { run } = this, instances = run.data.instances;
    if (second < instances.launched[k] || run.lasts[k] <= second) return 0;
    const since = (at) => at >= 0 && at <= second;
    return THERE | (since(instances.active[k]) ? ACTIVE : 0) | (since(instances.draining[k]) ? DRAINING : 0) |
      (run.gone[k] <= second ? GONE : 0);
  }

  // An edge may be a pixel wider than the box.
  wipe({ x, y, width, height }) {
    this.context.fillStyle = this.colours.soft;
    this.context.fillRect(x - 1, y - 1, width + 2, height + 2);
  }

  drawColumns() {
    const { layout, run, context, colours, zones } = this, px = layout.ratio;
    context.fillStyle = colours.paper;
    context.fillRect(0, 0, layout.width, layout.height);
    for (const column of layout.columns) {
      const isOut = zones.isOut(column.zone), spot = zones.fargate(column.zone);
      context.fillStyle = colours.soft;
      context.fillRect(column.x, column.y, column.width, column.height);
      const name = column.zone < 0 ? "in no zone" : run.data.zones[column.zone];
      this.header(column, isOut ? name + " is out" : name, isOut);
      if (spot) this.drawState(column.x + layout.pad, column.y + layout.header, column.width - 2 * layout.pad, spot);
    }
    const small = 11 * px + "px " + colours.font;
    context.font = small;
    for (const label of layout.labels) {
      const name = label.group === undefined ? run.data.providers[label.provider].name : run.data.groups[label.group];
      const state = label.group === undefined ? null : zones.group(label.zone, label.group);
      context.font = small;
      context.fillStyle = colours.muted;
      const shown = fitted(context, name, state ? label.width / 2 : label.width);
      context.fillText(shown, label.x, label.y + layout.label / 2);
      if (!state) continue;
      const beside = context.measureText(shown).width + 6 * px;
      this.drawState(label.x + beside, label.y, label.width - beside, state);
    }
    context.lineWidth = 1;
    context.strokeStyle = colours.line;
    for (const box of layout.boxes) {
      if (!box) continue;
      context.fillStyle = colours.paper;
      context.fillRect(box.x, box.y, box.width, box.height);
      context.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
    }
    this.drawStrip();
  }

  header(column, name, isOut) {
    const { layout, context, colours } = this, px = layout.ratio;
    context.fillStyle = isOut ? colours.bad : colours.ink;
    context.font = "600 " + 12 * px + "px " + colours.font;
    context.fillText(fitted(context, name, column.width - 2 * layout.pad), column.x + layout.pad, column.y + layout.header / 2 + 1);
    if (!isOut) return;
    context.strokeStyle = colours.bad;
    context.lineWidth = 2 * px;
    context.strokeRect(column.x + px, column.y + px, column.width - 2 * px, column.height - 2 * px);
  }

  // What Spot offers, in words on a band: hatched where it is nothing, plain where it is little.
  drawState(x, y, width, { text, level }) {
    const { layout, context, colours } = this, px = layout.ratio, height = layout.label - Math.round(px);
    if (width < 20 * px) return;
    const shade = (share) => mixed(colours.paper, colours.owners[1], share);
    context.font = (level === 2 ? "600 " : "") + 11 * px + "px " + colours.font;
    const shown = fitted(context, text, width - 2 * layout.pad);
    const wide = Math.ceil(context.measureText(shown).width) + 2 * layout.pad;
    if (level > 0) {
      context.fillStyle = shade(level === 2 ? 0.5 : 0.2);
      context.fillRect(x, y, level === 2 ? wide : width, height);
    }
    if (level === 2) {
      context.save();
      context.beginPath();
      context.rect(x + wide, y, width - wide, height);
      context.clip();
      context.strokeStyle = shade(0.6);
      context.lineWidth = 3 * px;
      context.beginPath();
      for (let at = x + wide - height; at < x + width; at += 8 * px) {
        context.moveTo(at, y + height);
        context.lineTo(at + height, y);
      }
      context.stroke();
      context.restore();
    }
    context.fillStyle = level === 0 ? colours.muted : colours.ink;
    context.fillText(shown, x + (level === 0 ? 0 : layout.pad), y + height / 2 + px / 2);
  }

  drawStrip() {
    const { layout, context, colours } = this, strip = layout.waiting, px = layout.ratio;
    if (!strip) return;
    context.font = 11 * px + "px " + colours.font;
    context.fillStyle = colours.muted;
    context.fillText("waiting for an instance", strip.x + layout.pad, layout.label / 2);
    context.strokeStyle = colours.line;
    context.lineWidth = 1;
    context.setLineDash([4 * px, 3 * px]);
    context.strokeRect(strip.x + 0.5, strip.y + 0.5, strip.width - 1, strip.height - 1);
    context.setLineDash([]);
  }

  drawInstance(k, look, { x, y, width, height }) {
    const { context, colours } = this, px = this.layout.ratio;
    const isActive = look & ACTIVE, isDraining = look & DRAINING, isGone = look & GONE;
    context.fillStyle = isActive && !isGone ? colours.paper : colours.soft;
    context.fillRect(x, y, width, height);
    context.strokeStyle = isGone ? colours.bad : isDraining ? colours.owners[1] : isActive ? colours.muted : colours.line;
    const thick = Math.max(1, Math.round(isDraining || isGone ? 2 * px : px));
    context.lineWidth = thick;
    context.setLineDash(isActive ? (isDraining ? [5 * px, 3 * px] : []) : [2 * px, 2 * px]);
    context.strokeRect(x + thick / 2, y + thick / 2, width - thick, height - thick);
    context.setLineDash([]);
    if (!this.run.data.instances.spot[k]) return;
    // A cut corner marks what Spot can take back.
    context.fillStyle = context.strokeStyle;
    context.beginPath();
    context.moveTo(x + width - 7 * px, y);
    context.lineTo(x + width, y);
    context.lineTo(x + width, y + 7 * px);
    context.fill();
  }
}
