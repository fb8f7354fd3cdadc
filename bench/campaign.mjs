// npm run campaign: connections are swallowed, cut, corrupted, stalled and throttled, gateways and processes stop and
// come back, about five times a second. Does everything come back, is nothing lost or wrong, does no process crash,
// hang or grow? Ends by itself; exit code 1 when an invariant of docs/campaign.md does not hold.
// Options: --minutes N (20), --transport NAME (h2), --proxy (the pair with TLS dials through an HTTP proxy with a
// password), --rounds N (so many short ones instead of minutes), --workers N (0), --seed N, --faults PER_SECOND (5),
// --json FILE.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Pair } from "./campaign/pair.mjs";
import { median } from "./statistics.mjs";

const longRoundMs = 20_000;
const shortRoundMs = 600;
const mb = 2 ** 20;
/** Between the first and the last third of a campaign that is long enough to tell. */
const heapGrowthLimitMb = {
  runtime: 6,
  // It remembers the ids of its last 200,000 answers, at about 80 bytes each.
  gateway: 6 + 16,
};
const leastMinutesForGrowth = 10;
const residentLimitMb = 600;

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "20" },
    rounds: { type: "string" },
    transport: { type: "string", default: "h2" },
    proxy: { type: "boolean", default: false },
    workers: { type: "string", default: "0" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
    faults: { type: "string", default: "5" },
    json: { type: "string" },
  },
});

/** The number of an option; throws when it is none or below what makes sense. */
function numberOf(name, least) {
  const value = Number(options[name]);
  if (Number.isFinite(value) && value >= least) return value;
  throw new Error(`--${name} must be a number of at least ${least}; got "${options[name]}".`);
}

const minutes = numberOf("minutes", 0.1);
const rounds = options.rounds === undefined ? Number.POSITIVE_INFINITY : numberOf("rounds", 1);
const roundMs = options.rounds === undefined ? longRoundMs : shortRoundMs;
/** Rounds are told of one in so many. */
const toldEvery = options.rounds === undefined ? 1 : 25;
const workers = numberOf("workers", 0);
const seed = numberOf("seed", 0);
const faultsPerSecond = numberOf("faults", 0.1);

/** A small generator of random numbers that starts from a seed (Mulberry32), so that a run can be had again. */
function seeded(start) {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const begun = performance.now();
const minutesSince = () => (performance.now() - begun) / 60_000;
const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);

const memoryOf = ({ heapUsed, rss }) =>
  `${(heapUsed / mb).toFixed(1)} MB heap, ${(rss / mb).toFixed(0)} MB resident`;

function describe(pair, { runtime, gateway }) {
  console.log(
    `${minutesSince().toFixed(1).padStart(5)} min  ${pair.name}: ${sum(pair.faults)} faults  ${gateway.answered} of ${gateway.asked} answered  ${gateway.streamsOpened} streams  runtime ${memoryOf(runtime)}  gateway ${memoryOf(gateway)}  longest block ${runtime.blockedMs} ms`,
  );
}

/** What does not hold after a round. */
function faultsOfRound({ notBack, gateway }) {
  return [
    notBack.length > 0 && `not back: ${notBack.slice(0, 5).join("; ")}`,
    sum(gateway.lost) > 0 && `requests were not answered with success: ${JSON.stringify(gateway.lost)}`,
    gateway.wrong > 0 && `${gateway.wrong} answers are not those of their requests`,
    gateway.unknownAnswers > 0 && `${gateway.unknownAnswers} answers are to requests that nobody made`,
    gateway.answered === 0 && "nothing was answered",
  ].filter(Boolean);
}

/** What does not hold over the whole campaign. */
function faultsOfAll(samples) {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const grownMb = (name) => {
    const heap = (some) => median(some.map((sample) => sample[name].heapUsed / mb));
    return heap(samples.slice(-third)) - heap(samples.slice(0, third));
  };
  const grown = ["runtime", "gateway"].map((name) => {
    const limit = heapGrowthLimitMb[name];
    const isTooMuch = minutes >= leastMinutesForGrowth && grownMb(name) > limit;
    return (
      isTooMuch && `the ${name}'s heap grew by ${grownMb(name).toFixed(1)} MB (limit ${heapGrowthLimitMb})`
    );
  });
  const resident = Math.max(
    ...samples.map(({ runtime, gateway }) => Math.max(runtime.rss, gateway.rss) / mb),
  );
  return [
    ...grown,
    resident > residentLimitMb && `${resident.toFixed(0)} MB were resident (limit ${residentLimitMb})`,
  ].filter(Boolean);
}

const goesOn = (done) => (rounds === Number.POSITIVE_INFINITY ? minutesSince() < minutes : done < rounds);

async function campaign(pair) {
  const samples = [];
  const failures = [];
  try {
    await pair.start();
    while (goesOn(samples.length) && failures.length === 0) {
      const found = await pair.round(roundMs, faultsPerSecond);
      samples.push(found);
      if (samples.length % toldEvery === 0) describe(pair, found);
      failures.push(...faultsOfRound(found));
    }
    failures.push(...faultsOfAll(samples));
  } catch (error) {
    failures.push(error.message);
  } finally {
    await pair.end();
  }
  return { name: pair.name, faults: pair.faults, failures, recent: pair.recent, samples };
}

const common = { transport: options.transport, workers };
const pairs = [
  new Pair("clear", { ...common, tls: false, random: seeded(seed) }),
  new Pair(options.proxy ? "tls through a proxy" : "tls", {
    ...common,
    tls: true,
    proxied: options.proxy,
    random: seeded(seed + 1),
  }),
];
console.log(
  `Node ${process.version}, ${options.transport}, ${workers} workers, ${options.rounds ? `${rounds} rounds` : `${minutes} minutes`}, seed ${seed}`,
);
const results = await Promise.all(pairs.map(campaign));
for (const { name, faults, failures, recent, samples } of results) {
  const last = samples.at(-1);
  console.log(`\n${name}: ${samples.length} rounds, ${sum(faults)} faults ${JSON.stringify(faults)}`);
  if (last)
    console.log(
      `${last.gateway.answered} of ${last.gateway.asked} requests answered, none twice to its caller; ${last.gateway.duplicateAnswers} came twice and were dropped`,
    );
  for (const failure of failures) console.error(`FAILED: ${name}: ${failure}`);
  if (failures.length > 0) console.error(`The last faults: ${recent}`);
}
if (options.json)
  writeFileSync(
    options.json,
    `${JSON.stringify({ node: process.version, minutes, seed, results }, null, 2)}\n`,
  );
process.exit(results.some(({ failures }) => failures.length > 0) ? 1 : 0);
