/** A real nats-server with JetStream in a folder of its own, which can be killed and started again at the same port. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const finder = fileURLToPath(new URL("../../scripts/nats-server.mjs", import.meta.url));
let program: string | undefined;

/** Where it is; says what is missing. */
function natsServer(): string {
  program ??= execFileSync(process.execPath, [finder], { encoding: "utf8" }).trim();
  return program;
}

/** Stream names differ, so that tests share a server. */
export const newStream = (): string => `t-${randomUUID()}`;

export class RealServer {
  readonly #folder: string;
  /** What is added to the server's own configuration: users, limits. */
  config: string;
  hasJetStream = true;
  #child: ChildProcess | undefined;
  port = -1;

  private constructor(folder: string, config: string) {
    this.#folder = folder;
    this.config = config;
  }

  static async start(config = ""): Promise<RealServer> {
    const server = new RealServer(await mkdtemp(join(tmpdir(), "mooring-nats-")), config);
    await server.up();
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async up(): Promise<void> {
    const file = join(this.#folder, "server.conf");
    const jetstream = `jetstream { store_dir: ${JSON.stringify(this.#folder)}, sync_interval: always }`;
    await writeFile(
      file,
      `host: "127.0.0.1"\nport: ${this.port}\n${this.hasJetStream ? jetstream : ""}\n${this.config}\n`,
    );
    const child = spawn(natsServer(), ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
    this.#child = child;
    let said = "";
    for await (const line of createInterface({ input: child.stderr })) {
      said += `${line}\n`;
      const port = /Listening for client connections on .*:(\d+)/.exec(line)?.[1];
      if (port) this.port = Number(port);
      if (line.includes("Server is ready")) {
        child.stderr.resume();
        return;
      }
    }
    throw new Error(`nats-server did not start:\n${said}`);
  }

  /** As a crash does it. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** Killed, with nothing left of what it kept. */
  async lose(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
    await mkdir(this.#folder);
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
