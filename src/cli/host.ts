/**
 * Leads a process that hosts registrations, of `mooring run` and of `runConnector` alike: the control socket, probes,
 * signals, faults that nobody caught, what is said, and the exit code.
 */
import { serveControl } from "../control/serve-control.js";
import type { ControlServer } from "../control/server.js";
import type { DrainReport, Runtime } from "../index.js";
import type { RunStory } from "./run-story.js";
import type { Signals } from "./signals.js";
import { Uncaught } from "./uncaught.js";

export interface HostOptions {
  readonly startTimeout: number;
  readonly drainDeadline: number;
  /** Of the control socket. */
  readonly control?: string;
  /** The port of the probes. */
  readonly health?: number;
  readonly healthHost?: string;
}

export interface Hosting {
  readonly signals: Signals;
  readonly story: RunStory;
  /** How many listen for exceptions that nobody caught before it does, and are not the user's. */
  readonly commandListeners: number;
  /** The file URL of the user's module: a place in it is told of what nobody caught. */
  readonly module: string;
  /** What is served beside the runtime, once the control socket is there. */
  readonly beside?: (servers: Servers) => Promise<unknown>;
}

/** Closed at the end. */
export type Servers = Pick<ControlServer, "close">[];

/** By when people are told what it waits for, in ms. */
const patience = 1_500;

/** How long what runs may take to end after what nobody caught, in ms. */
const mostAfterFault = 5_000;

/** The longest interval that Node takes, in ms. */
const longest = 2 ** 31 - 1;

/** Loaded by those alone who want it. */
async function probe(
  runtime: Runtime,
  port: number,
  host: string | undefined,
  servers: Servers,
  story: RunStory,
): Promise<void> {
  const { serveHealth } = await import("../health/index.js");
  const health = await serveHealth(runtime, { port, ...(host === undefined ? {} : { host }) });
  servers.push(health);
  story.say(`health: ${health.url} (/livez, /readyz, /metrics)`);
}

/** Starts; says what it waits for when that takes long. */
async function start(runtime: Runtime, timeoutMs: number, story: RunStory): Promise<void> {
  const timer = setTimeout(() => story.waiting(runtime), patience);
  const report = await runtime.start({ timeoutMs }).finally(() => clearTimeout(timer));
  // Of what was ended meanwhile the drain's report tells.
  if (runtime.status().phase === "running") story.started(report);
}

/** Returns the exit code when everything has ended. */
async function lead(runtime: Runtime, options: HostOptions, hosting: Hosting): Promise<number> {
  const { signals, story, module, commandListeners } = hosting;
  const telling = story.tellChanges(runtime);
  let drained: DrainReport | undefined;
  const drain = async (deadlineMs: number) => {
    drained = await runtime.drain({ deadlineMs });
  };
  const draining = () => drain(options.drainDeadline);
  const drainAfterFault = () => drain(Math.min(options.drainDeadline, mostAfterFault));
  const fault = new Uncaught(module, commandListeners, drainAfterFault);
  signals.endBy({ doing: "draining", run: draining }, { doing: "closing", run: () => runtime.close() });
  try {
    await Promise.race([start(runtime, options.startTimeout, story), fault.ended]);

    const code = await Promise.race([
      signals.obeyed,
      fault.ended,
      runtime.closed.then(() => (fault.isEnding ? fault.ended : signals.received ? signals.obeyed : 0)),
    ]);
    await runtime.close();
    await telling;
    if (drained) story.drained(drained);
    return code;
  } finally {
    fault.close();
  }
}

/** Starts the runtime, and returns the exit code when a signal, a fault or the runtime itself has ended it. */
export async function hostRuntime(runtime: Runtime, options: HostOptions, hosting: Hosting): Promise<number> {
  const servers: Servers = [];
  // While every registration is parked or paused nothing else keeps the process, and there is nobody left to ask why.
  const staying = setInterval(() => {}, longest);
  const { control, health, healthHost } = options;
  try {
    servers.push(await serveControl(runtime, control));
    if (health !== undefined) await probe(runtime, health, healthHost, servers, hosting.story);
    await hosting.beside?.(servers);
    return await lead(runtime, options, hosting);
  } finally {
    clearInterval(staying);
    await runtime.close();
    await Promise.all(servers.map((server) => server.close()));
  }
}
