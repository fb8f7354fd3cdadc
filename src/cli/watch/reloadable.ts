/**
 * A connector whose code can be replaced while it is registered: a request is answered by the code that it began with,
 * the next one by the newest. What the connector says of itself is registered again, on the stream that is there.
 */
import { ownLimitOf } from "../../connectors/time-limit.js";
import { MooringError } from "../../errors.js";
import {
  type Connector,
  ConnectorBehavior,
  type ConnectorDescription,
  type ConnectorRequest,
  type RequestContext,
} from "../../index.js";
import { maxTimerMs } from "../../protocol/defaults.js";

/** Of what goes on. */
class Count {
  #count = 0;
  #waiting: (() => void)[] = [];

  /** Returns how to end it, which counts once. */
  begin(): () => void {
    this.#count += 1;
    let goesOn = true;
    return () => {
      if (!goesOn) return;
      goesOn = false;
      this.#count -= 1;
      if (this.#count === 0) for (const tell of this.#waiting.splice(0)) tell();
    };
  }

  none(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** The code of one load, and how much of its work goes on. */
class Version {
  readonly connector: Connector;
  readonly #running = new Count();
  readonly #unanswered = new Count();

  constructor(connector: Connector) {
    this.connector = connector;
  }

  /** Resolves when none of its handlers runs. */
  ended(): Promise<void> {
    return this.#running.none();
  }

  /** Resolves when each of its requests has been answered: a handler may go on after its time limit. */
  answered(): Promise<void> {
    return this.#unanswered.none();
  }

  execute(request: ConnectorRequest, context: RequestContext): unknown {
    const result = this.connector.execute(request, context);
    if (typeof result !== "object" || result === null || !("then" in result)) return result;
    const [ended, answered] = [this.#running.begin(), this.#unanswered.begin()];
    const { signal } = context;
    signal.addEventListener("abort", answered, { once: true });
    const over = () => {
      signal.removeEventListener("abort", answered);
      ended();
      answered();
    };
    // Asked once: some begin their work each time that they are.
    const later = Promise.resolve(result);
    later.then(over, over);
    return later;
  }
}

const described = (connector: Connector): ConnectorDescription => {
  if (connector.description) return connector.description.current();
  const { connectorType, version, behaviors, supportedEncodings, metadata, taskTypes } = connector;
  return { connectorType, version, behaviors, supportedEncodings, metadata, taskTypes };
};

/** Ends what a connector holds, such as its threads, where it has an end. */
async function close(connector: Connector): Promise<void> {
  const end: unknown = Reflect.get(connector, "close");
  if (typeof end === "function") await end.call(connector);
}

/** Resolves when the signal is aborted. */
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

export class Reloadable {
  #version: Version;
  #description: ConnectorDescription;
  #intake: "open" | "held" = "open";
  /** Whether the limit asked for next, which is right after `execute`, is of a request that is left: its time begins with the next registration. */
  #leaves = false;
  #unwatch: (() => void) | undefined;
  readonly #listeners = new Set<() => void>();
  /** What is registered. */
  readonly connector: Connector;

  constructor(connector: Connector) {
    this.#version = new Version(connector);
    this.#description = described(connector);
    this.#follow();
    this.connector = this.#stable();
  }

  /** Whether other code begins with no event and no subscription of this one's memory. */
  get keepsEvents(): boolean {
    return this.#description.behaviors.includes(ConnectorBehavior.PUBSUB);
  }

  /** Whether the next code can take the place of this one without a new registration. */
  fits(next: Connector): boolean {
    return (
      JSON.stringify(described(next).supportedEncodings) ===
      JSON.stringify(this.#description.supportedEncodings)
    );
  }

  /** Resolves when the code from before has ended all its requests and what it held. */
  async replace(next: Connector): Promise<void> {
    const before = this.#version;
    if (before.connector === next) return;
    this.#version = new Version(next);
    this.#follow();
    this.#describe();
    await before.ended();
    await close(before.connector);
  }

  /** Resolves when each request has been answered. */
  answered(): Promise<void> {
    return this.#version.answered();
  }

  /** From now on requests are left to the next registration. Resolves when each from before has been answered. */
  hold(): Promise<void> {
    this.#intake = "held";
    return this.answered();
  }

  /** When it is registered no more. */
  async end(): Promise<void> {
    this.#unwatch?.();
    await close(this.#version.connector);
  }

  #follow(): void {
    this.#unwatch?.();
    this.#unwatch = this.#version.connector.description?.watch(() => this.#describe());
  }

  /** Another object after each change, and the same one until then. */
  #describe(): void {
    const now = described(this.#version.connector);
    if (JSON.stringify(now) === JSON.stringify(this.#description)) return;
    this.#description = now;
    for (const tell of this.#listeners) tell();
  }

  /** Unanswered, it goes to the next stream; where there will be none, this code is the last that can answer it. */
  async #leave(request: ConnectorRequest, context: RequestContext): Promise<unknown> {
    this.#leaves = true;
    await aborted(context.draining);
    return this.#version.execute(request, context);
  }

  #stable(): Connector {
    const now = () => this.#version.connector;
    return {
      ...this.#description,
      timeoutFor: (capabilityId) => {
        if (!this.#leaves) return ownLimitOf(now(), capabilityId);
        this.#leaves = false;
        return maxTimerMs;
      },
      execute: (request, context) =>
        this.#intake === "held" ? this.#leave(request, context) : this.#version.execute(request, context),
      relay: (opening, socket) => {
        const connector = now();
        if (connector.relay) return connector.relay(opening, socket);
        throw new MooringError("NOT_IMPLEMENTED", "the connector takes no WebSockets");
      },
      blocked: () => now().blocked?.(),
      description: {
        current: () => this.#description,
        watch: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
      },
    };
  }
}
