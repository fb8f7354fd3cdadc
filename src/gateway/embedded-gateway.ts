/** The gateway as one object: core, listener and HTTP API put together. */
import { createContextKey, createContextValues, type HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { invalidConfig, MooringError } from "../errors.js";
import { ConnectorService, type StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { resetStream } from "../http2-ending.js";
import { registrationKey } from "../protocol/identity.js";
import { apiHandler } from "./api.js";
import { GatewayCore } from "./core.js";
import type { FaultSettings } from "./faults.js";
import type {
  ExecuteAnswer,
  ExecuteOptions,
  Gateway,
  GatewayEvent,
  GatewayOptions,
  MountedKeyClient,
  OneTimeTokenOwner,
} from "./gateway.js";
import { type Listener, listen } from "./listener.js";
import { checkExecuteOptions, checkGatewayOptions } from "./option-table.js";
import { TokenServer } from "./token-server.js";

const resetKey = createContextKey<() => void>(() => {});

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/** One stream: what comes in goes to the core, what the core queues goes out; headers follow the first message. */
async function* serveStream(
  core: GatewayCore,
  requests: AsyncIterable<StreamMessage>,
  context: HandlerContext,
) {
  const stream = core.openStream(context.values.get(resetKey));
  const closed = () => core.closeStream(stream);
  context.signal.addEventListener("abort", closed, { once: true });
  const reading = (async () => {
    try {
      for await (const message of requests) stream.receive(message);
    } catch {
      // The client is gone; closing is all there is to do.
    }
    closed();
  })();
  try {
    yield* stream.outbound;
  } finally {
    closed();
    void reading;
  }
}

class EmbeddedGateway implements Gateway {
  readonly #core: GatewayCore;
  readonly #options: GatewayOptions;
  #listener: Listener | undefined;
  #port: number;
  #closed = false;

  constructor(options: GatewayOptions) {
    const host = options.host ?? "127.0.0.1";
    if (!loopback.test(host) && !options.adminToken) {
      throw invalidConfig(
        `adminToken is required when host (${host}) is not loopback: anybody could approve connectors.`,
      );
    }
    this.#options = options;
    this.#port = options.port ?? 0;
    const tokenServer = new TokenServer(
      options.realm ?? "matrix",
      () => this.#core.faults,
      options.adminToken,
    );
    this.#core = new GatewayCore(options, tokenServer);
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `${this.#options.tls ? "grpcs" : "grpc"}://${this.#authority()}`;
  }

  get httpUrl(): string {
    return `${this.#options.tls ? "https" : "http"}://${this.#authority()}`;
  }

  get realmUrl(): string {
    return this.#core.tokenServer.realmUrl;
  }

  async listen(): Promise<void> {
    const core = this.#core;
    const grpc = connectNodeAdapter({
      routes: (router) => {
        router.service(ConnectorService, {
          connect: (requests, context) => serveStream(core, requests, context),
        });
      },
      acceptCompression: [],
      readMaxBytes: this.#options.maxMessageBytes ?? 4 * 1024 * 1024,
      contextValues: (request) => {
        const reset = () => {
          if ("stream" in request) resetStream(request.stream);
        };
        return createContextValues().set(resetKey, reset);
      },
    });
    this.#listener = await listen({
      host: this.#options.host ?? "127.0.0.1",
      port: this.#port,
      tls: this.#options.tls,
      maxConcurrentStreams: this.#options.maxConcurrentStreams ?? 1_000,
      grpc,
      http: apiHandler(core),
      connected: () => {
        core.figures.connectionsAccepted += 1;
        core.figures.openConnections += 1;
        return () => {
          core.figures.openConnections -= 1;
          core.emit({ type: "streamClosed", key: undefined, replaced: false });
        };
      },
    });
    this.#port = this.#listener.port;
    core.httpUrl = this.httpUrl;
    core.tokenServer.listenAt(this.httpUrl);
  }

  registrations() {
    return this.#core.registry.summaries();
  }

  approve(key: string): void {
    this.#core.approve(this.#core.registry.known(key));
  }

  reject(key: string): void {
    this.#core.reject(this.#core.registry.known(key));
  }

  deregister(key: string): void {
    this.#core.deregister(this.#core.registry.known(key));
  }

  async execute(key: string, options: ExecuteOptions = {}): Promise<ExecuteAnswer> {
    checkExecuteOptions(options);
    return this.#core.execute(this.#core.registry.known(key), options);
  }

  get signIn() {
    return this.#core.tokenServer.signIn;
  }

  issueOneTimeToken(owner: OneTimeTokenOwner, ttlMs?: number) {
    return this.#core.oneTimeTokens.issue(owner, ttlMs);
  }

  registerClient({ identity, publicKey, clientId }: MountedKeyClient) {
    return this.#core.tokenServer.clients.forMountedKey(registrationKey(identity), publicKey, clientId);
  }

  clients() {
    return this.#core.tokenServer.clients.list();
  }

  revokeClient(clientId: string): void {
    this.#core.tokenServer.clients.revoke(clientId);
  }

  heartbeat(key: string): void {
    this.#core.registry.known(key).stream?.askHeartbeat();
  }

  issueCredentials(key: string, overrides: Parameters<Gateway["issueCredentials"]>[1] = {}): void {
    this.#core.issueCredentials(this.#core.registry.known(key), overrides);
  }

  fault(settings: FaultSettings): void {
    this.#core.faults.set(settings);
  }

  faults() {
    return this.#core.faults.current;
  }

  disturb(how: "goaway" | "reset" | "cut" | "close"): void {
    if (how === "goaway") return this.#listener?.goaway();
    if (how === "cut") return this.#listener?.cut();
    for (const stream of [...this.#core.streams]) {
      if (how === "reset") stream.reset();
      else stream.end();
    }
  }

  async restart({
    politely = false,
    downMs = 0,
  }: {
    readonly politely?: boolean;
    readonly downMs?: number;
  } = {}): Promise<void> {
    const listener = this.#listener;
    if (politely) {
      for (const stream of [...this.#core.streams]) stream.end();
      listener?.closeSessions();
      // One turn to ask the connections back, and one for it to be on the wire.
      for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    await listener?.close();
    if (downMs > 0) await new Promise((resolve) => setTimeout(resolve, downMs));
    if (!this.#closed) await this.listen();
  }

  stats() {
    return { ...this.#core.figures };
  }

  on(listener: (event: GatewayEvent) => void): () => void {
    return this.#core.on(listener);
  }

  until(condition: (gateway: Gateway) => boolean, timeoutMs = 10_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!condition(this)) return;
        clearTimeout(timer);
        leave();
        resolve();
      };
      const timer = setTimeout(() => {
        leave();
        reject(
          new MooringError(
            "TIMEOUT",
            `The gateway did not get there within ${timeoutMs} ms: ${JSON.stringify(this.stats())}.`,
          ),
        );
      }, timeoutMs);
      const leave = this.#core.on(look);
      look();
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#core.close();
    await this.#listener?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #authority(): string {
    const host = this.#options.host ?? "127.0.0.1";
    return `${host.includes(":") ? `[${host}]` : host}:${this.#port}`;
  }
}

/**
 * Starts a gateway in this process. Rejects with INVALID_CONFIG for options that cannot be used, and with IO_ERROR
 * when it cannot listen there, because the port is in use for example.
 */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  checkGatewayOptions(options);
  const gateway = new EmbeddedGateway(options);
  await gateway.listen();
  return gateway;
}
