/**
 * One reader of a group. It asks for an event only when somebody waits for one, so that those who have time share the
 * work; what it holds it keeps alive until it is acknowledged, and gives back when it leaves.
 */
import { topicMatcher } from "../connectors/events/topic-pattern.js";
import { type FoundGroup, type GroupLane, type GroupSpec, joinGroup } from "./group.js";
import type { Link, Opened } from "./link.js";
import { startOf } from "./lone-reader.js";
import { lostBehind, Place } from "./place.js";
import { Pull, type Pulled } from "./pull.js";
import { type Arrived, isExpired, NatsReader, type ReaderOptions } from "./reader.js";
import { eventOf } from "./wire.js";

/** Lanes answer by themselves, so that more may come than was waited for: this long it waits for the next call, in ms. */
const spareMs = 1_000;

/** What the server understands. */
const verdicts = { done: "+ACK", dropped: "+TERM", again: "-NAK" } as const;
const atWork = "+WPI";

/** So many are known to be done: a server that crashed may have forgotten it. */
const mostDone = 10_000;

interface Lane extends GroupLane {
  readonly pull: Pull;
}

export class GroupReader extends NatsReader {
  #spec: GroupSpec;
  readonly #matches: (topic: string) => boolean;
  #group: FoundGroup | undefined;
  #lanes: readonly Lane[] = [];
  #spare: Arrived[] = [];
  #spareTimer: NodeJS.Timeout | undefined;
  #workTimer: NodeJS.Timeout | undefined;
  readonly #place = new Place();
  readonly #done = new Set<number>();
  #looking: readonly Lane[] | undefined;

  constructor(link: Link, spec: GroupSpec, options: ReaderOptions) {
    super(link, options);
    this.#spec = spec;
    this.#matches = topicMatcher(spec.pattern);
  }

  protected async make(opened: Opened, isWanted: () => boolean): Promise<void> {
    const { settings } = this.link;
    const group = await joinGroup(opened, settings, this.#spec);
    if (!isWanted()) return;
    this.#group = group;
    this.#lanes = group.lanes.map((lane) => ({
      ...lane,
      pull: new Pull(
        opened,
        { stream: settings.stream, consumer: lane.consumer },
        {
          pulled: (message) => this.#pulled(message),
          answered: () => this.#answered(),
          failed: (error) => this.failed(error),
        },
      ),
    }));
    // A third leaves two more chances.
    this.#workTimer ??= setInterval(() => this.#work(), group.ackWaitMs / 3).unref();
  }

  protected unmake(): void {
    for (const { pull } of this.#lanes) pull.close();
    this.#lanes = [];
  }

  protected beginAnew(): void {
    for (const arrived of this.#spare) arrived.reply = "";
    this.#done.clear();
    this.#spec = { ...this.#spec, start: startOf({ seq: 1 }) };
  }

  protected settle({ seq, reply }: Arrived, how: keyof typeof verdicts): void {
    // Another event may have its place in another stream.
    if (!reply) return;
    if (how !== "again") this.#done.add(seq);
    if (this.#done.size > mostDone) for (const oldest of this.#done) if (this.#done.delete(oldest)) break;
    this.link.words.say(reply, verdicts[how]);
  }

  protected pump(): void {
    this.#serve(false);
  }

  /** After an answer, the server is not asked again for who does not want to wait. */
  #serve(isAnswer: boolean): void {
    while (this.waiting.length > 0 && this.hasRoom) {
      const arrived = this.#spare.shift();
      if (!arrived) break;
      if (isExpired(arrived)) this.settle(arrived, "done");
      else this.handOut(arrived);
    }
    clearTimeout(this.#spareTimer);
    if (this.#spare.length > 0)
      this.#spareTimer = setTimeout(() => this.#giveBack(this.#spare.splice(0)), spareMs).unref();
    if (this.waiting.length === 0) return;
    if (!this.hasRoom) this.endPolls();
    else if (this.waiting.length > 0) void this.#ask(isAnswer);
  }

  protected async release(): Promise<void> {
    clearTimeout(this.#spareTimer);
    clearInterval(this.#workTimer);
    for (const { pull } of this.#lanes) pull.close();
    this.#giveBack([...this.held, ...this.#spare]);
    this.held.clear();
    this.#spare = [];
    await this.link.words.flush();
  }

  #giveBack(some: readonly Arrived[]): void {
    for (const arrived of [...some].sort((a, b) => a.seq - b.seq)) this.settle(arrived, "again");
  }

  /** The server waits for those that are here. */
  #work(): void {
    for (const { reply } of [...this.held, ...this.#spare]) if (reply) this.link.words.mention(reply, atWork);
  }

  async #ask(isAnswer: boolean): Promise<void> {
    const lanes = this.#lanes;
    if (lanes.length === 0 || this.#looking === lanes) return;
    if (this.#place.hasRested) {
      this.#looking = lanes;
      await this.#look(lanes);
      if (this.#lanes !== lanes || this.isClosed) return;
      this.#looking = undefined;
    }
    const standing = this.waiting.filter(({ isPolling }) => !isPolling).length;
    const polling = isAnswer ? 0 : this.waiting.length - standing;
    for (const { pull, isKeyed } of lanes) {
      if (polling > 0 && !pull.isPolling) pull.ask(isKeyed ? 1 : polling, false);
      if (standing > 0 && pull.standing === 0) pull.ask(isKeyed ? 1 : standing, true);
    }
  }

  /** Whether something was lost while nobody asked; how much of it fits the pattern, nobody knows any more. */
  async #look(lanes: readonly Lane[]): Promise<void> {
    try {
      const opened = await this.link.open();
      const { stream } = this.link.settings;
      const consumers = lanes.map(({ consumer }) => consumer);
      if ((await lostBehind(opened, stream, consumers)) > 0) this.missed += 1;
    } catch {
      // What is wrong, the request itself finds.
    }
  }

  #pulled({ subject, data, headers, seq, storedAt, deliveries, reply }: Pulled): void {
    const incoming = eventOf(this.link.settings.stream, { subject, data, headers, seq, storedAt });
    const { message, expiresAt } = incoming;
    const arrived = { seq, message, deliveries, expiresAt, reply };
    this.#place.rests();
    const known = [...this.held, ...this.#spare].find((one) => one.reply && one.seq === seq);
    if (known) known.reply = reply;
    else if (this.#done.has(seq)) this.settle(arrived, "done");
    else if (this.#matches(message.topic) && message.timestamp >= (this.#group?.since ?? 0))
      this.#spare.push(arrived);
    else this.settle(arrived, "done");
    this.pump();
  }

  #answered(): void {
    this.#place.rests();
    const isOver = this.#looking !== this.#lanes && !this.#lanes.some(({ pull }) => pull.isPolling);
    if (this.#spare.length === 0 && isOver) this.endPolls();
    this.#serve(true);
  }
}
