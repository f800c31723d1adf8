// What the columns say: tasks with their states, instances, events, series; and an index by time.

const STATES = [
  "PROVISIONING", "PENDING", "ACTIVATING", "RUNNING",
  "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED",
];
const STOPPED = 7;
// Beside the states: a task that waited has its instance.
const PLACED = 8;
// Events between two keyframes of the index.
const KEYFRAME = 2048;

// The kinds of events, in the order of the data: name, row among the marks, mark.
const KINDS = [
  { name: "world or operator", row: 0, mark: "triangle", colour: 3 },
  { name: "deployment", row: 0, mark: "diamond", colour: 0 },
  { name: "tasks failed", row: 0, mark: "cross", colour: 4 },
  { name: "spot", row: 1, mark: "down", colour: 1 },
  { name: "alarm", row: 1, mark: "disc", colour: 4 },
  { name: "scaling", row: 2, mark: "bar", colour: 2 },
  { name: "capacity", row: 2, mark: "square", colour: 5 },
  { name: "launch refused", row: 1, mark: "dash", colour: 6 },
  { name: "schedule", row: 2, mark: "dot", colour: 6 },
];

// A text in which letters that can't be seen stand out: those that control, and those that turn the
// direction of all that follows.
function legible(text) {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

// The sums of a column of differences.
function summed(differences) {
  const out = new Float64Array(differences.length);
  let sum = 0;
  for (let i = 0; i < differences.length; i++) out[i] = sum += differences[i];
  return out;
}

// How many of the sorted values are at most `limit`.
function countUpTo(values, limit) {
  let low = 0, high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= limit) low = middle + 1; else high = middle;
  }
  return low;
}

// Slots of a box: whoever comes takes the lowest that is free, and keeps it.
class Slots {
  constructor() { this.free = []; this.used = 0; }

  take() {
    const heap = this.free;
    if (heap.length === 0) return this.used++;
    const least = heap[0], last = heap.pop();
    if (heap.length > 0) {
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && heap[child + 1] < heap[child]) child++;
        if (last <= heap[child]) break;
        heap[at] = heap[child];
        at = child;
      }
      heap[at] = last;
    }
    return least;
  }

  give(slot) {
    const heap = this.free;
    let at = heap.push(slot) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent] <= slot) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = slot;
  }
}

// The changes of all tasks in order of time.
function changesOf(tasks, created) {
  const time = [], task = [], code = [];
  let at = 0;
  const stops = new Float64Array(created.length).fill(Infinity);
  const first = new Int32Array(created.length);
  for (let i = 0; i < created.length; i++) {
    const pattern = tasks.patterns[tasks.pattern[i]];
    first[i] = at;
    let second = created[i];
    const placed = tasks.placed[i] > 0 ? second + tasks.placed[i] : Infinity;
    let isPlaced = placed === Infinity;
    for (let k = 0; k < pattern.length; k++) {
      if (k > 0) second += tasks.times[at++];
      if (!isPlaced && placed <= second) {
        time.push(placed); task.push(i); code.push(PLACED);
        isPlaced = true;
      }
      time.push(second); task.push(i); code.push(Number(pattern[k]));
      if (pattern[k] === "7") stops[i] = second;
    }
    if (!isPlaced) { time.push(placed); task.push(i); code.push(PLACED); }
  }
  // One number a change: its time, then its place among all.
  const room = 2 ** 22;
  const keys = new Float64Array(time.length);
  for (let k = 0; k < keys.length; k++) keys[k] = time[k] * room + k;
  keys.sort();
  const count = keys.length;
  const sorted = {
    time: new Float64Array(count), task: new Int32Array(count), code: new Uint8Array(count),
  };
  for (let k = 0; k < count; k++) {
    const from = keys[k] % room;
    sorted.time[k] = time[from];
    sorted.task[k] = task[from];
    sorted.code[k] = code[from];
  }
  return { changes: sorted, stops, first };
}

// The data as arrays that are drawn from.
class Run {
  constructor(data) {
    const tasks = data.tasks, instances = data.instances;
    this.data = data;
    this.end = data.end;
    this.setZone(false);
    this.count = tasks.owner.length;
    this.created = summed(tasks.created);
    const { changes, stops, first } = changesOf(tasks, this.created);
    this.changes = changes;
    this.stops = stops;
    this.firstTime = first;
    // What ends against the will of whoever asked for it: taken back, or failed.
    const wanted = /^(ServiceSchedulerInitiated|UserInitiated)/, over = /^EssentialContainerExited/;
    this.isLost = Uint8Array.from(tasks.stop, (stop, i) => {
      if (stop < 0) return 0;
      const words = tasks.stops[stop], isService = data.owners[tasks.owner[i]].kind === "service";
      if (wanted.test(words)) return /health check/i.test(words) ? 1 : 0;
      // The task of a program ends when its work is done.
      return over.test(words) && !isService ? 0 : 1;
    });
    this.instances = instances.ids.length;
    this.gone = Float64Array.from(instances.gone, (gone) => (gone < 0 ? Infinity : gone));
    this.lasts = Float64Array.from(this.gone);
    for (let i = 0; i < this.count; i++) {
      const at = tasks.instance[i];
      // What was on an instance is seen there until it is over.
      if (at >= 0 && this.lasts[at] < stops[i]) this.lasts[at] = stops[i];
    }
    const events = data.events;
    this.eventTime = summed(events.t);
    this.series = data.series.map((series) => ({
      time: summed(series.t), desired: series.desired, running: series.running,
      pending: series.pending, loadTime: summed(series.loadT), load: series.load,
    }));
    this.stories = {
      tasks: new Map(data.stories.tasks[0].map((at, k) => [at, data.stories.tasks[1][k]])),
      instances: new Map(
        data.stories.instances[0].map((at, k) => [at, data.stories.instances[1][k]])),
    };
    this.states = new ZoneStates(data, this.eventTime);
    this.makeBoxes();
    this.makeSlots();
    this.makeKeyframes();
  }

