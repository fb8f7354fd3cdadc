// One gateway and one runtime, processes both, with a proxy of faults between them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Process, wait } from "../processes.mjs";
import { selfSigned } from "./certificate.mjs";
import { ConnectorsProxy } from "./connectors-proxy.mjs";
import { faultsOf } from "./faults.mjs";
import { FaultProxy } from "./proxy.mjs";

/** All connections are back, and every answer confirmed, this long after the last fault. */
const backWithinMs = 60_000;
/** A process that does not answer for so long hangs. */
const answersWithinMs = 30_000;
const lookEveryMs = 200;
const rememberedFaults = 40;

const within = (promise, ms, what) =>
  Promise.race([
    promise,
    wait(ms).then(() => {
      throw new Error(`${what} did not answer within ${ms} ms: it hangs.`);
    }),
  ]);

export class Pair {
  #gateway;
  #runtime;
  #proxy;
  /** Undefined where connectors dial directly. */
  #connectorsProxy;
  #directory = mkdtempSync(join(tmpdir(), "mooring-campaign-"));
  #fault;
  /** Rejects when one of the processes ends. */
  #over;
  #recent = [];
  faults = {};

  constructor(name, { tls, proxied = false, transport, workers, random }) {
    this.name = name;
    this.tls = tls;
    this.proxied = proxied;
    this.transport = transport;
    this.workers = workers;
    this.random = random;
  }

  async start() {
    const certificate = this.tls ? await selfSigned() : undefined;
    this.#gateway = new Process(`${this.name}: gateway`, "campaign/gateway.mjs", undefined, {
      nodeArgs: ["--expose-gc"],
      env: certificate ? { CAMPAIGN_CERT: certificate.cert, CAMPAIGN_KEY: certificate.key } : {},
    });
    this.#proxy = new FaultProxy({ reads: this.#clearFrames });
    const port = await this.#proxy.listen(await this.#gateway.next("port"));
    if (this.proxied) this.#connectorsProxy = await ConnectorsProxy.start();
    this.#runtime = new Process(`${this.name}: runtime`, "campaign/runtime.mjs", undefined, {
      nodeArgs: ["--expose-gc"],
      env: {
        CAMPAIGN_URL: `${this.#scheme}${this.tls ? "s" : ""}://127.0.0.1:${port}`,
        CAMPAIGN_PROXY: this.#connectorsProxy?.url ?? "",
        CAMPAIGN_CA: certificate?.cert ?? "",
        CAMPAIGN_TRANSPORT: this.transport,
        CAMPAIGN_WORKERS: String(this.workers),
        CAMPAIGN_DIRECTORY: this.#directory,
      },
    });
    this.#fault = faultsOf({
      proxy: this.#proxy,
      connectorsProxy: this.#connectorsProxy,
      tls: this.tls,
      transport: this.transport,
      gateway: this.#gateway,
      stoppable: [this.#gateway, this.#runtime],
      random: this.random,
    });
    await within(this.#runtime.next("started"), backWithinMs, `${this.name}: runtime`);
    this.#over = Promise.race(
      [this.#gateway, this.#runtime].map(async (one) => {
        throw new Error(`${one.name} ended with ${await one.gone} in the middle.`);
      }),
    );
    this.#over.catch(() => {});
  }

  get #scheme() {
    return this.transport === "websocket" ? "ws" : "grpc";
  }

  get #clearFrames() {
    if (this.tls) return "nothing";
    return this.transport === "websocket" ? "websocket" : "http2";
  }

  /** Faults at a mean rate for a while, then rest. Resolves with the figures; throws when a process hangs or is gone. */
  round(ms, faultsPerSecond) {
    return Promise.race([this.#over, this.#round(ms, faultsPerSecond)]);
  }

  async #round(ms, faultsPerSecond) {
    const end = performance.now() + ms;
    this.#gateway.send("work");
    this.#runtime.send("work");
    while (performance.now() < end) {
      this.#disturb();
      await wait((-Math.log(1 - this.random()) * 1_000) / faultsPerSecond);
    }
    this.#runtime.send("rest");
    await this.#connectorsProxy?.rested();
    await within(this.#gateway.ask("rest", "resting"), answersWithinMs, `${this.name}: gateway`);
    const notBack = await this.#quiet();
    const runtime = await within(
      this.#runtime.ask("sample", "sample"),
      answersWithinMs,
      `${this.name}: runtime`,
    );
    const gateway = await within(
      this.#gateway.ask("figures", "figures"),
      answersWithinMs,
      `${this.name}: gateway`,
    );
    return { notBack, runtime, gateway };
  }

  /** The last faults, newest last: what to look at when something broke. */
  get recent() {
    return this.#recent.join(", ");
  }

  async end() {
    await Promise.all([this.#runtime?.end(), this.#gateway?.end()]);
    this.#proxy?.close();
    await this.#connectorsProxy?.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #disturb() {
    const name = this.#fault();
    this.faults[name] = (this.faults[name] ?? 0) + 1;
    this.#recent = [...this.#recent, name].slice(-rememberedFaults);
  }

  /** What is not back, with everything answered and confirmed, when the time is over. */
  async #quiet() {
    const until = performance.now() + backWithinMs;
    for (;;) {
      const notBack = await within(
        this.#runtime.ask("back?", "notBack"),
        answersWithinMs,
        `${this.name}: runtime`,
      );
      const { open } = await within(
        this.#gateway.ask("figures", "figures"),
        answersWithinMs,
        `${this.name}: gateway`,
      );
      if (open > 0) notBack.push(`${open} requests are not answered`);
      if (notBack.length === 0 || performance.now() > until) return notBack;
      await wait(lookEveryMs);
    }
  }
}
