// The blocks: each frame those that changed since the last are wiped and drawn, and no others.

// How long a block takes to come, to move and to go, in milliseconds.
const MOVE_MS = 280;
// Blocks that may be on the move at once; more would only blur.
const MOVES_MAX = 400;
// Looks of a block: nothing, then for every colour, tone and stage one, and as many of lost ones.
const STAGES = 3, LOST = 48, LOOKS = 1 + 2 * LOST, MOVING = 255;

class Blocks {
  constructor(run, canvas, air) {
    this.run = run;
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    // Flies over the others: what goes from the strip of those that wait to its place.
    this.air = air;
    this.airContext = air.getContext("2d");
    // What is drawn of each task, whether at its place, and of whom anything is drawn.
    this.look = new Uint8Array(run.count);
    this.isPlaced = new Uint8Array(run.count);
    this.drawn = new Int32Array(run.count);
    this.count = 0;
    this.changed = new Int32Array(run.count);
    this.sorted = new Int32Array(run.count);
    this.moves = new Map();
    this.ghosts = new Map();
    this.at = { x: 0, y: 0 };
    this.own = Uint8Array.from(run.data.tasks.owner, (owner, i) =>
      1 + ((owner % 8) * 2 + (run.data.tasks.deployment[i] % 2)) * STAGES);
  }

  resize(layout) {
    this.layout = layout;
    for (const canvas of [this.canvas, this.air]) {
      canvas.width = layout.width;
      canvas.height = layout.height;
    }
    this.isAirEmpty = true;
    this.forget();
  }

  // All is to be drawn anew.
  forget() {
    this.colours = null;
    this.stopMoving();
  }

  isMoving() { return this.moves.size + this.ghosts.size > 0; }

  stopMoving() {
    for (const i of this.moves.keys()) this.unsettle(i);
    for (const ghost of this.ghosts.values()) this.wipe(ghost);
    this.moves.clear();
    this.ghosts.clear();
    this.position = -1;
  }

  // What is drawn of a task is not what it looks like.
  unsettle(i) {
    if (this.look[i]) this.look[i] = MOVING;
  }

  // A change that is seen: a block comes, moves from the strip, or goes.
  hear(task, code, now) {
    if (this.moves.size + this.ghosts.size > MOVES_MAX) return;
    if (code === STOPPED) {
      this.moves.delete(task);
      if (!this.layout.block(task, this.run.isPlaced[task], this.at)) return;
      const { x, y } = this.at;
      this.ghosts.set(y * 65536 + x, { x, y, since: now });
    } else if (code === PLACED) {
      const from = { x: 0, y: 0 };
      if (this.layout.block(task, 0, from)) this.moves.set(task, { since: now, from });
    } else if (code === 0) {
      this.moves.set(task, { since: now, from: null });
    }
  }

  lookOf(i) {
    const state = this.run.state[i], stage = state < 3 ? 0 : state === 3 ? 1 : 2;
    return this.own[i] + stage + (stage === 2 && this.run.isLost[i] ? LOST : 0);
  }

  wipe({ x, y }) { this.context.clearRect(x, y, this.layout.size, this.layout.size); }

  draw(now, colours) {
    const { run, look, drawn, changed } = this;
    if (colours !== this.colours) {
      this.colours = colours;
      this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
      look.fill(0);
      this.count = 0;
      this.moves.clear();
      this.ghosts.clear();
      this.position = -1;
    }
    const isMoving = this.isMoving();
    // Where no task changed nothing is asked of nine thousand.
    if (run.position === this.position && !isMoving) {
      this.clearAir();
      this.showAir();
      return 0;
    }
    this.position = run.position;
    // First all that is not so any more is wiped, then what is new is drawn: a place may change hands.
    for (let k = 0; k < this.count; k++) {
      const i = drawn[k];
      const stays = run.livePosition[i] >= 0 && look[i] === this.lookOf(i) && this.isPlaced[i] === run.isPlaced[i] &&
        !(isMoving && this.moves.has(i));
      if (stays) continue;
      if (this.layout.block(i, this.isPlaced[i], this.at)) this.wipe(this.at);
      look[i] = 0;
    }
    let more = 0;
    for (let k = 0; k < run.liveCount; k++) {
      const i = run.live[k];
      drawn[k] = i;
      if (look[i] === 0) changed[more++] = i;
    }
    this.count = run.liveCount;
    if (isMoving) this.drawGhosts(now);
    this.drawChanged(more, now);
    this.showAir();
    return more;
  }

