// The picture at an instant: what stands below, the blocks on it, what is chosen around them.

class Picture {
  constructor(run, stage) {
    this.run = run;
    this.stage = stage;
    this.canvas = this.layer("canvas");
    this.over = this.layer("canvas fcr-over");
    this.air = this.layer("canvas fcr-over");
    this.chosen = made("div", "chosen");
    this.chosen.hidden = true;
    stage.append(this.chosen);
    this.ground = new Ground(run, this.canvas);
    this.blocks = new Blocks(run, this.over, this.air);
    this.selected = null;
    this.at = { x: 0, y: 0 };
  }

  layer(kind) {
    const canvas = made("canvas", kind);
    if (kind !== "canvas") canvas.setAttribute("aria-hidden", "true");
    this.stage.append(canvas);
    return canvas;
  }

  resize(width, heightMost) {
    const ratio = this.ratio = window.devicePixelRatio || 1;
    this.layout = new Layout(this.run, width, heightMost, ratio);
    this.ground.resize(this.layout);
    this.blocks.resize(this.layout);
    for (const canvas of [this.canvas, this.over, this.air]) {
      canvas.style.width = this.layout.width / ratio + "px";
      canvas.style.height = this.layout.height / ratio + "px";
    }
  }

  isMoving() { return this.blocks.isMoving(); }

  draw(second, now, colours) {
    this.ground.draw(second, colours);
    const drawn = this.blocks.draw(now, colours);
    this.markChosen();
    return drawn;
  }

  // A frame around what is chosen.
  markChosen() {
    const { layout, run, at } = this, px = this.ratio, selected = this.selected && this.meant(this.selected);
    let box = null;
    if (selected && selected.task !== undefined && run.livePosition[selected.task] >= 0 &&
      layout.block(selected.task, run.isPlaced[selected.task], at)) {
      box = { x: at.x, y: at.y, width: layout.side, height: layout.side };
    } else if (selected && selected.instance !== undefined) {
      box = layout.instance(selected.instance);
    }
    const key = box ? [box.x, box.y, box.width, box.height].join() : "";
    if (key === this.chosenAt) return;
    this.chosenAt = key;
    this.chosen.hidden = !box;
    if (!box) return;
    this.chosen.style.transform = "translate(" + (box.x / px - 3) + "px," + (box.y / px - 3) + "px)";
    this.chosen.style.width = box.width / px + 6 + "px";
    this.chosen.style.height = box.height / px + 6 + "px";
  }

  // What an event is about, where that is seen.
  meant(selected) {
    if (selected.event === undefined) return selected;
    const events = this.run.data.events, whom = events.whom[selected.event];
    if (whom < 0) return null;
    return events.about[selected.event] === 4 ? { instance: whom } : events.about[selected.event] === 5 ? { task: whom } : null;
  }

  // What is at a place of the page: a task, else an instance.
  find(pageX, pageY, second) {
    const { layout, run, at } = this, instances = run.data.instances;
    const x = pageX * this.ratio, y = pageY * this.ratio, half = layout.size / 2;
    const slack = Math.max(0, (8 * this.ratio - layout.size) / 2);
    let found = null, nearest = Infinity;
    for (let k = 0; k < run.liveCount; k++) {
      const i = run.live[k];
      if (!layout.block(i, run.isPlaced[i], at)) continue;
      const far = Math.max(Math.abs(x - at.x - half), Math.abs(y - at.y - half));
      if (far <= half + slack && far < nearest) { nearest = far; found = { task: i }; }
    }
    if (found) return found;
    for (let k = 0; k < run.instances; k++) {
      if (second < instances.launched[k] || run.lasts[k] <= second) continue;
      const box = layout.instance(k, at);
      if (x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height) return { instance: k };
    }
    return null;
  }
}
