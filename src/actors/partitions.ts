/**
 * The `partitions` port: hosts the partitions, each the root of an actor system of its own, so that work per
 * registration does not grow with their number (one XState system is quadratic in its children).
 *
 * Forwards commands, reports movements, and contains faults: a partition that fails starts its own
 * registrations again and nobody else's.
 */
import { type ActorRefFrom, createActor, fromCallback } from "xstate";
import {
  credentialsMachine,
  livenessMachine,
  type PartitionsCommand,
  type PartitionsEvent,
  partitionMachine,
  type RegistrationActor,
  type RegistrationCommand,
  type RegistrationSnapshot,
  type RegistrationSpec,
  type RegistrationView,
  registrationMachine,
  registrationView,
  type Standing,
} from "../../machines/index.js";
import { isResting } from "../../machines/ports.js";
import { afterFailure, faultsWithin, isTooOften, type Requested } from "../../machines/restarts.js";
import { type ChartWays, chartLogic } from "./chart-logic.js";
import { credentialPorts } from "./credentials.js";
import { Moved, Movements } from "./movements.js";
import { openStreamPort, SessionHandover } from "./open-stream.js";
import { endOrphans } from "./orphans.js";
import { Pace } from "./pace.js";
import type { Services } from "./services.js";
import { streamPort } from "./stream.js";
import { workPort } from "./work.js";

/** What the owner of the partitions wants to know and to provide. */
export interface PartitionsOwner extends ChartWays {
  readonly services: Services;
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /**
   * A registration's machine was started (again): what it emits can be heard from here. Returns whom to tell how it
   * stands, also when nothing has changed.
   */
  started(key: string, actor: RegistrationActor): (view: RegistrationView) => void;
  /** A registration's machine has failed; `parked`: too often, it is not started again. */
  failed(key: string, error: unknown, parked: boolean): void;
  /** A registration was stopped for good, or `paused`. */
  ended(key: string, reason: "stopped" | "paused" | "removed"): void;
  /** A partition has failed and was replaced. */
  partitionFailed(error: unknown): void;
}

/** The machines that are hosted; tests give some that fail. */
export interface Charts {
  readonly partition: typeof partitionMachine;
  readonly registration: typeof registrationMachine;
}

/** The registration machine with its real ports. */
function provided(machine: typeof registrationMachine, owner: PartitionsOwner) {
  const { services } = owner;
  const handover = new SessionHandover();
  const credentials = credentialsMachine.provide({ actors: credentialPorts(services) });
  const real = machine.provide({
    actors: {
      openStream: openStreamPort(services, handover),
      stream: streamPort(services, handover),
      credentials: chartLogic(owner, "credentials", credentials),
      work: workPort(services),
      liveness: chartLogic(owner, "liveness", livenessMachine.provide({})),
    },
  });
  return chartLogic(owner, "registration", real);
}

const ignoreError = (): void => {};

/**
 * Registrations that start in one turn of the event loop. Thousands at once would block it for seconds, and all
 * that they allocate on their way would be alive together: the heap would grow to it and stay so (2,000 idle
 * registrations on Node 20: 62 KB resident each at 32 a turn or all at once, 50 KB at 8).
 */
const startsPerTurn = 8;

/** Where those stand that are not started again. */
const restingAs = { stop: "stopped", pause: "paused", park: "parked" } as const;

interface Partition {
  readonly number: number;
  readonly specs: Map<string, RegistrationSpec>;
  /** When it failed, in ms, within the window of `restartIntensity`. */
  faults: readonly { readonly at: number }[];
  actor: ActorRefFrom<typeof partitionMachine>;
}

/** All partitions of one runtime. Work per command is constant. */
class Partitions {
  readonly #owner: PartitionsOwner;
  readonly #size: number;
  readonly #tell: (event: PartitionsEvent) => void;
  readonly #machine;
  readonly #byKey = new Map<string, Partition>();
  readonly #all = new Set<Partition>();
  /** Partitions with room. */
  readonly #roomy = new Set<Partition>();
  readonly #standings = new Map<string, Standing>();
  readonly #movements: Movements;
  /** Hosted, and to be started in one of the next turns. In order. */
  readonly #waiting = new Map<string, RegistrationSpec>();
  readonly #pace = new Pace(startsPerTurn);
  #count = 0;

  constructor(
    owner: PartitionsOwner,
    machines: Charts,
    size: number,
    tell: (event: PartitionsEvent) => void,
  ) {
    this.#owner = owner;
    this.#size = size;
    this.#tell = tell;
    this.#movements = new Movements((movements) => tell({ type: "registrations.moved", movements }));
    const partition = machines.partition.provide({
      actors: { registration: provided(machines.registration, owner) },
    });
    this.#machine = chartLogic(owner, "partition", partition);
  }

