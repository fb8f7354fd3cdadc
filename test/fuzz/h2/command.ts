/**
 * `npm run fuzz:h2 -- --cases 10000000 [--seed N] [--jobs N] [--corpus DIR]`: docs/testing.md says what it does. A case
 * that fails is told at once and written to `test/fuzz/h2/failures/`, where the tests replay it; the command ends with 1.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { corpus } from "./corpus.js";
import { type FuzzFailure, fuzz, partsOf } from "./fuzz.js";
import { type FuzzCase, written } from "./fuzz-case.js";
import { recordings } from "./record.js";

/** What a thread is to do. */
interface Job {
  readonly cases: number;
  readonly seed: number;
  readonly corpus: string | undefined;
  /** Parts that were taken by now, by any thread. */
  readonly taken: Int32Array;
}

/** What a thread says. */
type Said = { readonly done: number } | { readonly failure: FuzzFailure };

/** The same cases run against two builds (`scripts/fuzz-h2.mjs`). */
type Runner = { readonly runCase: (fuzzCase: FuzzCase) => void };
const runner = (limits: FuzzCase["limits"]): Promise<Runner> =>
  import(new URL(`./run-case-${limits}.mjs`, import.meta.url).href);

async function work(job: Job, say: (said: Said) => void): Promise<void> {
  const runs = { real: await runner("real"), small: await runner("small") };
  await fuzz({
    corpus: corpus(job.corpus),
    run: (fuzzCase) => runs[fuzzCase.limits].runCase(fuzzCase),
    next: partsOf(job.seed, job.cases, job.taken),
    failed: (failure) => say({ failure }),
    done: (done) => say({ done }),
  });
}

async function command(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cases: { type: "string", default: "1000000" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      jobs: { type: "string", default: "1" },
      corpus: { type: "string" },
      failures: { type: "string", default: "1" },
      record: { type: "boolean", default: false },
    },
  });
  if (values.record) return record();
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const job: Job = { cases: Number(values.cases), seed: Number(values.seed), corpus: values.corpus, taken };
  const report = new Report(job, Number(values.failures));
  report.begin();
  const jobs = Number(values.jobs);
  if (jobs === 1) await work(job, (said) => report.hear(said));
  else await Promise.all(Array.from({ length: jobs }, () => thread(job, (said) => report.hear(said))));
  report.end();
}

function thread(job: Job, hear: (said: Said) => void): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: job });
  worker.on("message", hear);
  return new Promise((resolve, reject) => {
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** What is said of a run. */
class Report {
  readonly #job: Job;
  readonly #mostFailures: number;
  readonly #begun = performance.now();
  #saidAt = this.#begun;
  #done = 0;
  #failed = 0;

  constructor(job: Job, mostFailures: number) {
    this.#job = job;
    this.#mostFailures = mostFailures;
  }

  begin(): void {
    say(`${this.#job.cases} cases from seed ${this.#job.seed}`);
  }

  hear(said: Said): void {
    if ("failure" in said) return this.#fail(said.failure);
    this.#done += said.done;
    const now = performance.now();
    if (now - this.#saidAt < 10_000) return;
    this.#saidAt = now;
    this.#progress();
  }

  end(): void {
    this.#progress();
    if (this.#failed === 0) say("none failed");
    else process.exitCode = 1;
  }

  #progress(): void {
    const perSecond = Math.round((this.#done / (performance.now() - this.#begun)) * 1_000);
    const resident = (process.memoryUsage().rss / 2 ** 20).toFixed(0);
    say(`${this.#done} cases, ${this.#failed} failed, ${perSecond} a second, ${resident} MiB resident`);
  }

  #fail(failure: FuzzFailure): void {
    if (this.#failed >= this.#mostFailures) return;
    this.#failed += 1;
    // What came over from a thread is no Buffer any more.
    const bytes = Buffer.from(failure.case.bytes);
    const file = `test/fuzz/h2/failures/${failure.case.limits}-${failure.seed}.json`;
    writeFileSync(file, written({ ...failure.case, bytes }));
    say(`seed ${failure.seed} failed: ${failure.words}`);
    say(`  kept as ${file}; again: npm run fuzz:h2 -- --cases 1 --seed ${failure.seed}`);
    // Nobody gets a further part.
    if (this.#failed === this.#mostFailures) Atomics.store(this.#job.taken, 0, 2 ** 30);
  }
}

async function record(): Promise<void> {
  for (const [name, bytes] of Object.entries(await recordings())) {
    const hex = bytes.toString("hex").replaceAll(/.{100}/g, "$&\n");
    writeFileSync(`test/fuzz/h2/corpus/${name}.hex`, `${hex}\n`);
    say(`${name}: ${bytes.length} bytes`);
  }
  process.exit();
}

if (isMainThread) await command();
else await work(workerData, (said) => parentPort?.postMessage(said));
