/**
 * The supervisor of a runtime as an actor, and waiting for what it says. Which partitions it leads, in this
 * thread or in others, is told by the port it is given.
 */
import { createActor } from "xstate";
import {
  isReady,
  type SupervisorActor,
  type SupervisorPhase,
  supervisorMachine,
  supervisorPhase,
} from "../../machines/index.js";
import { type ChartWays, chartLogic } from "../actors/chart-logic.js";
import type { partitionsPort } from "../actors/partitions.js";

type Port = ReturnType<typeof partitionsPort>;

export interface SupervisionOptions extends ChartWays {
  readonly partitions: Port;
  readonly partitionSize: number;
  readonly fault: (error: unknown) => void;
}

export class Supervision {
  readonly #actor: SupervisorActor;
  /** Called after every movement, to see whether what they wait for has come. */
  readonly #watchers = new Set<() => void>();

  constructor({ partitions, partitionSize, fault, ...ways }: SupervisionOptions) {
    const machine = supervisorMachine.provide({ actors: { partitions } });
    this.#actor = createActor(chartLogic(ways, "supervisor", machine), {
      input: { partitionSize },
    });
    this.#actor.subscribe({ next: () => this.look(), error: fault, complete: () => this.look() });
  }

  get phase(): SupervisorPhase {
    return supervisorPhase(this.#actor.getSnapshot());
  }

  get ready(): boolean {
    return isReady(this.#actor.getSnapshot());
  }

  /** How many registrations are ready, wait for a person, or are at rest: nothing more comes by waiting a little. */
  get settled(): number {
    const { counts } = this.#actor.getSnapshot().context;
    return counts.serving + counts.pendingApproval + counts.stopped + counts.paused + counts.parked;
  }

  start(): void {
    this.#actor.start();
  }

  send(event: Parameters<SupervisorActor["send"]>[0]): void {
    this.#actor.send(event);
  }

  stop(): void {
    this.#actor.stop();
  }

  /** Something that is waited for may have come by another way than a movement. */
  look(): void {
    for (const watch of [...this.#watchers]) watch();
  }

  /** Resolves when the condition holds, or after the limit with false. */
  until(condition: () => boolean, limitMs?: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const end = (held: boolean) => {
        clearTimeout(timer);
        this.#watchers.delete(watch);
        resolve(held);
      };
      const watch = () => {
        if (condition()) end(true);
      };
      this.#watchers.add(watch);
      if (limitMs !== undefined) timer = setTimeout(() => end(false), limitMs);
    });
  }
}
