// The HTTP CONNECT proxy that connectors dial through, with a password, and what goes wrong with it. Its faults come one
// after the other, and each ends by itself.
import { startTestProxy } from "mooring/testing";
import { wait } from "../processes.mjs";

export class ConnectorsProxy {
  #proxy;
  #faults = Promise.resolve();

  static async start() {
    const started = new ConnectorsProxy();
    started.#proxy = await startTestProxy({ user: "campaign", password: "open sesame" });
    return started;
  }

  get url() {
    return this.#proxy.url;
  }

  cut() {
    this.#proxy.cut();
  }

  restart(downMs) {
    this.#then(() => this.#proxy.restart({ downMs: Math.ceil(downMs) }));
  }

  /** It does this wrong for a while. */
  failFor(fault, ms) {
    this.#then(async () => {
      this.#proxy.disturb(fault);
      await wait(ms);
      this.#proxy.disturb({});
    });
  }

  /** Resolves when every fault is over. */
  rested() {
    return this.#faults;
  }

  async close() {
    await this.#faults;
    await this.#proxy.close();
  }

  #then(fault) {
    this.#faults = this.#faults.then(fault);
  }
}