  // Whether a task waits for an instance before it has one.
  waitsAtFirst(task) {
    const tasks = this.data.tasks;
    if (this.data.providers[tasks.provider[task]].fargate) return false;
    return tasks.instance[task] < 0 || tasks.placed[task] > 0;
  }

  // Fargate's capacity: a box for each zone and provider that had a task; and each instance.
  makeBoxes() {
    const tasks = this.data.tasks, providers = this.data.providers.length;
    this.fargate = [];
    this.fargateOf = new Int32Array(this.count).fill(-1);
    const known = new Map();
    for (let i = 0; i < this.count; i++) {
      if (!this.data.providers[tasks.provider[i]].fargate) continue;
      const key = (tasks.zone[i] + 1) * providers + tasks.provider[i];
      if (!known.has(key)) {
        known.set(key, this.fargate.length);
        this.fargate.push({ zone: tasks.zone[i], provider: tasks.provider[i], most: 0 });
      }
      this.fargateOf[i] = known.get(key);
    }
  }

  makeSlots() {
    const { task, code } = this.changes, tasks = this.data.tasks;
    this.slot = new Int32Array(this.count).fill(-1);
    this.waitSlot = new Int32Array(this.count).fill(-1);
    const waiting = new Slots();
    const fargate = this.fargate.map(() => new Slots());
    const hosts = Array.from({ length: this.instances }, () => new Slots());
    const boxOf = (i) =>
      (this.fargateOf[i] >= 0 ? fargate[this.fargateOf[i]] : hosts[tasks.instance[i]]);
    const isIn = new Uint8Array(this.count);
    for (let k = 0; k < task.length; k++) {
      const i = task[k];
      if (code[k] === STOPPED) {
        if (isIn[i] === 1) waiting.give(this.waitSlot[i]);
        if (isIn[i] === 2) boxOf(i).give(this.slot[i]);
        isIn[i] = 3;
      } else if (code[k] === PLACED && isIn[i] === 1) {
        waiting.give(this.waitSlot[i]);
        this.slot[i] = boxOf(i).take();
        isIn[i] = 2;
      } else if (isIn[i] === 0) {
        const waits = this.waitsAtFirst(i);
        if (waits) this.waitSlot[i] = waiting.take(); else this.slot[i] = boxOf(i).take();
        isIn[i] = waits ? 1 : 2;
      }
    }
    this.waitingMost = waiting.used;
    this.fargate.forEach((box, at) => { box.most = fargate[at].used; });
    this.hostMost = hosts.map((slots) => slots.used);
    this.placeInstances();
  }

  // Instances of a group in a zone stand in a grid; who comes takes the first free place.
  placeInstances() {
    const instances = this.data.instances;
    const ends = [];
    for (let at = 0; at < this.instances; at++) {
      ends.push([instances.launched[at], 1, at]);
      if (this.lasts[at] !== Infinity) ends.push([Math.max(this.lasts[at], instances.launched[at]), 0, at]);
    }
    ends.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    const known = new Map();
    this.fleets = [];
    this.fleetOf = new Int32Array(this.instances);
    this.instanceSlot = new Int32Array(this.instances);
    const slots = [];
    for (const [, comes, at] of ends) {
      const key = instances.zone[at] + ":" + instances.group[at];
      if (!known.has(key)) {
        known.set(key, this.fleets.length);
        this.fleets.push({ zone: instances.zone[at], group: instances.group[at], most: 0, room: 1 });
        slots.push(new Slots());
      }
      const fleet = known.get(key);
      this.fleetOf[at] = fleet;
      this.fleets[fleet].room = Math.max(this.fleets[fleet].room, this.hostMost[at]);
      if (comes) this.instanceSlot[at] = slots[fleet].take();
      else slots[fleet].give(this.instanceSlot[at]);
      this.fleets[fleet].most = slots[fleet].used;
    }
  }

