/** What worker threads have found to lead to the gateway: each thread has a choice of its own, and hears of the others'. */
import { addressOf } from "../protocol/endpoint.js";
import type { Settings } from "../runtime/options.js";
import type { RuntimeStatus } from "../runtime/status.js";
import type { ChoiceChange, ToldWay } from "../transport-choice/choice.js";
import { inUse } from "../transport-choice/in-use.js";
import type { ToWorker } from "./worker-messages.js";

interface Thread {
  readonly number: number;
  post(command: ToWorker): void;
}

export class ToldTransport {
  readonly #threads: () => readonly Thread[];
  #last: { readonly inUse: RuntimeStatus["transport"]; readonly gateway: string };
  /** For threads that come. */
  #told: ToldWay | undefined;

  constructor({ endpoint, transport }: Settings, threads: () => readonly Thread[]) {
    this.#threads = threads;
    const unknown = inUse({ chosen: null, instead: null, isDoubted: false, failed: {} });
    const isSet = transport !== "auto";
    this.#last = {
      inUse: isSet ? { kind: endpoint.transport, why: null } : unknown,
      gateway: addressOf(endpoint),
    };
  }

  /** As it was told last. */
  get inUse(): RuntimeStatus["transport"] {
    return this.#last.inUse;
  }

  get gateway(): string {
    return this.#last.gateway;
  }

  get told(): ToldWay | undefined {
    return this.#told;
  }

  changed(worker: number, { inUse, forOthers }: ChoiceChange, gateway: string): void {
    this.#last = { inUse, gateway };
    if (!forOthers) return;
    this.#told = forOthers;
    for (const thread of this.#threads())
      if (thread.number !== worker) thread.post({ type: "transport", told: forOthers });
  }
}
