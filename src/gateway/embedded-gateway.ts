/** The gateway as one object: core, listener and HTTP API put together. */
import {
  Code,
  ConnectError,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { invalidConfig, MooringError } from "../errors.js";
import { ConnectorService, type StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { resetStream } from "../http2/ending.js";
import { isLoopbackHost } from "../network/loopback.js";
import { FrameFilter, type OversizedTaker } from "../protocol/frame-filter.js";
import type { FlagFault } from "../protocol/frame-flags.js";
import { registrationKey } from "../protocol/identity.js";
import { requireTool } from "../tools.js";
import { apiHandler } from "./api.js";
import { GatewayCore } from "./core.js";
import type { FaultSettings } from "./faults.js";
import { foreignRefusal } from "./foreign-refusal.js";
import type {
  ExecuteAnswer,
  ExecuteOptions,
  Gateway,
  GatewayEvent,
  GatewayOptions,
  GatewayWebSocket,
  MountedKeyClient,
  OneTimeTokenOwner,
  WebSocketOptions,
} from "./gateway.js";
import { StateKeeper } from "./kept-state.js";
import { type Listener, listen } from "./listener.js";
import { checkCall, checkExecuteOptions, checkGatewayOptions, gatewayOptions } from "./option-table.js";
import { revokedClient } from "./refusals.js";
import { openWebSocketAt } from "./relayed-sockets.js";
import { lockState } from "./state-lock.js";
import { TokenServer } from "./token-server.js";
import { connectorUpgrades } from "./upgrade.js";

const resetKey = createContextKey<() => void>(() => {});

/** Where what Connect does not get of one HTTP/2 stream goes, once there is somebody to take it. */
interface Filtered {
  oversized: OversizedTaker;
  faulty(fault: FlagFault): void;
}
const nobody = (): Filtered => ({ oversized() {}, faulty() {} });
const filteredKey = createContextKey<Filtered>(nobody());

/**
 * Connect would end a stream for a message beyond the limit, and take bytes that are no frame for one, so it never
 * sees them. It reads by the iterator.
 */
function filtered(request: AsyncIterable<Buffer>, maxMessageBytes: number): Filtered {
  const taker = nobody();
  const filter = new FrameFilter({
    maxMessageBytes,
    oversized: (remainder, bytes) => taker.oversized(remainder, bytes),
    unpacks: true,
  });
  const chunks: AsyncIterable<Buffer> = {
    [Symbol.asyncIterator]: request[Symbol.asyncIterator].bind(request),
  };
  request[Symbol.asyncIterator] = () => filter.filter(chunks, (fault) => taker.faulty(fault));
  return taker;
}

/** Time for clients to take the end of their streams, in ms. */
const shutDownLimitMs = 500;

/** What ends streams and asks connections back runs in a turn of its own, and is written in the next. */
async function onTheWire(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** One stream: what comes in goes to the core, what the core queues goes out; headers follow the first message. */
async function* serveStream(
  core: GatewayCore,
  requests: AsyncIterable<StreamMessage>,
  context: HandlerContext,
) {
  const stream = core.openStream(context.values.get(resetKey));
  const taker = context.values.get(filteredKey);
  taker.oversized = (remainder, bytes) => stream.oversized(remainder, bytes);
  taker.faulty = () => stream.fail(Code.Internal, "what came is no gRPC frame");
  const closed = () => core.closeStream(stream);
  const gone = () => {
    closed();
    stream.over();
  };
  // What Connect was writing then is never finished: it does not come to the end below.
  context.signal.addEventListener("abort", gone, { once: true });
  const reading = (async () => {
    try {
      for await (const message of requests) stream.receive(message);
    } catch (error) {
      // Mostly the client is gone, and closing is all there is to do.
      if (error instanceof ConnectError && error.code === Code.ResourceExhausted)
        stream.fail(error.code, "a message is larger than the gateway takes");
    }
    closed();
  })();
  try {
    yield* stream.outbound;
  } finally {
    gone();
    void reading;
  }
}

class EmbeddedGateway implements Gateway {
  readonly #core: GatewayCore;
  readonly #options: GatewayOptions;
  #listener: Listener | undefined;
  #port: number;
  #closed = false;
  /** Gives the state folder back. */
  readonly #unlock: (() => Promise<void>) | undefined;

  constructor(options: GatewayOptions, keeper?: StateKeeper, unlock?: () => Promise<void>) {
    this.#unlock = unlock;
    const host = options.host ?? gatewayOptions.host.default;
    if (!isLoopbackHost(host) && !options.adminToken) {
      throw invalidConfig(
        `adminToken is required when host (${host}) is not loopback: anybody could approve connectors. Give --admin-token, or MOORING_ADMIN_TOKEN.`,
      );
    }
    this.#options = options;
    this.#port = options.port ?? gatewayOptions.port.default;
    const tokenServer = new TokenServer(
      options.realm ?? gatewayOptions.realm.default,
      () => this.#core.faults,
      options.adminToken,
      () => this.#core.keep(),
    );
    this.#core = new GatewayCore(options, tokenServer, keeper);
    tokenServer.clients.onRefused = (clientId, key) => {
      const { refusals } = this.#core.registry;
      if (key === undefined) refusals.rememberStranger(clientId);
      else refusals.remember(key, revokedClient);
      this.#core.emit({ type: "clientRefused", clientId, key });
    };
  }

  static coreOf(gateway: object): GatewayCore | undefined {
    return #core in gateway ? gateway.#core : undefined;
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

  async begin(): Promise<void> {
    await this.#core.begin();
    await this.listen();
    try {
      // Only whoever has the port writes: a second one on the same folder must not.
      await this.#core.keep();
    } catch (error) {
      await this.#listener?.close();
      throw error;
    }
  }

  async listen(): Promise<void> {
    const core = this.#core;
    const refuseForeign = foreignRefusal(this.#options);
    const grpc = connectNodeAdapter({
      routes: (router) => {
        router.service(ConnectorService, {
          connect: (requests, context) => serveStream(core, requests, context),
        });
      },
      acceptCompression: [],
      readMaxBytes: core.maxMessageBytes,
      contextValues: (request) => {
        const reset = () => {
          if ("stream" in request) resetStream(request.stream);
        };
        const taker = filtered(request, core.maxMessageBytes);
        return createContextValues().set(resetKey, reset).set(filteredKey, taker);
      },
    });
    this.#listener = await listen({
      host: this.#options.host ?? gatewayOptions.host.default,
      port: this.#port,
      tls: this.#options.tls,
      maxConcurrentStreams: this.#options.maxConcurrentStreams ?? gatewayOptions.maxConcurrentStreams.default,
      grpc: (request, response) => {
        refuseForeign(request as never);
        grpc(request, response);
      },
      http: apiHandler(core, this),
      upgrade: connectorUpgrades(core, refuseForeign),
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
    this.#core.keepSoon();
  }

  reject(key: string): void {
    this.#core.reject(this.#core.registry.known(key));
    this.#core.keepSoon();
  }

  deregister(key: string): void {
    this.#core.deregister(this.#core.registry.known(key));
    this.#core.keepSoon();
  }

  retry(key: string): void {
    this.#core.retry(this.#core.registry.known(key));
  }

  async execute(key: string, options: ExecuteOptions = {}): Promise<ExecuteAnswer> {
    checkExecuteOptions(options);
    return this.#core.execute(this.#core.registry.known(key), options);
  }

  async openWebSocket(key: string, options: WebSocketOptions = {}): Promise<GatewayWebSocket> {
    return openWebSocketAt(this.#core.registry.known(key), options);
  }

  get signIn() {
    return this.#core.tokenServer.signIn;
  }

  issueOneTimeToken(owner: OneTimeTokenOwner, ttlMs?: number) {
    checkCall("issueOneTimeToken", owner);
    const issued = this.#core.issueOneTimeToken(owner, ttlMs);
    this.#core.keepSoon();
    return issued;
  }

  registerClient(client: MountedKeyClient) {
    checkCall("registerClient", client);
    const { identity, publicKey, clientId } = client;
    const { clients } = this.#core.tokenServer;
    const made = clients.forMountedKey(registrationKey(identity), publicKey, clientId);
    this.#core.keepSoon();
    return made;
  }

  clients() {
    return this.#core.tokenServer.clients.list();
  }

  revokeClient(clientId: string): void {
    this.#core.revokeClient(clientId);
  }

  heartbeat(key: string): void {
    this.#core.registry.known(key).stream?.askHeartbeat();
  }

  issueCredentials(key: string, overrides: Parameters<Gateway["issueCredentials"]>[1] = {}): void {
    checkCall("issueCredentials", overrides);
    this.#core.issueCredentials(this.#core.registry.known(key), overrides);
  }

  fault(settings: FaultSettings): void {
    this.#core.setFaults(settings);
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

  async restart(options: { readonly politely?: boolean; readonly downMs?: number } = {}): Promise<void> {
    checkCall("restart", options);
    const { politely = false, downMs = 0 } = options;
    const listener = this.#listener;
    if (politely) {
      for (const stream of [...this.#core.streams]) stream.end();
      listener?.closeSessions();
      await onTheWire();
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
    for (const stream of [...this.#core.streams])
      stream.fail(Code.Unavailable, "the gateway is shutting down");
    // Asked for the connection back first, a client would dial a fresh one, where nobody listens any more.
    await onTheWire();
    await this.#listener?.shutDown(shutDownLimitMs);
    try {
      await this.#core.keep();
    } finally {
      await this.#unlock?.();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #authority(): string {
    const host = this.#options.host ?? gatewayOptions.host.default;
    return `${host.includes(":") ? `[${host}]` : host}:${this.#port}`;
  }
}

/** Undefined for what is no gateway of ours. */
export const coreOf = (gateway: unknown): GatewayCore | undefined =>
  typeof gateway === "object" && gateway !== null ? EmbeddedGateway.coreOf(gateway) : undefined;

/**
 * Starts a gateway in this process. Rejects with INVALID_CONFIG for options that cannot be used, and with IO_ERROR
 * when it cannot listen there, because the port is in use for example.
 *
 * @example
 * ```ts
 * import { startGateway } from "mooring/gateway";
 *
 * await using gateway = await startGateway({ approval: "automatic" });
 * gateway.on((event) => console.log(event.type));
 * console.log(gateway.url, gateway.httpUrl);
 * ```
 */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  checkGatewayOptions(options);
  requireTool("oidc-provider");
  const unlock = options.state === undefined ? undefined : await lockState(options.state);
  try {
    const keeper = options.state === undefined ? undefined : await StateKeeper.open(options.state);
    const gateway = new EmbeddedGateway(options, keeper, unlock);
    await gateway.begin();
    return gateway;
  } catch (error) {
    await unlock?.();
    throw error;
  }
}
