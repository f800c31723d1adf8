// The replay on paper: one moment of it as a still picture, and a sentence that says so.

// As wide as a page of paper has room for.
const PAPER_PX = 680;
// Moments that are looked at for the busiest.
const LOOKED_AT = 400;

class Paper {
  constructor(replay) {
    this.replay = replay;
    this.words = made("p", "still");
    replay.stage.before(this.words);
    // The picture and the line of time, each as one canvas: layers over one another are lost.
    this.picture = this.sheet(replay.stage);
    this.line = this.sheet(replay.scrubber);
    window.addEventListener("beforeprint", () => this.begin());
    window.addEventListener("afterprint", () => this.end());
  }

  sheet(after) {
    const canvas = made("canvas", "paper");
    canvas.setAttribute("aria-hidden", "true");
    after.after(canvas);
    return canvas;
  }

  // What stands at the start says little: where nobody went elsewhere, the moment with the most
  // tasks is shown.
  moment() {
    const { run, second } = this.replay;
    if (second > 0) return second;
    let best = 0, most = -1;
    for (let k = 0; k <= LOOKED_AT; k++) {
      const at = Math.floor((run.end * k) / LOOKED_AT), { running } = run.counts(-1, at);
      if (running > most) { most = running; best = at; }
    }
    return best;
  }

  // The browser waits for nothing here: what is to be on paper is drawn before this returns.
  begin() {
    const replay = this.replay;
    if (!replay.width || this.before) return;
    replay.pause();
    this.before = { second: replay.second, width: replay.width };
    // On paper it is light, whatever the screen shows.
    replay.root.classList.add("fcr-print");
    replay.restyle();
    replay.seek(this.moment());
    replay.resize(PAPER_PX);
    replay.paint(performance.now());
    const { ground, blocks } = replay.picture;
    this.compose(this.picture, [ground.canvas, blocks.canvas]);
    this.compose(this.line, [replay.timeline.canvas]);
    const context = this.line.getContext("2d"), ratio = replay.timeline.ratio;
    context.fillStyle = replay.colours.ink;
    context.fillRect(replay.timeline.x(replay.second) * ratio - 1, 0, 2, this.line.height);
    this.words.textContent = "The cluster at " + replay.time.textContent + ": " + replay.moment.textContent +
      ". This is a still picture: in a browser it plays, and tells why each task is where it is.";
  }

  compose(sheet, layers) {
    sheet.width = layers[0].width;
    sheet.height = layers[0].height;
    const context = sheet.getContext("2d");
    for (const layer of layers) context.drawImage(layer, 0, 0);
  }

  end() {
    const replay = this.replay, before = this.before;
    if (!before) return;
    this.before = null;
    replay.root.classList.remove("fcr-print");
    replay.restyle();
    replay.seek(before.second);
    replay.resize(before.width);
    // Of a window that changed meanwhile.
    replay.resize();
  }
}