  obey(command: PartitionsCommand): void {
    if (command.type === "registrations.add") return this.#add(command.specs);
    if ("key" in command) return this.#forward(command);
    for (const key of this.#waiting.keys()) this.#begin(key);
    for (const partition of this.#all) partition.actor.send(command);
  }

  stop(): void {
    this.#waiting.clear();
    // Not at once: a registration that has just stopped is still reporting to its partition.
    queueMicrotask(() => {
      for (const partition of this.#all) partition.actor.stop();
    });
  }

  /** They count as connecting from now on, also before their turn comes. */
  #add(specs: readonly RegistrationSpec[]): void {
    for (const { key } of specs) this.#move(key, "connecting");
    // At once: a drain must not take those before them for all there are.
    this.#movements.flush();
    for (const spec of specs) {
      this.#waiting.set(spec.key, spec);
      this.#pace.begin(() => this.#begin(spec.key));
    }
  }

  /** Starts a registration that waits for its turn; does nothing for others. */
  #begin(key: string): void {
    const spec = this.#waiting.get(key);
    if (!spec) return;
    this.#waiting.delete(key);
    const [roomy] = this.#roomy;
    const partition = roomy ?? this.#open();
    partition.specs.set(spec.key, spec);
    this.#byKey.set(spec.key, partition);
    if (partition.specs.size >= this.#size) this.#roomy.delete(partition);
    partition.actor.send({ type: "registration.add", spec });
  }

  #forward(command: RegistrationCommand): void {
    this.#begin(command.key);
    this.#byKey.get(command.key)?.actor.send(command);
    // A paused, stopped or parked registration ends without an event of its machine.
    if (command.type === "registration.remove" && this.#isResting(command.key)) this.#forget(command.key);
  }

  #isResting(key: string): boolean {
    return isResting(this.#standings.get(key) ?? null);
  }

  #open(): Partition {
    this.#count += 1;
    const partition: Partition = {
      number: this.#count,
      specs: new Map(),
      faults: [],
      actor: this.#start(this.#count, () => partition),
    };
    this.#all.add(partition);
    this.#roomy.add(partition);
    return partition;
  }

  #start(number: number, self: () => Partition): ActorRefFrom<typeof partitionMachine> {
    const actor = createActor(this.#machine, {
      input: { partition: number, random: this.#owner.random },
    });
    actor.subscribe({ error: (error) => this.#replace(self(), error) });
    actor.on("registration.started", ({ key, actor: child }) => this.#watch(key, child));
    actor.on("registration.failed", ({ key, actor: failed, error, parked }) => {
      if (failed) endOrphans(failed);
      if (parked) this.#move(key, "parked");
      this.#owner.failed(key, error, parked);
    });
    actor.on("registration.ended", ({ key, output, forgotten }) => {
      if (forgotten) this.#forget(key);
      // Already told by its last snapshot, unless it failed on its way there.
      else if (output.reason === "paused") this.#move(key, "paused");
      this.#owner.ended(key, forgotten ? "removed" : output.reason === "paused" ? "paused" : "stopped");
    });
    actor.start();
    return actor;
  }

  /**
   * A fresh system for the registrations of one that failed; the others have systems of their own. Only those
   * that ran start again; in one that was ending, or fails too often, none does.
   */
  #replace(partition: Partition, error: unknown): void {
    const failed = partition.actor;
    const snapshot = failed.getSnapshot();
    const wasEnding = snapshot.matches("ending");
    const at = this.#owner.now();
    partition.faults = [...faultsWithin(partition.faults, at), { at }];
    endOrphans(failed);
    this.#tell({
      type: "partition.failed",
      partition: partition.number,
      registrations: partition.specs.size,
    });
    this.#owner.partitionFailed(error);
    partition.actor = this.#start(partition.number, () => partition);
    for (const spec of [...partition.specs.values()]) {
      const requested = snapshot.context.members.get(spec.key)?.requested ?? null;
      this.#hostAgain(partition, spec, requested, wasEnding, error);
    }
    if (wasEnding) partition.actor.send({ type: "stop" });
  }

  #hostAgain(
    { actor, faults }: Partition,
    spec: RegistrationSpec,
    requested: Requested,
    isEnding: boolean,
    error: unknown,
  ): void {
    const { key } = spec;
    const isResting = this.#isResting(key);
    const fate = afterFailure({ requested, isResting, isEnding, isTooOften: isTooOften(faults.length) });
    if (fate === "restart") return actor.send({ type: "registration.add", spec });
    if (fate === "remove") {
      this.#forget(key);
      return this.#owner.ended(key, "removed");
    }
    actor.send({ type: "registration.keep", spec });
    if (fate === "rest") return;
    this.#move(key, restingAs[fate]);
    if (fate === "park") this.#owner.failed(key, error, true);
    else this.#owner.ended(key, restingAs[fate]);
  }

  #watch(key: string, child: RegistrationActor): void {
    const moved = this.#owner.started(key, child);
    const look = (snapshot: RegistrationSnapshot) => {
      const view = registrationView(snapshot);
      this.#move(key, view.standing);
      moved(view);
    };
    // The partition hears of errors as events; an observer keeps them from becoming uncaught exceptions.
    child.subscribe({ next: look, error: ignoreError });
    look(child.getSnapshot());
  }

  #move(key: string, to: Standing): void {
    const from = this.#standings.get(key) ?? null;
    if (from === to) return;
    this.#standings.set(key, to);
    this.#movements.add(new Moved(from, to));
  }

  #forget(key: string): void {
    const partition = this.#byKey.get(key);
    if (!partition) return;
    this.#byKey.delete(key);
    partition.specs.delete(key);
    this.#roomy.add(partition);
    const from = this.#standings.get(key) ?? null;
    this.#standings.delete(key);
    this.#movements.add(new Moved(from, null));
  }
}

const realMachines: Charts = { partition: partitionMachine, registration: registrationMachine };

export const partitionsPort = (owner: PartitionsOwner, machines = realMachines) =>
  fromCallback<PartitionsCommand, { readonly partitionSize: number }>(({ input, sendBack, receive }) => {
    const partitions = new Partitions(owner, machines, input.partitionSize, sendBack);
    receive((command) => partitions.obey(command));
    return () => partitions.stop();
  });
