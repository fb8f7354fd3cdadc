/** A small HTTP CONNECT proxy on loopback for tests: with a password or none, in the clear or by TLS, with faults. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { invalidConfig } from "../errors.js";
import { startListening } from "../network/listening.js";
import { checkOptions } from "../options/check.js";
import { checkRange } from "../options/ranges.js";
import { proxyHeadBytes } from "../protocol/limits.js";
import { isSameSecret } from "../same-secret.js";
import { proxyFaultsCall, testProxyCall } from "./option-table.js";

/** Options of {@link startTestProxy}. */
export interface TestProxyOptions {
  /**
   * Address to listen on.
   * @default `127.0.0.1`
   */
  readonly host?: string;
  /**
   * Port to listen on. 0: any free port.
   * @default 0
   */
  readonly port?: number;
  /**
   * The user name that it wants, with `password`.
   * @default it wants none
   */
  readonly user?: string;
  /** The password that it wants. */
  readonly password?: string;
  /** Given, the way to the proxy itself is encrypted. */
  readonly tls?: {
    /** Certificate (PEM): the way to the proxy itself is encrypted. */
    readonly cert: string;
    /** Key of the certificate (PEM). */
    readonly key: string;
  };
}

/** What a test proxy does wrong; what is left out goes well. */
export interface ProxyFaults {
  /** Each CONNECT is answered with this status, such as 502. */
  readonly status?: number;
  /** Each CONNECT is answered so much later. */
  readonly delayMs?: number;
  /**
   * No CONNECT is answered.
   * @default false
   */
  readonly silent?: boolean;
  /** Each way is cut when so many bytes have come from the target; 0: in place of the answer to CONNECT. */
  readonly cutAfterBytes?: number;
  /**
   * Behind its answer it speaks itself, and no TLS, as one does that breaks TLS open and fails.
   * @default false
   */
  readonly badTls?: boolean;
}

/** A running proxy. `await using` closes it at the end of the block. */
export interface TestProxy extends AsyncDisposable {
  /** Where it listens. */
  readonly port: number;
  /** Its address as the option `proxy` takes it, with the user name and password that it wants now. */
  readonly url: string;
  /** What it was asked for since it was started: `host:port` of each CONNECT, in order, refused ones too. */
  readonly asked: readonly string[];
  /** Ways that are open now. */
  readonly open: number;
  /** From now on it wants this password. Ways that are open stay. */
  setPassword(password: string): void;
  /** What it does wrong with each CONNECT from now on; `{}`: nothing. Throws INVALID_CONFIG. */
  disturb(faults: ProxyFaults): void;
  /** Cuts every way that is open. */
  cut(): void;
  /** Stops listening, cuts every way, and listens again at the same port after `downMs` (0). */
  restart(options?: { readonly downMs?: number }): Promise<void>;
  /** Cuts every way and stops listening. */
  close(): Promise<void>;
}

/** `host:port`, IPv6 in brackets. */
const requestLine = /^CONNECT (?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5}) HTTP\/1\.[01]\r\n/;

const reasons: Readonly<Record<number, string>> = {
  200: "Connection established",
  400: "Bad Request",
  407: "Proxy Authentication Required",
  502: "Bad Gateway",
};

class ConnectProxy implements TestProxy {
  readonly asked: string[] = [];
  readonly #options: TestProxyOptions;
  readonly #server: Server;
  /** All there are, to clients and to targets. */
  readonly #sockets = new Set<Socket>();
  #password: string;
  #faults: ProxyFaults = {};
  #open = 0;
  port = 0;

  constructor(options: TestProxyOptions) {
    this.#options = options;
    this.#password = options.password ?? "";
    const accept = (socket: Socket) => this.#accept(socket);
    this.#server = options.tls ? createTlsServer({ ...options.tls }, accept) : createServer(accept);
    this.#server.on("tlsClientError", () => {});
  }

