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
import type { partitionsPort } from "../actors/partitions.js";
import type { ChartRecorder } from "../recording/settings.js";

type Port = ReturnType<typeof partitionsPort>;

export interface SupervisionOptions {
  readonly partitions: Port;
  readonly partitionSize: number;
  readonly fault: (error: unknown) => void;
  /** Notes what its chart does; undefined when nothing is recorded. */
  readonly recorder: ChartRecorder | undefined;
}

export class Supervision {
  readonly #actor: SupervisorActor;
  /** Called after every movement, to see whether what they wait for has come. */
  readonly #watchers = new Set<() => void>();

  constructor({ partitions, partitionSize, fault, recorder }: SupervisionOptions) {
    const machine = supervisorMachine.provide({ actors: { partitions } });
    this.#actor = createActor(recorder?.recorded("supervisor", machine) ?? machine, {
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
