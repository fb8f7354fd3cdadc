// The samples of one table: every peer once a round, so that what disturbs the machine disturbs all of them.
import { median, spread } from "../statistics.mjs";

export class Samples {
  #samples = new Map();

  get names() {
    return [...this.#samples.keys()];
  }

  add(name, sample) {
    if (!this.#samples.has(name)) this.#samples.set(name, []);
    this.#samples.get(name).push(sample);
  }

  all(name) {
    return this.#samples.get(name);
  }

  values(name, field) {
    return this.all(name).map((sample) => sample[field]);
  }

  median(name, field) {
    return median(this.values(name, field));
  }

  spread(name, field) {
    return spread(this.values(name, field));
  }

  /** Of the same round each; `value` is the median and `spread` its trustworthiness in percent. */
  ratio(name, base, field) {
    const bases = this.values(base, field);
    const ratios = this.values(name, field).map((value, i) => value / bases[i]);
    return { value: median(ratios), spread: spread(ratios) };
  }
}

/** For rows that are steadier or dearer than most. */
export const fewer = (rounds, by) => Math.max(Math.min(3, rounds), rounds - by);

/** Measures each peer once per round. Each round begins with another one. */
export async function interleave(peers, rounds, measure) {
  const samples = new Samples();
  for (let round = 0; round < rounds; round += 1) {
    const first = round % peers.length;
    for (const peer of [...peers.slice(first), ...peers.slice(0, first)])
      samples.add(peer.name, await measure(peer, round));
  }
  return samples;
}
