// Where everything stands: zones as columns, capacity as boxes in them, blocks in the boxes.
//
// In whole pixels of the device: a block covers its own pixels and no other's, so that it can be
// wiped and drawn alone.

const HEADER = 20;
const LABEL = 15;
const PAD = 4;
const GAP = 8;
// Around the blocks of an instance, and between two instances.
const INNER = 3;
// The narrowest column that is still read.
const COLUMN_MIN = 96;
// The largest and the smallest block.
const BLOCKS = [30, 26, 22, 20, 18, 16, 14, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3.5, 3, 2.5, 2];

class Layout {
  // `width` and `heightMost` are of the page; what stands in the layout is of the device.
  constructor(run, width, heightMost, ratio) {
    this.run = run;
    this.ratio = ratio;
    this.width = Math.round(width * ratio);
    const px = (length) => Math.round(length * ratio);
    this.header = px(HEADER);
    this.label = px(LABEL);
    this.pad = px(PAD);
    this.gap = px(GAP);
    this.inner = Math.max(2, px(INNER));
    for (const length of BLOCKS) {
      this.size = Math.max(2, px(length));
      // The block within its place.
      this.side = this.size - (length >= 5 ? Math.max(1, px(1)) : this.size >= 3 ? 1 : 0);
      this.arrange();
      if (this.height <= heightMost * ratio) break;
    }
  }

  // A grid of `most` blocks in a width.
  gridOf(most, width) {
    const columns = Math.max(1, Math.min(most, Math.floor((width - 2 * this.pad) / this.size)));
    const rows = Math.max(1, Math.ceil(most / columns));
    return { columns, rows, height: rows * this.size + 2 * this.pad };
  }

  // An instance's box for so many blocks.
  cellOf(room, width) {
    const fit = Math.max(1, Math.floor((width - 2 * this.pad) / this.size));
    const columns = Math.min(fit, Math.max(1, Math.ceil(Math.sqrt(1.5 * room))));
    const least = 4 * this.inner, around = 2 * this.inner - 1;
    const cell = {
      columns,
      width: Math.max(least, columns * this.size + around),
      height: Math.max(least, Math.ceil(room / columns) * this.size + around),
    };
    return { ...cell, across: cell.width + this.inner, down: cell.height + this.inner };
  }

  // The zones that have something, those of no zone last.
  zones() {
    const used = new Set();
    for (const box of this.run.fargate) used.add(box.zone);
    for (const fleet of this.run.fleets) used.add(fleet.zone);
    const named = this.run.data.zones.map((_, zone) => zone).filter((zone) => used.has(zone));
    if (used.has(-1)) named.push(-1);
    return named.length ? named : this.run.data.zones.map((_, zone) => zone);
  }

  arrange() {
    const zones = this.zones(), { gap, pad } = this;
    let top = 0;
    this.waiting = null;
    if (this.run.waitingMost > 0) {
      const grid = this.gridOf(this.run.waitingMost, this.width);
      const rows = Math.min(grid.rows, 4);
      this.waiting = { ...grid, x: 0, y: this.label, width: this.width, height: rows * this.size + 2 * pad, room: rows * grid.columns };
      top = this.label + this.waiting.height + gap;
    }
    const least = COLUMN_MIN * this.ratio;
    const each = Math.max(1, Math.min(zones.length, Math.floor((this.width + gap) / (least + gap))));
    const width = Math.floor((this.width - gap * (each - 1)) / each);
    this.columns = [];
    this.boxes = [];
    this.cells = [];
    this.labels = [];
    for (let first = 0; first < zones.length; first += each) {
      const row = zones.slice(first, first + each).map((zone, at) =>
        this.column(zone, at * (width + gap), top, width));
      const height = Math.max(...row.map((column) => column.height));
      row.forEach((column) => { column.height = height; });
      this.columns.push(...row);
      top += height + gap;
    }
    this.height = top - gap + 2;
  }

  column(zone, x, y, width) {
    const column = { zone, x, y, width, height: 0 }, { pad, inner: between } = this;
    let top = y + this.header + (this.run.states.hasFargate ? this.label : 0);
    const inner = width - 2 * pad;
    // In the same order in every zone.
    const boxes = this.run.fargate.map((box, at) => [box, at]).sort((a, b) => a[0].provider - b[0].provider);
    boxes.forEach(([box, at]) => {
      if (box.zone !== zone) return;
      const grid = this.gridOf(box.most, inner);
      this.labels.push({ x: x + pad, y: top, width: inner, zone, provider: box.provider });
      top += this.label;
      this.boxes[at] = { x: x + pad, y: top, width: inner, ...grid };
      top += grid.height + pad;
    });
    this.run.fleets.forEach((fleet, at) => {
      if (fleet.zone !== zone) return;
      const cell = this.cellOf(fleet.room, inner);
      const columns = Math.max(1, Math.floor((inner + between) / cell.across));
      this.labels.push({ x: x + pad, y: top, width: inner, zone, group: fleet.group });
      top += this.label;
      this.cells[at] = { x: x + pad, y: top, cell, columns };
      top += Math.ceil(fleet.most / columns) * cell.down + pad;
    });
    column.height = top - y + pad;
    return column;
  }

  // The box of an instance, into `out`.
  instance(at, out = {}) {
    const fleet = this.cells[this.run.fleetOf[at]], slot = this.run.instanceSlot[at], cell = fleet.cell;
    out.x = fleet.x + (slot % fleet.columns) * cell.across;
    out.y = fleet.y + Math.floor(slot / fleet.columns) * cell.down;
    out.width = cell.width;
    out.height = cell.height;
    return out;
  }

  // Where a task's block is, into `out`; false: out of sight.
  block(task, isPlaced, out) {
    const run = this.run, size = this.size;
    if (!isPlaced) {
      const slot = run.waitSlot[task], grid = this.waiting;
      if (slot < 0 || !grid || slot >= grid.room) return false;
      out.x = grid.x + this.pad + (slot % grid.columns) * size;
      out.y = grid.y + this.pad + Math.floor(slot / grid.columns) * size;
      return true;
    }
    const slot = run.slot[task], fargate = run.fargateOf[task];
    if (slot < 0) return false;
    if (fargate >= 0) {
      const box = this.boxes[fargate];
      out.x = box.x + this.pad + (slot % box.columns) * size;
      out.y = box.y + this.pad + Math.floor(slot / box.columns) * size;
      return true;
    }
    const columns = this.cells[run.fleetOf[run.data.tasks.instance[task]]].cell.columns;
    this.instance(run.data.tasks.instance[task], out);
    out.x += this.inner + (slot % columns) * size;
    out.y += this.inner + Math.floor(slot / columns) * size;
    return true;
  }
}
