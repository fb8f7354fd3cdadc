// Starts and ends the driver and the subjects, each in a process of its own and on a processor of its own.
import { fork, spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { clock } from "./clock.mjs";

const driverProcessor = 0;
const subjectProcessor = 1;
const registerTimeoutMs = 120_000;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export const pinning = cpus().length > 1 && spawnSync("taskset", ["-V"]).status === 0;

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Process {
  #child;
  #name;

  /** `module`: beside this file, or an address. `processor`: where it runs; undefined leaves that to the system. */
  constructor(name, module, processor, { nodeArgs = [], env = {} } = {}) {
    const pinned = pinning && processor !== undefined;
    const pin = pinned ? ["-c", String(processor), process.execPath] : [];
    this.#name = name;
    this.#child = fork(here(module), {
      execPath: pinned ? "taskset" : process.execPath,
      execArgv: [...pin, ...nodeArgs],
      env: { ...process.env, ...env },
    });
  }

  get name() {
    return this.#name;
  }

  get pid() {
    return this.#child.pid;
  }

  /** The next message that has this field; rejects when the process ends first. */
  next(field) {
    return new Promise((resolve, reject) => {
      const take = (message) => {
        if (message[field] === undefined) return;
        this.#child.off("message", take);
        this.#child.off("exit", gone);
        resolve(message[field]);
      };
      const gone = (code, signal) =>
        reject(new Error(`${this.#name} ended with ${signal ?? code} before it sent "${field}".`));
      this.#child.on("message", take);
      this.#child.on("exit", gone);
    });
  }

  /** Calls `take` for each message that has this field. */
  on(field, take) {
    this.#child.on("message", (message) => {
      if (message[field] !== undefined) take(message[field]);
    });
  }

  /** Resolves with the code or the signal when the process has ended. */
  get gone() {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return Promise.resolve(signalCode ?? exitCode);
    return new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => resolve(signal ?? code));
    });
  }

  /** What is said to a process that has ended is lost: {@link gone} and {@link next} tell of it. */
  send(message) {
    if (this.#child.connected) this.#child.send(message);
  }

  ask(message, field) {
    const answer = this.next(field);
    this.send(message);
    return answer;
  }

  /** Stops it as a whole, as a machine that swaps or sleeps does, and lets it go on. */
  pauseFor(ms) {
    this.#child.kill("SIGSTOP");
    setTimeout(() => this.#child.kill("SIGCONT"), ms);
  }

  end() {
    return new Promise((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) return resolve();
      this.#child.once("exit", resolve);
      this.#child.kill("SIGKILL");
    });
  }
}

/** BENCH_NEUTRAL_DRIVER: the program that `--driver go` has built. */
const driverModule = () => (process.env.BENCH_NEUTRAL_DRIVER ? "neutral/driver.mjs" : "driver.mjs");

async function startDriver() {
  const driver = new Process("driver", driverModule(), driverProcessor);
  const ports = await driver.next("ports");
  return { driver, ports };
}

/** Of the build that the peer is: another one brings its own. */
const subjectOf = ({ bench = import.meta.url, module }) => new URL(`subjects/${module}.mjs`, bench).href;

/**
 * A driver and a subject whose `count` registrations are all accepted. `nodeArgs` and `env` go to the subject, which
 * has a processor of its own unless it may use `anyProcessor`.
 * `startedMs` is from the start of its process to its last registration.
 */
export async function start(peer, count, { nodeArgs = [], env = {}, anyProcessor = false } = {}) {
  const processor = anyProcessor ? undefined : subjectProcessor;
  const { driver, ports } = await startDriver();
  const all = driver.ask({ until: count }, "registered");
  const begun = clock();
  const subject = new Process(peer.name, subjectOf(peer), processor, {
    nodeArgs: ["--expose-gc", ...nodeArgs],
    env: {
      ...peer.env,
      ...env,
      BENCH_URL: `http://127.0.0.1:${ports.grpc}`,
      BENCH_SOCKET_URL: `ws://127.0.0.1:${ports.socket}`,
      BENCH_BACKEND_URL: `ws://127.0.0.1:${ports.backend}`,
      BENCH_COUNT: String(count),
    },
  });
  const end = () => Promise.all([subject.end(), driver.end()]);
  const late = new AbortController();
  const tooLate = new Promise((_, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${peer.name} did not register ${count} times in ${registerTimeoutMs} ms.`)),
      registerTimeoutMs,
    );
    late.signal.addEventListener("abort", () => clearTimeout(timer));
  });
  try {
    // A subject has no such message: this rejects when it ends.
    const { at, accepted } = await Promise.race([all, subject.next("never"), tooLate]);
    return { driver, subject, end, startedMs: at - begun, connections: accepted };
  } catch (error) {
    await end();
    throw error;
  } finally {
    late.abort();
  }
}

/** {@link start}, then `use`, then the end of both processes in any case. */
export async function withSubject(peer, count, options, use) {
  const running = await start(peer, count, options);
  try {
    return await use(running);
  } finally {
    await running.end();
  }
}