  // Those alike together: a change of colour costs more than a block.
  drawChanged(more, now) {
    const { run, changed, sorted, look } = this, starts = new Int32Array(LOOKS + 1);
    for (let k = 0; k < more; k++) starts[this.lookOf(changed[k]) + 1]++;
    for (let s = 0; s < LOOKS; s++) starts[s + 1] += starts[s];
    const next = starts.slice();
    for (let k = 0; k < more; k++) sorted[next[this.lookOf(changed[k])]++] = changed[k];
    this.clearAir();
    for (let s = 1; s < LOOKS; s++) {
      if (starts[s] === starts[s + 1]) continue;
      const way = (s - 1) % LOST, stage = way % STAGES, pair = (way - stage) / STAGES;
      const colour = (pair % 2 ? this.colours.lighter : this.colours.owners)[pair >> 1];
      this.context.fillStyle = this.airContext.fillStyle = colour;
      for (let k = starts[s]; k < starts[s + 1]; k++) {
        const i = sorted[k];
        look[i] = s;
        this.isPlaced[i] = run.isPlaced[i];
        if (!this.layout.block(i, run.isPlaced[i], this.at)) continue;
        if (this.ghosts.size > 0 && this.ghosts.delete(this.at.y * 65536 + this.at.x)) this.wipe(this.at);
        if (this.moves.size > 0 && this.drawMoving(i, stage, now)) continue;
        this.paint(this.context, this.at.x, this.at.y, this.layout.side, stage);
        if (s > LOST) this.outline(this.at, colour);
      }
    }
  }

  // Draws a block on its way; false: it has arrived, or was not on any.
  drawMoving(i, stage, now) {
    const move = this.moves.get(i);
    if (!move) return false;
    const { at, layout } = this, share = (now - move.since) / MOVE_MS, eased = share * (2 - share);
    if (share >= 1) {
      this.moves.delete(i);
      return false;
    }
    this.look[i] = MOVING;
    if (move.from) {
      const between = (a, b) => Math.round(a + (b - a) * eased);
      this.paint(this.airContext, between(move.from.x, at.x), between(move.from.y, at.y), layout.side, stage);
      this.isAirEmpty = false;
      return true;
    }
    const grown = Math.max(1, Math.round(layout.side * (0.3 + 0.7 * eased))), shift = (layout.side - grown) >> 1;
    this.paint(this.context, at.x + shift, at.y + shift, grown, stage);
    return true;
  }

  clearAir() {
    if (this.isAirEmpty) return;
    this.airContext.clearRect(0, 0, this.air.width, this.air.height);
    this.isAirEmpty = true;
  }

  // A canvas that has nothing is none to be laid over the others.
  showAir() {
    const shown = this.isAirEmpty ? "hidden" : "visible";
    if (this.air.style.visibility !== shown) this.air.style.visibility = shown;
  }

  paint(context, x, y, side, stage) {
    if (stage === 1) { context.fillRect(x, y, side, side); return; }
    const half = side >> 1;
    if (stage === 2) {
      // On its way out: its lower half only, with a post.
      context.fillRect(x, y + half, side, side - half);
      context.fillRect(x, y, Math.max(1, Math.round(side / 8)), half);
      return;
    }
    // On its way to RUNNING: hollow.
    const edge = Math.max(1, Math.round(side > 7 ? 1.6 * this.layout.ratio : side / 4));
    if (side < 3) { context.fillRect(x, y, 1, 1); return; }
    context.fillRect(x, y, side, edge);
    context.fillRect(x, y + side - edge, side, edge);
    context.fillRect(x, y + edge, edge, side - 2 * edge);
    context.fillRect(x + side - edge, y + edge, edge, side - 2 * edge);
  }

  // Within the block, so that it is wiped with it.
  outline({ x, y }, colour) {
    const { context, layout } = this, side = layout.side;
    const edge = side > 7 * layout.ratio ? Math.max(1, Math.round(1.6 * layout.ratio)) : 1;
    context.fillStyle = this.colours.bad;
    context.fillRect(x, y, side, edge);
    context.fillRect(x, y + side - edge, side, edge);
    context.fillRect(x, y, edge, side);
    context.fillRect(x + side - edge, y, edge, side);
    context.fillStyle = colour;
  }

  // What has gone shrinks away where it was, unless another has come there.
  drawGhosts(now) {
    const { context, layout } = this;
    context.fillStyle = this.colours.muted;
    for (const [key, ghost] of this.ghosts) {
      const share = (now - ghost.since) / MOVE_MS;
      this.wipe(ghost);
      if (share >= 1) { this.ghosts.delete(key); continue; }
      const side = Math.max(1, Math.round(layout.side * (1 - share))), shift = (layout.side - side) >> 1;
      context.globalAlpha = 0.6 * (1 - share);
      context.fillRect(ghost.x + shift, ghost.y + shift, side, side);
    }
    context.globalAlpha = 1;
  }
}
