/**
 * `npm run fuzz:h2 -- --cases 10000000 [--seed N] [--corpus DIR]`: docs/testing.md says what it does. Ends with 1 when
 * a case has failed; that case is written to `test/fuzz/h2/failures/`, where the tests replay it.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { corpus } from "./corpus.js";
import { fuzz } from "./fuzz.js";
import { written } from "./fuzz-case.js";
import { recordings } from "./record.js";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    corpus: { type: "string" },
    failures: { type: "string", default: "1" },
    record: { type: "boolean", default: false },
  },
});
const cases = Number(values.cases);
const seed = Number(values.seed);
const begun = performance.now();
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

let saidAt = begun;
const progress = (done: number, failed: number): void => {
  const now = performance.now();
  if (now - saidAt < 10_000 && done < cases) return;
  saidAt = now;
  const perSecond = Math.round((done / (now - begun)) * 1_000);
  say(
    `${done} cases, ${failed} failed, ${perSecond} a second, ${mib(process.memoryUsage().rss)} MiB resident`,
  );
};

if (values.record) {
  for (const [name, bytes] of Object.entries(await recordings())) {
    writeFileSync(
      `test/fuzz/h2/corpus/${name}.hex`,
      `${bytes.toString("hex").replaceAll(/.{100}/g, "$&\n")}\n`,
    );
    say(`${name}: ${bytes.length} bytes`);
  }
  process.exit();
}

say(`${cases} cases from seed ${seed}`);
const failures = await fuzz({
  cases,
  seed,
  corpus: corpus(values.corpus),
  mostFailures: Number(values.failures),
  progress,
});
for (const failure of failures) {
  const file = `test/fuzz/h2/failures/${failure.seed}.json`;
  writeFileSync(file, written(failure.case));
  say(`seed ${failure.seed} failed: ${failure.words}\n  kept as ${file}`);
}
if (failures.length === 0) say("none failed");
process.exitCode = failures.length === 0 ? 0 : 1;
