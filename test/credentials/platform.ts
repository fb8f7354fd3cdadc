/** A scripted HTTP server with the two calls of the credential exchange, and credentials that talk to it. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type CredentialServiceOptions, createCredentialService } from "../../src/credentials/create.js";
import type { Logger } from "../../src/logger.js";
import type { Identity } from "../../src/protocol/identity.js";
import { Secret } from "../../src/secret.js";
import { Driven } from "./drive.js";

export interface Received {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly body?: string | object;
  readonly headers?: Record<string, string>;
  /** Cut the connection instead of answering. */
  readonly cut?: boolean;
}

export type Responder = (request: Received) => Reply | Promise<Reply>;

export const registerPath = "/api/connectors/register-with-ott";
export const tokenPath = "/realms/test/protocol/openid-connect/token";
export const identity: Identity = { tenantId: "acme", connectorType: "calc", instanceId: "calc-1" };

/** Answers by path; each path has a queue of scripted answers and a standing one. */
export class Platform {
  readonly requests: Received[] = [];
  readonly #scripts = new Map<string, Responder[]>();
  readonly #standing = new Map<string, Responder>();
  readonly #waiting: { readonly path: string; readonly count: number; readonly resolve: () => void }[] = [];
  readonly #server: Server;
  readonly #scheme: string;

  constructor(tls?: { readonly cert: string; readonly key: string }) {
    const listener: Parameters<typeof createServer>[1] = (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", async () => {
        const reply = await this.#answer({
          path: request.url ?? "",
          method: request.method ?? "",
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        });
        if (reply.cut) {
          response.destroy();
          return;
        }
        const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body ?? {});
        response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
        response.end(text);
      });
    };
    this.#scheme = tls ? "https" : "http";
    this.#server = tls ? createSecureServer(tls, listener) : createServer(listener);
  }

  /** Until the test is over. */
  static async start(tls?: { readonly cert: string; readonly key: string }): Promise<Platform> {
    const platform = await Platform.serve(tls);
    onTestFinished(() => platform.stop());
    return platform;
  }

  /** Until it is stopped. */
  static async serve(tls?: { readonly cert: string; readonly key: string }): Promise<Platform> {
    const platform = new Platform(tls);
    platform.#server.listen(0, "127.0.0.1");
    await once(platform.#server, "listening");
    platform.always(registerPath, () => ({ status: 200, body: platform.issued }));
    platform.always(tokenPath, () => ({
      status: 200,
      body: { access_token: "token-1", token_type: "Bearer", expires_in: 300 },
    }));
    return platform;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port; // a listening TCP server has an AddressInfo
  }

  get authority(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `${this.#scheme}://${this.authority}`;
  }

  get realmUrl(): string {
    return `${this.url}/realms/test`;
  }

  get issued() {
    return { client_id: "client-1", keycloak_url: this.realmUrl, tenant_id: "acme", kid: "kid-1" };
  }

  /** The next answers for a path, in order. */
  next(path: string, ...responders: (Responder | Reply)[]): void {
    const script = this.#scripts.get(path) ?? [];
    script.push(...responders.map((one) => (typeof one === "function" ? one : () => one)));
    this.#scripts.set(path, script);
  }

  /** The answer for a path when nothing is scripted. */
  always(path: string, responder: Responder | Reply): void {
    this.#standing.set(path, typeof responder === "function" ? responder : () => responder);
  }

  received(path: string): Received[] {
    return this.requests.filter((request) => request.path === path);
  }

  /** Resolves when the path has been asked `count` times. */
  async asked(path: string, count = 1): Promise<void> {
    if (this.received(path).length >= count) return;
    await new Promise<void>((resolve) => this.#waiting.push({ path, count, resolve }));
  }

  async #answer(request: Received): Promise<Reply> {
    this.requests.push(request);
    for (const waiter of this.#waiting) {
      if (this.received(waiter.path).length >= waiter.count) waiter.resolve();
    }
    const responder = this.#scripts.get(request.path)?.shift() ?? this.#standing.get(request.path);
    return responder ? await responder(request) : { status: 404 };
  }
}

/** A promise with its handles: what a test lets go of at the right moment. */
export function gate<T = void>(): { readonly promise: Promise<T>; open(value: T): void } {
  let open: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open: (value) => open(value) };
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mooring-credentials-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface LogLine {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

export function recordingLogger(): { readonly logger: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields, message });
  return { lines, logger: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
}

/** Clocks that stand still until a test moves them. */
export class Clocks {
  wallMs = Date.now();
  monotonicMs = 0;
  readonly wallClock = () => this.wallMs;
  readonly monotonicClock = () => this.monotonicMs;
}

/** Credentials whose registrations are led by the credentials machine. */
export interface DrivenCredentials {
  for(identity: Identity, explicitToken: Secret | undefined): Driven;
  close(): Promise<void>;
}

export type BenchOptions = Partial<CredentialServiceOptions> & { readonly random?: () => number };

export interface Bench {
  readonly platform: Platform;
  readonly directory: string;
  readonly lines: LogLine[];
  readonly clocks: Clocks;
  /** Waits that were asked for; none of them takes time. */
  readonly waits: number[];
  readonly credentials: DrivenCredentials;
  /** New credentials over the same folder: a restart of the process. */
  restart(options?: BenchOptions): DrivenCredentials;
}

/** Credentials in a folder of their own against a platform of their own; nothing waits. */
export async function startBench(options: BenchOptions = {}): Promise<Bench> {
  const platform = await Platform.start();
  const directory = await temporaryFolder();
  const { logger, lines } = recordingLogger();
  const clocks = new Clocks();
  const waits: number[] = [];
  const create = (more: BenchOptions = {}): DrivenCredentials => {
    const { random = () => 0, ...rest } = { ...options, ...more };
    const credentials = createCredentialService({
      dialled: { authority: platform.authority, tls: false },
      stepTimeoutMs: 60_000,
      directory,
      logger,
      wellKnown: { keys: [], tokens: [] },
      wallClock: clocks.wallClock,
      monotonicClock: clocks.monotonicClock,
      ...rest,
    });
    onTestFinished(() => credentials.close());
    return {
      for: (...args) => new Driven(credentials.for(...args), { waits, random }),
      close: () => credentials.close(),
    };
  };
  return { platform, directory, lines, clocks, waits, credentials: create(), restart: create };
}

export const never = new AbortController().signal;

export const offer = (oneTimeToken = "one-time-1", registerUrl = registerPath, apiUrl = "") => ({
  oneTimeToken: new Secret(oneTimeToken),
  registerUrl,
  apiUrl,
});

/** An unsigned session token that ends at the given second. */
export function sessionToken(exp: number): Secret {
  return new Secret(`${Buffer.from(JSON.stringify({ exp })).toString("base64url")}.signature`);
}

/** The failure of a CredentialError, as plain data. */
export async function failureOf(work: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error && "failure" in error) return { ...(error.failure as object) }; // a CredentialError
    throw error;
  }
  throw new Error("It did not fail.");
}
