/** Where faults are planted: a gateway, a runtime, and what they need, each ended with the fault. */
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connector, createRuntime, type Runtime, type RuntimeOptions } from "mooring";
import { type Gateway, type GatewayOptions, startGateway } from "mooring/gateway";
import { echo } from "../support/connectors.js";
import { neverMs } from "../support/never.js";

export const identity = { tenantId: "acme", connectorType: "echo_test", instanceId: "one" };
export const key = "acme.echo_test.one";

/** The next try does not come while an agent looks. */
const still = { baseMs: 3_600_000, maxMs: 7_200_000, jitterMs: 0 };

export interface Given extends RuntimeOptions {
  readonly connector?: Connector | string;
  readonly tenantId?: string;
}

export class Bench implements AsyncDisposable {
  readonly #ends: (() => unknown)[] = [];
  readonly home: string;
  /** Where agents ask. */
  readonly control: string;

  private constructor(home: string, control: string) {
    this.home = home;
    this.control = control;
    this.#ends.push(() => rm(home, { recursive: true, force: true }));
  }

  static async make(control: string): Promise<Bench> {
    return new Bench(await mkdtemp(join(tmpdir(), "mooring-planted-")), control);
  }

  onEnd(end: () => unknown): void {
    this.#ends.push(end);
  }

  async gateway(options: GatewayOptions = { approval: "automatic" }): Promise<Gateway> {
    const gateway = await startGateway(options);
    this.onEnd(() => gateway.close());
    return gateway;
  }

  /** Started, and not waited for. */
  runtime(url: string, { connector = echo, tenantId = "acme", ...options }: Given = {}): Runtime {
    const runtime = createRuntime({
      url,
      credentials: { directory: join(this.home, "keys") },
      backoff: still,
      stableUptimeMs: neverMs,
      refusedDelayMs: 3_600_000,
      ...options,
      env: { HOME: this.home, ...options.env },
    });
    runtime.add({ tenantId, instanceId: "one", connector });
    this.onEnd(() => runtime.close());
    void runtime.start({ timeoutMs: 0 });
    return runtime;
  }

  /** A key as an operator mounts it, with its client at a gateway; gives the environment that names it. */
  async mountedKey(
    gateway: Gateway,
    realm = gateway.realmUrl,
  ): Promise<{ clientId: string; env: Record<string, string> }> {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const path = join(this.home, "connector-key.pem");
    await writeFile(path, privateKey.export({ type: "sec1", format: "pem" }), { mode: 0o600 });
    const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
    const { clientId } = gateway.registerClient({ identity, publicKey });
    const env = {
      TENANT_ID: "acme",
      STRIKE48_PRIVATE_KEY_PATH: path,
      STRIKE48_CLIENT_ID: clientId,
      STRIKE48_AUTH_URL: realm,
    };
    return { clientId, env };
  }

  /** A server of HTTP/1, as `http://127.0.0.1:port`. */
  async http(answer: RequestListener): Promise<string> {
    return `http://127.0.0.1:${await this.#listening(createServer(answer))}`;
  }

  /** A server that takes connections and does with them what is said; its port. */
  tcp(take: (socket: Socket) => void): Promise<number> {
    return this.#listening(createTcpServer((socket) => take(socket.on("error", () => {}))));
  }

  async #listening(server: Server): Promise<number> {
    const sockets = new Set<Socket>();
    server.on("connection", (socket: Socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.onEnd(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    });
    return (server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }
}
