/** The connection to NATS: made with the first call, kept through losses, and made anew when it has ended. */
import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { ConnectionOptions, MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import { brokerClosed } from "../connectors/events/broker-words.js";
import { codeOf, invalidConfig, type MooringError } from "../errors.js";
import { readTextFile } from "../files/read-file.js";
import { silentLogger } from "../logger.js";
import { loadPeer } from "../optional-peers.js";
import { Secret } from "../secret.js";
import { connectionLost, failureOf, isPassing, mayLackStream } from "./failures.js";
import { LastWords } from "./last-words.js";
import type { Settings } from "./options.js";
import { type FoundStream, findOrMake } from "./stream.js";

/** Connected, to a server with JetStream. */
interface Connected {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  createInbox(): string;
  headers(): MsgHdrs;
}

/** And the stream is there. */
export interface Opened extends Connected, FoundStream {}

/** How the connection stands: not made (any more), there, lost for a while, or ended by its user. */
type Standing = "unmade" | "up" | "lost" | "closed";

/** Who has to know how the connection stands. */
export interface LinkListener {
  /** It was lost, and is there again. */
  back(): void;
  /** The stream is another one than before: places in it begin anew. */
  replaced(): void;
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
  #standing: Standing = "unmade";
  #connecting: Promise<Connected> | undefined;
  #finding: Promise<Opened> | undefined;
  #found: Opened | undefined;
  /** Ends the search for the stream. */
  #abandon: (() => void) | undefined;
  /** The time of the stream that was found last. */
  #created: string | undefined;
  /** Who waits for the server. */
  readonly #waiting = new Set<() => void>();
  /** Readers that cannot be put back in their places. */
  readonly #displaced = new Set<LinkListener>();

  constructor(settings: Settings) {
    this.settings = settings;
  }

  listen(listener: LinkListener): void {
    this.#listeners.add(listener);
  }

  leave(listener: LinkListener): void {
    this.#listeners.delete(listener);
    this.#displaced.delete(listener);
  }

  get isUp(): boolean {
    return this.#standing === "up";
  }

  get isClosed(): boolean {
    return this.#standing === "closed";
  }

  open(): Promise<Opened> {
    if (this.isClosed) return Promise.reject(brokerClosed());
    if (this.#found) return Promise.resolve(this.#found);
    if (this.#finding) return this.#finding;
    // A request would not be answered, even when the server is back.
    if (this.#standing === "lost") return Promise.reject(connectionLost());
    const finding = this.#find();
    const over = () => {
      if (this.#finding === finding) this.#finding = undefined;
    };
    finding.then(over, over);
    this.#finding = finding;
    return finding;
  }

  /** Its stream is looked for again with the next call; unless that has been done since. */
  forget(opened: Opened | undefined): void {
    if (this.#found === opened) this.#found = undefined;
  }

  /** Calls `attempt` until it succeeds, as long as another attempt may help and there is time. Rejects with a MooringError. */
  async call<T>(attempt: (opened: Opened, timeoutMs: number) => Promise<T>): Promise<T> {
    const end = performance.now() + this.settings.timeoutMs;
    for (let isFirst = true; ; isFirst = false) {
      let opened: Opened | undefined;
      try {
        await this.#up(end);
        opened = await this.open();
        return await attempt(opened, Math.max(1, Math.min(attemptMs, end - performance.now())));
      } catch (error) {
        if (this.isClosed) throw brokerClosed();
        if (opened && mayLackStream(error)) {
          this.forget(opened);
          if (isFirst) continue;
        } else if (!isPassing(error)) throw failureOf(error, this.settings);
        if (performance.now() + pauseMs >= end) throw failureOf(error, this.settings);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  /** A reader could not be put back in its place, and tries again. One line tells of all. */
  displaced(reader: LinkListener, failure: MooringError): void {
    const { logger = silentLogger, stream } = this.settings;
    if (this.#displaced.size === 0)
      logger.warn(
        { stream, error: failure.message },
        "readers cannot be put back in their places: trying again",
      );
    this.#displaced.add(reader);
  }

  placed(reader: LinkListener): void {
    const { logger = silentLogger, stream } = this.settings;
    if (this.#displaced.delete(reader) && this.#displaced.size === 0)
      logger.info({ stream }, "readers are back in their places");
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.#standing = "closed";
    this.#wake();
    const connected = await this.#connecting?.catch(() => undefined);
    await connected?.nc.close();
  }

  #connected(): Promise<Connected> {
    this.#connecting ??= this.#connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  async #connect(): Promise<Connected> {
    const { settings } = this;
    const [{ connect, createInbox, headers }, { jetstream, jetstreamManager }] = await Promise.all([
      loadPeer("@nats-io/transport-node", "natsBroker()"),
      loadPeer("@nats-io/jetstream", "natsBroker()"),
    ]);
    const options = await connectionOptions(settings);
    const nc = await connect(options);
    try {
      if (this.isClosed) throw brokerClosed();
      // A request that races the end of a stream may stay without an answer: the next attempt makes it anew.
      const timeout = Math.min(attemptMs, settings.timeoutMs);
      const jsm = await jetstreamManager(nc, { timeout });
      if (this.isClosed) throw brokerClosed();
      this.#standing = "up";
      void this.#watch(nc);
      const js = jetstream(nc, { timeout });
      return {
        nc,
        js,
        jsm,
        createInbox: () => createInbox(options.inboxPrefix),
        headers: () => headers(),
      };
    } catch (error) {
      await nc.close();
      throw error;
    }
  }

  /** The stream, found or made. A loss ends it: what was asked then is not answered. */
  async #find(): Promise<Opened> {
    const connected = await this.#connected();
    const { nc, jsm } = connected;
    const lost = new Promise<never>((_, reject) => {
      this.#abandon = () => reject(connectionLost());
    });
    const stream = await Promise.race([findOrMake(jsm, this.settings, nc.info?.version ?? "0"), lost]);
    if (this.isClosed) throw brokerClosed();
    if (!this.isUp) throw connectionLost();
    const opened = { ...connected, ...stream };
    const before = this.#created;
    this.#found = opened;
    this.#created = stream.created;
    if (before !== undefined && before !== stream.created) this.#replaced();
    // Not before: they are on messages of the stream that was there.
    this.words.up(nc);
    return opened;
  }

  #replaced(): void {
    const { logger = silentLogger, stream } = this.settings;
    logger.warn({ stream }, "the stream is a new one: what readers had not read of the old one is lost");
    this.words.forget();
    for (const listener of [...this.#listeners]) listener.replaced();
  }

  #lost(): void {
    if (!this.isClosed) this.#standing = "lost";
    this.words.lost();
    this.#abandon?.();
    this.#found = undefined;
    this.#finding = undefined;
  }

  async #watch(nc: NatsConnection): Promise<void> {
    const { logger = silentLogger, servers } = this.settings;
    void nc.closed().then((error) => {
      this.#lost();
      this.#connecting = undefined;
      if (this.isClosed) return;
      this.#standing = "unmade";
      this.#wake();
      const failure = failureOf(error ?? new Error("closed"), this.settings);
      logger.error({ servers, error: failure.message }, "the connection to NATS has ended");
      for (const listener of [...this.#listeners]) listener.ended(failure);
    });
    for await (const { type } of nc.status()) {
      if (type === "disconnect") {
        this.#lost();
        logger.warn({ servers }, "NATS is lost: trying to reach it again");
      } else if (type === "reconnect" && !this.isClosed) {
        this.#standing = "up";
        logger.info({ servers }, "NATS is back");
        this.#wake();
        // What goes wrong with it, the next call finds as well.
        this.open().catch(() => {});
        for (const listener of [...this.#listeners]) listener.back();
      }
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
    this.#waiting.clear();
  }

  /** Waits for the server that is lost until then. */
  #up(end: number): Promise<void> {
    if (this.#standing !== "lost") return Promise.resolve();
    return new Promise((resolve, reject) => {
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(
        () => {
          this.#waiting.delete(wake);
          reject(connectionLost());
        },
        Math.max(1, end - performance.now()),
      );
      this.#waiting.add(wake);
    });
  }
}
