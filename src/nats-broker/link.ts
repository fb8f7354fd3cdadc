/** The connection to NATS: made with the first call, kept through losses, and made anew when it has ended. */
import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { ConnectionOptions, MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import { brokerClosed } from "../connectors/events/broker-words.js";
import { codeOf, invalidConfig, type MooringError } from "../errors.js";
import { readTextFile } from "../files/read-file.js";
import { silentLogger } from "../logger.js";
import { loadPeer } from "../optional-peers.js";
import { Secret } from "../secret.js";
import { failureOf, isPassing } from "./failures.js";
import { LastWords } from "./last-words.js";
import type { Settings } from "./options.js";
import { type FoundStream, findOrMake } from "./stream.js";

export interface Opened extends FoundStream {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  createInbox(): string;
  headers(): MsgHdrs;
}

/** Who has to know how the connection stands. */
export interface LinkListener {
  /** It was lost, and is there again. */
  back(): void;
  /** It has ended, and does not come back. */
  ended(failure: MooringError): void;
}

/** Between attempts, in ms. */
const pauseMs = 200;

/** One attempt of a call takes no longer, so that one more fits into its time, in ms. */
const attemptMs = 3_000;

const plain = (text: string | Secret): string => (text instanceof Secret ? text.reveal() : text);

async function connectionOptions(settings: Settings): Promise<ConnectionOptions> {
  const { servers, user, password, token, credentialsFile, timeoutMs, connection } = settings;
  const options: ConnectionOptions = {
    timeout: timeoutMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    name: "mooring",
    ...connection,
    servers: [...servers],
  };
  if (user !== undefined && password !== undefined) Object.assign(options, { user, pass: plain(password) });
  if (token !== undefined) options.token = plain(token);
  if (credentialsFile !== undefined) {
    const { credsAuthenticator } = await loadPeer("@nats-io/transport-node", "natsBroker()");
    const text = await readTextFile(credentialsFile).catch((error: unknown) => {
      throw invalidConfig(`credentialsFile cannot be read (${codeOf(error)}): give the file that nsc wrote.`);
    });
    options.authenticator = credsAuthenticator(Buffer.from(text));
  }
  return options;
}

export class Link {
  readonly settings: Settings;
  readonly words = new LastWords();
  readonly #listeners = new Set<LinkListener>();
  #opening: Promise<Opened> | undefined;
  #isUp = false;
  #isClosed = false;
  readonly #waiting = new Set<() => void>();

  constructor(settings: Settings) {
    this.settings = settings;
  }

  listen(listener: LinkListener): void {
    this.#listeners.add(listener);
  }

  leave(listener: LinkListener): void {
    this.#listeners.delete(listener);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  open(): Promise<Opened> {
    if (this.#isClosed) return Promise.reject(brokerClosed());
    this.#opening ??= this.#connect().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /** Calls `attempt` until it succeeds, as long as another attempt may help and there is time. Rejects with a MooringError. */
  async call<T>(attempt: (opened: Opened, timeoutMs: number) => Promise<T>): Promise<T> {
    const end = performance.now() + this.settings.timeoutMs;
    for (;;) {
      try {
        const opened = await this.open();
        await this.#up(end);
        return await attempt(opened, Math.max(1, Math.min(attemptMs, end - performance.now())));
      } catch (error) {
        if (this.#isClosed) throw brokerClosed();
        if (!isPassing(error) || performance.now() + pauseMs >= end) throw failureOf(error, this.settings);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#wake();
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.nc.close();
  }

  async #connect(): Promise<Opened> {
    const { settings } = this;
    const [{ connect, createInbox, headers }, { jetstream, jetstreamManager }] = await Promise.all([
      loadPeer("@nats-io/transport-node", "natsBroker()"),
      loadPeer("@nats-io/jetstream", "natsBroker()"),
    ]);
    const options = await connectionOptions(settings);
    const nc = await connect(options);
    try {
      if (this.#isClosed) throw brokerClosed();
      const jsm = await jetstreamManager(nc, { timeout: settings.timeoutMs });
      const stream = await findOrMake(jsm, settings, nc.info?.version ?? "0");
      this.#isUp = true;
      this.words.up(nc);
      void this.#watch(nc);
      const js = jetstream(nc, { timeout: settings.timeoutMs });
      return {
        nc,
        js,
        jsm,
        createInbox: () => createInbox(options.inboxPrefix),
        headers: () => headers(),
        ...stream,
      };
    } catch (error) {
      await nc.close();
      throw error;
    }
  }

  async #watch(nc: NatsConnection): Promise<void> {
    const { logger = silentLogger, servers } = this.settings;
    void nc.closed().then((error) => {
      this.#isUp = false;
      this.words.lost();
      this.#opening = undefined;
      if (this.#isClosed) return;
      const failure = failureOf(error ?? new Error("closed"), this.settings);
      logger.error({ servers, error: failure.message }, "the connection to NATS has ended");
      for (const listener of [...this.#listeners]) listener.ended(failure);
    });
    for await (const { type } of nc.status()) {
      if (type === "disconnect") {
        this.#isUp = false;
        this.words.lost();
        logger.warn({ servers }, "NATS is lost: trying to reach it again");
      } else if (type === "reconnect") {
        this.#isUp = true;
        logger.info({ servers }, "NATS is back");
        this.words.up(nc);
        this.#wake();
        for (const listener of [...this.#listeners]) listener.back();
      }
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
    this.#waiting.clear();
  }

  /** Waits for the server until then. */
  #up(end: number): Promise<void> {
    if (this.#isUp) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(
        () => {
          this.#waiting.delete(wake);
          reject(Object.assign(new Error("lost"), { name: "TimeoutError" }));
        },
        Math.max(1, end - performance.now()),
      );
      this.#waiting.add(wake);
    });
  }
}
