/**
 * A connector whose code can be replaced while it is registered: a request is answered by the code that it began with,
 * the next one by the newest. What the connector says of itself is registered again, on the stream that is there.
 */
import type { Connector, ConnectorDescription, ConnectorRequest, RequestContext } from "../../index.js";

/** The code of one load, and how much of its work goes on. */
class Version {
  readonly connector: Connector;
  #running = 0;
  #idle: (() => void)[] = [];

  constructor(connector: Connector) {
    this.connector = connector;
  }

  /** Resolves when none of its requests runs. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  execute(request: ConnectorRequest, context: RequestContext): unknown {
    const result = this.connector.execute(request, context);
    if (typeof result !== "object" || result === null || !("then" in result)) return result;
    this.#running += 1;
    const over = () => {
      this.#running -= 1;
      if (this.#running === 0) for (const tell of this.#idle.splice(0)) tell();
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

/** Leaves requests unanswered: the gateway gives them to the next stream. */
const unanswered = () => new Promise<never>(() => {});

export class Reloadable {
  #version: Version;
  #description: ConnectorDescription;
  #intake: "open" | "held" = "open";
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
    await before.idle();
    await close(before.connector);
  }

  /** Resolves when no request runs. */
  idle(): Promise<void> {
    return this.#version.idle();
  }

  /** From now on requests are left to the next registration. Resolves when none runs. */
  hold(): Promise<void> {
    this.#intake = "held";
    return this.idle();
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

  #stable(): Connector {
    const now = () => this.#version.connector;
    return {
      ...this.#description,
      timeoutFor: (capabilityId) => now().timeoutFor?.(capabilityId) ?? now().timeoutMs,
      execute: (request, context) =>
        this.#intake === "held" ? unanswered() : this.#version.execute(request, context),
      relay: (opening, socket) => {
        const connector = now();
        if (connector.relay) return connector.relay(opening, socket);
        throw new Error("the connector takes no WebSockets");
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
