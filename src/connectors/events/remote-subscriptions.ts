/** Subscriptions of callers, who come back for events: a bounded number, each for as long as its caller comes. */
import { randomUUID } from "node:crypto";
import { badRequest } from "../bad-request.js";
import type { EventBroker, EventDelivery, EventSubscription, SubscribeOptions } from "./broker.js";

/** What a caller reads, and holds. */
export class RemoteSubscription {
  readonly #subscription: EventSubscription;
  readonly #autoAck: boolean;
  readonly #held = new Map<string, EventDelivery>();
  touchedAt = performance.now();
  #receiving = 0;

  constructor(subscription: EventSubscription, autoAck: boolean) {
    this.#subscription = subscription;
    this.#autoAck = autoAck;
  }

  get isUsed(): boolean {
    return this.#receiving > 0;
  }

  /** What is there; it waits until `signal` is aborted. */
  async next(signal: AbortSignal): Promise<EventDelivery | undefined> {
    this.#receiving += 1;
    try {
      return await this.#subscription.next(signal);
    } finally {
      this.#receiving -= 1;
      this.touchedAt = performance.now();
    }
  }

  /** They go to the caller: they are done with, or wait for its word. */
  handedOut(deliveries: readonly EventDelivery[]): void {
    for (const delivery of deliveries)
      if (this.#autoAck) delivery.acknowledge();
      else this.#held.set(delivery.message.message_id, delivery);
  }

  /** How many of them it held. */
  settle(ids: readonly string[], how: (delivery: EventDelivery) => void): number {
    let settled = 0;
    for (const id of ids) {
      const delivery = this.#held.get(id);
      if (!delivery) continue;
      this.#held.delete(id);
      how(delivery);
      settled += 1;
    }
    return settled;
  }

  close(): Promise<void> {
    return this.#subscription.close();
  }
}

export class RemoteSubscriptions {
  readonly #broker: EventBroker;
  readonly #limits: { readonly most: number; readonly ttlMs: number; readonly buffer: number };
  readonly #open = new Map<string, RemoteSubscription>();
  #beginning = 0;
  #sweep: NodeJS.Timeout | undefined;

  constructor(
    broker: EventBroker,
    limits: { readonly most: number; readonly ttlMs: number; readonly buffer: number },
  ) {
    this.#broker = broker;
    this.#limits = limits;
  }

  async begin(pattern: string, options: SubscribeOptions): Promise<string> {
    const { most, buffer, ttlMs } = this.#limits;
    if (this.#open.size + this.#beginning >= most)
      throw badRequest(`there are ${most} subscriptions already (maxSubscriptions): unsubscribe one.`);
    this.#beginning += 1;
    try {
      // What does not fit into an answer goes back, so that nothing is done with before it was handed out.
      const subscription = await this.#broker.subscribe(pattern, { buffer, ...options, autoAck: false });
      const id = randomUUID();
      this.#open.set(id, new RemoteSubscription(subscription, options.autoAck ?? true));
      this.#sweep ??= setInterval(() => this.#expire(), ttlMs).unref();
      return id;
    } finally {
      this.#beginning -= 1;
    }
  }

  find(id: unknown): RemoteSubscription {
    const found = typeof id === "string" ? this.#open.get(id) : undefined;
    if (!found)
      throw badRequest(
        "subscription_id must be one that subscribe gave; it may have ended because nobody came for its events: subscribe again.",
      );
    found.touchedAt = performance.now();
    return found;
  }

  async end(id: unknown): Promise<boolean> {
    const found = typeof id === "string" ? this.#open.get(id) : undefined;
    if (!found) return false;
    this.#open.delete(String(id));
    await found.close();
    return true;
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await Promise.all([...this.#open.keys()].map((id) => this.end(id)));
  }

  #expire(): void {
    const past = performance.now() - this.#limits.ttlMs;
    for (const [id, remote] of this.#open)
      if (!remote.isUsed && remote.touchedAt <= past) void this.end(id).catch(() => {});
    if (this.#open.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}
