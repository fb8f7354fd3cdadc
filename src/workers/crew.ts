/**
 * The `partitions` port over worker threads: spreads registrations evenly, forwards commands, reports movements,
 * and contains the death of a thread: its registrations start again in a fresh one, with bounded intensity.
 */
import { fromCallback } from "xstate";
import type {
  PartitionsCommand,
  PartitionsEvent,
  RegistrationCommand,
  Standing,
} from "../../machines/index.js";
import { isResting } from "../../machines/ports.js";
import { accusedBy, faultsWithin, isTooOften } from "../../machines/restarts.js";
import { invalidConfig } from "../errors.js";
import type { RuntimeStatus } from "../runtime/status.js";
import { type Death, deathFields, deathInWords } from "./death.js";
import { remember } from "./deaths.js";
import type { Mirror } from "./mirror.js";
import type { LogLevel, Picture, WorkerEnd, WorkerInput } from "./protocol.js";
import { pastSilenceInWords } from "./silence-words.js";
import { lookEveryMs, type Silence } from "./watchdog.js";
import { type News, type Outcome, WorkerThread } from "./worker-thread.js";

export interface CrewHost {
  readonly count: number;
  readonly input: WorkerInput;
  /** Looks in a row at which a thread may have said nothing. */
  readonly mostQuietLooks: number;
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Since 1970, in ms. */
  readonly wallClock: () => number;
  mirror(key: string): Mirror | undefined;
  changed(mirror: Mirror, from: string | null): void;
  removed(mirror: Mirror): void;
  fault(error: Error): void;
  /** A fault that the log has by other words. */
  died(error: Error): void;
  log(level: LogLevel, fields: object, message: string): void;
}

/** A place for a thread, empty until a registration needs it. */
interface ThreadSlot {
  readonly number: number;
  readonly mirrors: Set<Mirror>;
  thread: WorkerThread | null;
  /** How its threads died, within the window of `restartIntensity`. */
  deaths: readonly DeathAt[];
}

/** `at` in ms. */
interface DeathAt {
  readonly at: number;
  readonly death: Death;
}

/** A command as the worker's runtime has it. */
const told = {
  "registration.pause": "pause",
  "registration.resume": "resume",
  "registration.restart": "restart",
  "registration.retryNow": "retryNow",
  "registration.remove": "remove",
} as const;

/** What is still to be done once a command is on its way; that it tries again at once changes nothing that lasts. */
function wishAfter(command: RegistrationCommand["type"], mirror: Mirror): Mirror["wish"] {
  switch (command) {
    case "registration.remove":
      return "leave";
    case "registration.pause":
      return mirror.isResting ? null : "rest";
    case "registration.resume":
    case "registration.restart":
      return mirror.isResting ? "run" : null;
    case "registration.retryNow":
      return mirror.wish;
  }
}

const silenceFields = (silence: Silence | undefined): object => ({
  silentMs: silence?.forMs,
  ...silence?.holder?.name,
});

export class Crew {
  readonly #host: CrewHost;
  readonly #slots: readonly ThreadSlot[];
  readonly #ends: WorkerEnd[] = [];
  #missing = 0;
  #connectorTypes: readonly string[] | undefined;
  #life: "hosting" | "ending" = "hosting";
  #tell: (event: PartitionsEvent) => void = () => {};
  #looks: NodeJS.Timeout | undefined;

