// Where everything stands: zones as columns, capacity as boxes in them, blocks in the boxes.

const HEADER = 20;
const LABEL = 15;
const PAD = 4;
const GAP = 8;
// The narrowest column that is still read.
const COLUMN_MIN = 96;
// The largest and the smallest block.
const BLOCKS = [30, 26, 22, 20, 18, 16, 14, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3.5, 3, 2.5, 2];

// A grid of `most` blocks of a size in a width.
function gridOf(most, size, width) {
  const columns = Math.max(1, Math.min(most, Math.floor((width - 2 * PAD) / size)));
  const rows = Math.max(1, Math.ceil(most / columns));
  return { columns, rows, height: rows * size + 2 * PAD };
}

// An instance's box for so many blocks.
function cellOf(room, size, width) {
  const fit = Math.max(1, Math.floor((width - 2 * PAD) / size));
  const columns = Math.min(fit, Math.max(1, Math.ceil(Math.sqrt(1.5 * room))));
  const rows = Math.ceil(room / columns);
  return {
    columns,
    width: Math.max(12, columns * size + 5),
    height: Math.max(12, rows * size + 5),
  };
}

class Layout {
  constructor(run, width, heightMost) {
    this.run = run;
    this.width = width;
    for (const size of BLOCKS) {
      this.size = size;
      this.arrange();
      if (this.height <= heightMost) break;
    }
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
    const zones = this.zones();
    let top = 0;
    this.waiting = null;
    if (this.run.waitingMost > 0) {
      const grid = gridOf(this.run.waitingMost, this.size, this.width);
      const rows = Math.min(grid.rows, 4);
      this.waiting = { x: 0, y: LABEL, ...grid, width: this.width, height: rows * this.size + 2 * PAD, room: rows * grid.columns };
      top = LABEL + this.waiting.height + GAP;
    }
    const each = Math.max(1, Math.min(zones.length, Math.floor((this.width + GAP) / (COLUMN_MIN + GAP))));
    const width = (this.width - GAP * (each - 1)) / each;
    this.columns = [];
    this.boxes = [];
    this.cells = [];
    this.labels = [];
    for (let first = 0; first < zones.length; first += each) {
      const row = zones.slice(first, first + each).map((zone, at) =>
        this.column(zone, at * (width + GAP), top, width));
      const height = Math.max(...row.map((column) => column.height));
      row.forEach((column) => { column.height = height; });
      this.columns.push(...row);
      top += height + GAP;
    }
    this.height = top - GAP + 2;
  }

  column(zone, x, y, width) {
    const column = { zone, x, y, width, height: 0 };
    let top = y + HEADER;
    const inner = width - 2 * PAD;
    this.run.fargate.forEach((box, at) => {
      if (box.zone !== zone) return;
      const grid = gridOf(box.most, this.size, inner);
      this.labels.push({ x: x + PAD, y: top, width: inner, provider: box.provider });
      top += LABEL;
      this.boxes[at] = { x: x + PAD, y: top, width: inner, ...grid };
      top += grid.height + PAD;
    });
    this.run.fleets.forEach((fleet, at) => {
      if (fleet.zone !== zone) return;
      const cell = cellOf(fleet.room, this.size, inner);
      const columns = Math.max(1, Math.floor((inner + 3) / (cell.width + 3)));
      this.labels.push({ x: x + PAD, y: top, width: inner, group: fleet.group });
      top += LABEL;
      this.cells[at] = { x: x + PAD, y: top, cell, columns };
      top += Math.ceil(fleet.most / columns) * (cell.height + 3) + PAD;
    });
    column.height = top - y + PAD;
    return column;
  }

  // The box of an instance.
  instance(at) {
    const fleet = this.cells[this.run.fleetOf[at]], slot = this.run.instanceSlot[at];
    const { cell, columns } = fleet;
    return {
      x: fleet.x + (slot % columns) * (cell.width + 3),
      y: fleet.y + Math.floor(slot / columns) * (cell.height + 3),
      width: cell.width, height: cell.height, columns: cell.columns,
    };
  }

  // Where a task's block is, into `out`; false: out of sight.
  block(task, isPlaced, out) {
    const run = this.run, size = this.size;
    if (!isPlaced) {
      const slot = run.waitSlot[task], grid = this.waiting;
      if (slot < 0 || !grid || slot >= grid.room) return false;
      out.x = grid.x + PAD + (slot % grid.columns) * size;
      out.y = grid.y + PAD + Math.floor(slot / grid.columns) * size;
      return true;
    }
    const slot = run.slot[task], fargate = run.fargateOf[task];
    if (slot < 0) return false;
    if (fargate >= 0) {
      const box = this.boxes[fargate];
      out.x = box.x + PAD + (slot % box.columns) * size;
      out.y = box.y + PAD + Math.floor(slot / box.columns) * size;
      return true;
    }
    const at = run.data.tasks.instance[task];
    const fleet = this.cells[run.fleetOf[at]], cell = fleet.cell, place = run.instanceSlot[at];
    out.x = fleet.x + (place % fleet.columns) * (cell.width + 3) + 3 + (slot % cell.columns) * size;
    out.y = fleet.y + Math.floor(place / fleet.columns) * (cell.height + 3) + 3 +
      Math.floor(slot / cell.columns) * size;
    return true;
  }
}
