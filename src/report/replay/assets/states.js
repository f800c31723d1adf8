// How zones are: whether one is out, what its Spot pools offer.

// What a pool of Spot offers, in the order of the data.
const REGIMES = ["calm", "tight", "empty"];

class ZoneStates {
  // `data.spot`: from which second on, zone, group (-1: Fargate), how many of how many pools are
  // tight and empty.
  constructor(data, eventTime) {
    const events = data.events;
    this.outages = Array.from(events.until.keys())
      .filter((k) => events.until[k] >= 0 && events.zone[k] >= 0 && events.kind[k] === 0)
      .map((k) => ({ zone: events.zone[k], from: eventTime[k], until: events.until[k] }));
    this.spot = new Map();
    const spot = data.spot || { t: [], zone: [], group: [], tight: [], empty: [], of: [] };
    const at = summed(spot.t), changes = [];
    for (let k = 0; k < at.length; k++) {
      const key = spot.zone[k] + ":" + spot.group[k];
      if (!this.spot.has(key)) this.spot.set(key, { at: [], state: [] });
      const of = this.spot.get(key);
      of.at.push(at[k]);
      of.state.push({ tight: spot.tight[k], empty: spot.empty[k], of: spot.of[k] });
      changes.push(at[k]);
    }
    this.hasFargate = spot.group.includes(-1);
    for (const outage of this.outages) changes.push(outage.from, outage.until);
    this.changes = Float64Array.from(changes).sort();
    this.known = null;
  }

  // The states at a second: the same object until one changes.
  at(second) {
    const at = countUpTo(this.changes, second);
    if (!this.known || this.known.number !== at) this.known = new StatesAt(this, second, at);
    return this.known;
  }

  spotOf(zone, group, second) {
    const of = this.spot.get(zone + ":" + group);
    const k = of ? countUpTo(of.at, second) - 1 : -1;
    return k < 0 ? null : of.state[k];
  }
}

class StatesAt {
  constructor(states, second, number) {
    this.states = states;
    this.second = second;
    this.number = number;
  }

  isOut(zone) {
    return this.states.outages.some((it) => it.zone === zone && it.from <= this.second && this.second < it.until);
  }

  // Fargate Spot in a zone: words, and how bad it is by position in REGIMES.
  fargate(zone) {
    const state = this.states.spotOf(zone, -1, this.second);
    if (!state) return null;
    const level = state.empty ? 2 : state.tight ? 1 : 0;
    return { text: "Spot " + REGIMES[level], level };
  }

  // A group's pools in a zone; null: all are calm, or it has none.
  group(zone, group) {
    const state = this.states.spotOf(zone, group, this.second);
    if (!state || state.tight + state.empty === 0) return null;
    const level = state.empty ? 2 : 1, many = state.empty || state.tight;
    const share = state.of === 1 ? "" : many === state.of ? "all " : many + " of " + state.of + " ";
    return { text: "Spot " + share + REGIMES[level], level };
  }

  // In a sentence, for who does not see it.
  words(data) {
    const said = [];
    data.zones.forEach((name, zone) => {
      if (this.isOut(zone)) said.push(name + " is out");
      const fargate = this.fargate(zone);
      if (fargate && fargate.level > 0) said.push("Fargate " + fargate.text + " in " + name);
      data.groups.forEach((group, at) => {
        const state = this.group(zone, at);
        if (state) said.push(state.text + " for " + group + " in " + name);
      });
    });
    return said;
  }
}