  get #host(): string {
    return this.#options.host ?? "127.0.0.1";
  }

  get url(): string {
    const { user, tls } = this.#options;
    const who =
      user === undefined ? "" : `${encodeURIComponent(user)}:${encodeURIComponent(this.#password)}@`;
    const host = this.#host.includes(":") ? `[${this.#host}]` : this.#host;
    return `${tls ? "https" : "http"}://${who}${host}:${this.port}`;
  }

  get open(): number {
    return this.#open;
  }

  setPassword(password: string): void {
    this.#password = password;
  }

  disturb(faults: ProxyFaults): void {
    checkOptions(faults, proxyFaultsCall);
    const { status, delayMs, cutAfterBytes } = proxyFaultsCall.table;
    checkRange("status", faults.status, status);
    checkRange("delayMs", faults.delayMs, delayMs);
    checkRange("cutAfterBytes", faults.cutAfterBytes, cutAfterBytes);
    this.#faults = faults;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async listen(): Promise<void> {
    const port = this.port || (this.#options.port ?? 0);
    await startListening(this.#server, { setting: "port", host: this.#host, port });
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async restart({ downMs = 0 }: { readonly downMs?: number } = {}): Promise<void> {
    await this.close();
    await new Promise((resolve) => setTimeout(resolve, downMs));
    await this.listen();
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    return socket.once("close", () => this.#sockets.delete(socket));
  }

  #accept(client: Socket): void {
    this.#keep(client);
    let read = Buffer.alloc(0);
    const take = (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      const end = read.indexOf("\r\n\r\n");
      if (end < 0 && read.length <= proxyHeadBytes) return;
      client.off("data", take).pause();
      if (end < 0) return this.#answer(client, 400);
      if (read.length > end + 4) client.unshift(read.subarray(end + 4));
      this.#judge(client, read.subarray(0, end + 4).toString("latin1"));
    };
    client.on("data", take);
  }

  #judge(client: Socket, head: string): void {
    const [, ipv6, name, port] = requestLine.exec(head) ?? [];
    const host = ipv6 ?? name;
    if (host === undefined) return this.#answer(client, 400);
    this.asked.push(`${ipv6 === undefined ? host : `[${host}]`}:${port}`);
    const { silent, status, cutAfterBytes, delayMs } = this.#faults;
    if (silent) return void client.resume();
    if (cutAfterBytes === 0) return void client.destroy();
    const go = () => {
      if (!this.#isAllowed(head)) return this.#answer(client, 407);
      if (status !== undefined) return this.#answer(client, status);
      this.#lead(client, host, Number(port));
    };
    if (delayMs) this.#later(client, delayMs, go);
    else go();
  }

  #later(client: Socket, ms: number, go: () => void): void {
    const timer = setTimeout(go, ms);
    client.once("close", () => clearTimeout(timer));
  }

  #isAllowed(head: string): boolean {
    const { user } = this.#options;
    if (user === undefined) return true;
    const given = /\r\nProxy-Authorization: Basic (\S*)\r\n/i.exec(head)?.[1] ?? "";
    return isSameSecret(given, Buffer.from(`${user}:${this.#password}`, "utf8").toString("base64"));
  }

  #answer(client: Socket, status: number): void {
    const challenge = status === 407 ? 'Proxy-Authenticate: Basic realm="test"\r\n' : "";
    client.end(`HTTP/1.1 ${status} ${reasons[status] ?? "As told"}\r\n${challenge}Content-Length: 0\r\n\r\n`);
  }

  #lead(client: Socket, host: string, port: number): void {
    const { badTls, cutAfterBytes } = this.#faults;
    if (badTls) {
      client.write(`HTTP/1.1 200 ${reasons[200]}\r\n\r\nThis is no TLS.\r\n`);
      return void client.resume();
    }
    const target = this.#keep(connect({ host, port }));
    target.once("error", () => this.#answer(client, 502));
    target.once("connect", () => {
      this.#open += 1;
      target.once("close", () => {
        this.#open -= 1;
        client.destroy();
      });
      client.once("close", () => target.destroy());
      client.write(`HTTP/1.1 200 ${reasons[200]}\r\n\r\n`);
      client.pipe(target);
      target.pipe(client);
      if (cutAfterBytes !== undefined) cutAfter(target, cutAfterBytes);
    });
  }
}

function cutAfter(target: Socket, bytes: number): void {
  let come = 0;
  target.on("data", (chunk: Buffer) => {
    come += chunk.length;
    if (come >= bytes) target.destroy();
  });
}

/**
 * An HTTP CONNECT proxy on loopback, to test connectors behind one. Close it at the end. Rejects with INVALID_CONFIG for
 * bad options, and with IO_ERROR when it cannot listen.
 *
 * @example
 * ```ts
 * import { startTestBench, startTestProxy } from "mooring/testing";
 *
 * await using proxy = await startTestProxy({ user: "alice", password: "open sesame" });
 * await using bench = await startTestBench({ runtime: { proxy: proxy.url } });
 * proxy.disturb({ status: 502 });
 * proxy.cut();
 * console.log(bench.runtime.status().registrations);
 * ```
 */
export async function startTestProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  checkOptions(options, testProxyCall);
  if (options.password !== undefined && options.user === undefined)
    throw invalidConfig("password needs user: give the user name that goes with it, or neither.");
  const proxy = new ConnectProxy(options);
  await proxy.listen();
  return proxy;
}
