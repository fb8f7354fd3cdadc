// Times one piece of code in this process. Its parent gets the figures as the last line of output.
import { median, spread } from "../statistics.mjs";

const samples = 15;
const warmupMs = 200;
const sampleMs = 30;

/** Nanoseconds of one call of `work`, by the clock and of the processor, median of several samples after a warm-up. */
export function time(what, work) {
  let calls = 0;
  const until = performance.now() + warmupMs;
  for (; performance.now() < until; calls += 1) work();
  const perSample = Math.max(1, Math.round((calls / warmupMs) * sampleMs));
  const found = Array.from({ length: samples }, () => {
    const begun = performance.now();
    const before = process.cpuUsage();
    for (let i = 0; i < perSample; i += 1) work();
    const { user, system } = process.cpuUsage(before);
    return {
      ns: ((performance.now() - begun) * 1e6) / perSample,
      cpuNs: ((user + system) * 1e3) / perSample,
    };
  });
  const of = (field) => found.map((sample) => sample[field]);
  return { what, ns: median(of("ns")), cpuNs: median(of("cpuNs")), spread: spread(of("ns")) };
}

export function report(found) {
  console.log(JSON.stringify(found));
  process.exit();
}