  makeKeyframes() {
    this.state = new Uint8Array(this.count).fill(STOPPED);
    this.isPlaced = new Uint8Array(this.count);
    this.live = new Int32Array(this.count);
    this.livePosition = new Int32Array(this.count).fill(-1);
    this.liveCount = 0;
    this.position = 0;
    this.keyframes = [];
    const count = this.changes.task.length;
    for (let k = 0; k <= count; k += KEYFRAME) {
      this.apply(k, null);
      const live = this.live.slice(0, this.liveCount);
      this.keyframes.push({
        live, state: Uint8Array.from(live, (i) => this.state[i]),
        placed: Uint8Array.from(live, (i) => this.isPlaced[i]),
      });
    }
    this.seek(0, null);
  }

  // Carries out the changes up to a position; tells each to `heard`, if that is asked.
  apply(until, heard) {
    const { task, code } = this.changes;
    for (let k = this.position; k < until; k++) {
      const i = task[k], now = code[k];
      if (now === PLACED) {
        this.isPlaced[i] = 1;
        if (heard) heard(i, PLACED);
        continue;
      }
      const before = this.state[i];
      this.state[i] = now;
      if (before === STOPPED && now !== STOPPED) {
        this.livePosition[i] = this.liveCount;
        this.live[this.liveCount++] = i;
        this.isPlaced[i] = this.waitsAtFirst(i) ? 0 : 1;
        if (heard) heard(i, now);
      } else if (now === STOPPED && before !== STOPPED) {
        if (heard) heard(i, now);
        this.leave(i);
      }
    }
    this.position = Math.max(this.position, until);
  }

  leave(i) {
    const at = this.livePosition[i], last = this.live[--this.liveCount];
    this.live[at] = last;
    this.livePosition[last] = at;
    this.livePosition[i] = -1;
  }

  // Goes to an instant: on from here if that is near, else from the keyframe before it.
  seek(second, heard) {
    const target = countUpTo(this.changes.time, second);
    if (target >= this.position && target - this.position <= 2 * KEYFRAME) {
      this.apply(target, heard);
      return;
    }
    for (let k = 0; k < this.liveCount; k++) {
      this.state[this.live[k]] = STOPPED;
      this.livePosition[this.live[k]] = -1;
    }
    const at = Math.min(Math.floor(target / KEYFRAME), this.keyframes.length - 1);
    const keyframe = this.keyframes[at];
    this.liveCount = keyframe.live.length;
    keyframe.live.forEach((i, k) => {
      this.live[k] = i;
      this.livePosition[i] = k;
      this.state[i] = keyframe.state[k];
      this.isPlaced[i] = keyframe.placed[k];
    });
    this.position = at * KEYFRAME;
    this.apply(target, null);
  }

  // What an owner (or all, -1) wants and has.
  counts(owner, second) {
    const out = { desired: 0, running: 0, pending: 0, load: 0 };
    this.series.forEach((series, at) => {
      if (owner >= 0 && owner !== at) return;
      const k = countUpTo(series.time, second) - 1;
      if (k >= 0) {
        out.desired += series.desired[k];
        out.running += series.running[k];
        out.pending += series.pending[k];
      }
      const l = countUpTo(series.loadTime, second) - 1;
      if (l >= 0) out.load += series.load[l] / 60;
    });
    return out;
  }

  // A task's states: name and second each.
  history(task) {
    const tasks = this.data.tasks, pattern = tasks.patterns[tasks.pattern[task]];
    let second = this.created[task], at = this.firstTime[task];
    const out = [];
    for (let k = 0; k < pattern.length; k++) {
      if (k > 0) second += tasks.times[at++];
      out.push({ state: STATES[Number(pattern[k])], second });
    }
    return out;
  }

  // A sentence of the words: its kind and its text.
  line(number) {
    const words = this.data.words, [kind, template, ...fills] = words.lines[number];
    let next = 0;
    const text = words.templates[template].replace(/\u0001/g, () => {
      const fill = fills[next++];
      return fill < 0 ? words.fills[-1 - fill] : String(fill);
    });
    return { kind, text };
  }

  story(number) {
    return this.data.stories.lines[number].map((line) => this.line(line));
  }

  taskId(task) {
    return this.data.tasks.ids.slice(8 * task, 8 * task + 8);
  }

  // Whose clocks are read: those of the scenario's zone, or UTC's.
  setZone(isUtc) {
    this.zone = isUtc ? "UTC" : this.data.zone;
    this.offsets = isUtc ? [[0, 0]] : this.data.offsets;
  }

  // What those clocks show at a second.
  local(second, offsets = this.offsets) {
    let offset = 0;
    for (const [from, seconds] of offsets) if (from <= second) offset = seconds;
    return new Date((this.data.start + second + offset) * 1000);
  }

  clock(second, withSeconds = true) {
    const at = this.local(Math.floor(second)).toISOString();
    return at.slice(0, 10) + " " + at.slice(11, withSeconds ? 19 : 16);
  }

  // As a command is asked: by the scenario's own clocks.
  ownClock(second) {
    return this.local(Math.floor(second), this.data.offsets).toISOString().slice(0, 19).replace("T", " ");
  }
}