  constructor(host: CrewHost) {
    this.#host = host;
    this.#slots = Array.from({ length: host.count }, (_, index) => ({
      number: index + 1,
      mirrors: new Set<Mirror>(),
      thread: null,
      deaths: [],
    }));
  }

  /** The port that the supervisor leads. */
  port() {
    return fromCallback<PartitionsCommand, { readonly partitionSize: number }>(({ sendBack, receive }) => {
      this.#tell = sendBack;
      receive((command) => this.#obey(command));
    });
  }

  /** What the module exports; undefined until a worker has loaded it. */
  get connectorTypes(): readonly string[] | undefined {
    return this.#connectorTypes;
  }

  channels(): RuntimeStatus["channels"] {
    return this.#slots.flatMap(
      ({ number, thread }) => thread?.channels.map((channel) => ({ ...channel, worker: number })) ?? [],
    );
  }

  /** Ends every thread. `missing` threads have died while everything ended. */
  async end(): Promise<{ readonly ends: readonly WorkerEnd[]; readonly missing: number }> {
    this.#life = "ending";
    clearInterval(this.#looks);
    await Promise.all(this.#slots.map(({ thread }) => thread?.end()));
    return { ends: this.#ends, missing: this.#missing };
  }

  #obey(command: PartitionsCommand): void {
    if (command.type === "registrations.add") {
      for (const { key } of command.specs) this.#start(key);
      return;
    }
    if ("key" in command) return this.#forward(command);
    // A worker leads its own drain: what it takes to cancel its handlers in time, it knows from the deadline.
    if (command.type === "cancel") return;
    this.#life = "ending";
    for (const { thread } of this.#slots)
      thread?.post(command.type === "drain" ? command : { type: "close" });
  }

  #start(key: string): void {
    const mirror = this.#host.mirror(key);
    if (!mirror || mirror.thread) return;
    const slot = this.#slots.reduce((one, other) => (other.mirrors.size < one.mirrors.size ? other : one));
    this.#host.log("debug", { registration: key, worker: slot.number }, "registration goes to a worker");
    this.#board(mirror, slot);
  }

  #board(mirror: Mirror, slot: ThreadSlot): void {
    slot.thread ??= this.#crewed(slot);
    slot.mirrors.add(mirror);
    mirror.thread = slot.thread;
    mirror.wish = null;
    mirror.refusal = undefined;
    this.#move(mirror, "connecting");
    const { key, registration, requests } = mirror;
    slot.thread.post({
      type: "add",
      key,
      registration,
      refuse: requests.refused(),
      suspects: requests.suspected(),
    });
  }

  #forward(command: RegistrationCommand): void {
    const { type, key } = command;
    const mirror = this.#host.mirror(key);
    if (mirror?.thread) {
      if (mirror.wish !== "leave") mirror.wish = wishAfter(type, mirror);
      mirror.thread.post({ type: told[type], key });
    } else if (type === "registration.remove") this.#forget(mirror);
    else if (type === "registration.resume" || type === "registration.restart") this.#start(key);
  }

  #crewed(slot: ThreadSlot): WorkerThread {
    this.#looks ??= setInterval(() => this.#look(), lookEveryMs).unref();
    return new WorkerThread(slot.number, this.#host.input, this.#host.mostQuietLooks, {
      message: (message) => this.#hear(slot, message),
      over: (outcome) => this.#over(slot, outcome),
    });
  }

  #look(): void {
    for (const slot of this.#slots) if (slot.thread?.watchdog.look()) this.#fallenSilent(slot);
  }

  #fallenSilent({ number, thread, mirrors }: ThreadSlot): void {
    const words = thread?.silence ?? "";
    this.#host.log("warn", { worker: number, ...silenceFields(thread?.watchdog.silence) }, words);
    for (const mirror of mirrors) {
      if (mirror.isResting) continue;
      mirror.note("worker.silent", this.#host.wallClock(), words);
      this.#move(mirror, "connecting");
      this.#host.changed(mirror, mirror.place);
    }
  }

  /** The thread's loop has turned. Nothing else says so: a handler that blocks it may still log. */
  #turned({ number, thread, mirrors }: ThreadSlot): void {
    const silence = thread?.watchdog.heard();
    if (!silence) return;
    const words = pastSilenceInWords(number, silence);
    this.#host.log("warn", { worker: number, ...silenceFields(silence) }, words);
    for (const mirror of mirrors) {
      if (mirror.isResting) continue;
      mirror.note("worker.answers", this.#host.wallClock(), words);
      this.#move(mirror, mirror.toldStanding);
      this.#host.changed(mirror, mirror.place);
    }
  }

  #hear(slot: ThreadSlot, message: News): void {
    switch (message.type) {
      case "loaded":
        this.#connectorTypes = message.connectorTypes;
        slot.thread?.watchdog.loaded();
        return;
      case "changed":
        return this.#changed(message.picture, message.from);
      case "figures":
        if (slot.thread) slot.thread.channels = message.channels;
        for (const picture of message.pictures) this.#host.mirror(picture.key)?.show(picture);
        return this.#turned(slot);
      case "removed":
        return this.#forget(this.#host.mirror(message.key));
      case "refused":
        return this.#refuse(this.#host.mirror(message.key), message.message);
      case "log":
        return this.#host.log(message.level, { ...message.fields, worker: slot.number }, message.message);
    }
  }

  /** The slot is empty; its registrations rest, until they are started again here or elsewhere. */
  #over(slot: ThreadSlot, outcome: Outcome): void {
    const crew = [...slot.mirrors];
    slot.mirrors.clear();
    slot.thread = null;
    for (const mirror of crew) mirror.thread = null;
    if (outcome.how === "ended") {
      this.#ends.push(outcome.end);
      return;
    }
    for (const mirror of crew) if (mirror.wish === "leave") this.#forget(mirror);
    const staying = crew.filter(({ wish }) => wish !== "leave");
    // Starting it again would not make it better.
    if (outcome.how === "unusable")
      for (const mirror of staying) this.#refuse(mirror, outcome.message, outcome.cause);
    else this.#bury(slot, staying, outcome.death);
  }

  #changed(picture: Picture, from: string | null): void {
    const mirror = this.#host.mirror(picture.key);
    if (!mirror) return;
    mirror.show(picture);
    if (mirror.wish === (isResting(picture.standing) ? "rest" : "run")) mirror.wish = null;
    if (!mirror.thread?.silence) this.#move(mirror, picture.standing);
    this.#host.changed(mirror, from);
  }

  #refuse(mirror: Mirror | undefined, message: string, cause?: Error): void {
    const error = invalidConfig(message, cause);
    this.#host.fault(error);
    if (!mirror) return;
    mirror.refusal = error;
    this.#rest(mirror, "parked", "worker.refused");
  }

  /** A fresh thread for those that ran, or were to; none while ending, or when threads die too often by them. */
  #bury(slot: ThreadSlot, orphans: readonly Mirror[], death: Death): void {
    this.#tell({ type: "partition.failed", partition: slot.number, registrations: orphans.length });
    const words = deathInWords(slot.number, death);
    this.#host.died(death.error);
    this.#host.log("error", deathFields(slot.number, death), words);
    remember(death, (registration) => this.#host.mirror(registration)?.requests);
    if (this.#life === "ending") this.#missing += 1;
    const giveUp = this.#tooOftenBy(slot, death);
    for (const mirror of orphans.filter((one) => !one.isResting || one.wish === "run")) {
      if (this.#life === "ending") this.#rest(mirror, "stopped", "worker.died", words);
      else if (mirror.wish === "rest") this.#rest(mirror, "paused", "worker.died", words);
      else if (giveUp(mirror.key)) this.#rest(mirror, "parked", "worker.died", words);
      else this.#revive(mirror, slot, words);
    }
  }

  /** Who is to be parked: where threads die too often, those whose requests ran each time; if none did, all. */
  #tooOftenBy(slot: ThreadSlot, death: Death): (key: string) => boolean {
    const at = this.#host.now();
    slot.deaths = [...faultsWithin(slot.deaths, at), { at, death }];
    if (!isTooOften(slot.deaths.length)) return () => false;
    const suspects = slot.deaths.map((one) => one.death.suspects.map(({ registration }) => registration));
    const keys = new Set(accusedBy(suspects));
    // Without them the count begins anew.
    if (keys.size > 0) slot.deaths = [];
    return (key) => keys.size === 0 || keys.has(key);
  }

  #revive(mirror: Mirror, slot: ThreadSlot, words: string): void {
    const from = mirror.place;
    mirror.revive(this.#host.wallClock(), words);
    this.#board(mirror, slot);
    this.#host.changed(mirror, from);
  }

  #rest(mirror: Mirror, as: "paused" | "parked" | "stopped", why: string, detail?: string): void {
    const from = mirror.place;
    mirror.thread = null;
    for (const slot of this.#slots) slot.mirrors.delete(mirror);
    mirror.rest(as, this.#host.wallClock(), why, detail);
    this.#move(mirror, as);
    this.#host.changed(mirror, from);
  }

  #forget(mirror: Mirror | undefined): void {
    if (!mirror) return;
    for (const slot of this.#slots) slot.mirrors.delete(mirror);
    this.#move(mirror, null);
    this.#host.removed(mirror);
  }

  #move(mirror: Mirror, to: Standing | null): void {
    const from = mirror.standing;
    if (from === to) return;
    mirror.standing = to;
    this.#tell({ type: "registrations.moved", movements: [{ from, to }] });
  }
}
