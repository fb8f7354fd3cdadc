/** The outbox beside a list that is gone through from its beginning for everything. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Kept, Outbox } from "../../src/execution/outbox.js";
import type { StreamMessage } from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";

const limits = { maxBytes: 2_000, maxAgeMs: 50 };
const overheadBytes = 200;

interface Entry extends Kept {
  readonly bytes: number;
  readonly at: number;
}

/** What docs/protocol.md says of it, and nothing for speed. */
class PlainOutbox {
  entries: Entry[] = [];
  readonly confirmed: string[] = [];
  evicted = 0;
  #sent: Kept[] = [];
  #before = 0;

  get bytes(): number {
    return this.entries.reduce((sum, entry) => sum + entry.bytes, 0);
  }

  add(requestId: string, message: StreamMessage, carriedBytes: number, at: number): void {
    this.entries = this.entries.filter((entry) => entry.requestId !== requestId);
    this.entries.push({ requestId, message, bytes: carriedBytes + requestId.length + overheadBytes, at });
    while (this.entries.length > 1 && (this.bytes > limits.maxBytes || this.#isOld(at))) this.#evictOldest();
  }

  pending(now: number): void {
    while (this.entries.length > 0 && this.#isOld(now)) this.#evictOldest();
  }

  sent(requestId: string): void {
    const entry = this.entries.find((one) => one.requestId === requestId);
    if (entry) this.#sent.push(entry);
  }

  mark(): number {
    return this.#before + this.#sent.length;
  }

  confirm(mark: number): void {
    const gone = this.#sent.splice(0, Math.max(0, mark - this.#before));
    this.#before += gone.length;
    this.entries = this.entries.filter((entry) => !gone.includes(entry));
    this.confirmed.push(...gone.map(({ requestId }) => requestId));
  }

  streamLost(): void {
    this.#before += this.#sent.length;
    this.#sent = [];
  }

  #isOld(now: number): boolean {
    const [oldest] = this.entries;
    return oldest !== undefined && oldest.at < now - limits.maxAgeMs;
  }

  #evictOldest(): void {
    this.entries.shift();
    this.evicted += 1;
  }
}

const id = fc.nat(6).map(String);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant("add" as const), id, bytes: fc.nat(900) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant("send" as const), id }) },
  fc.record({ does: fc.constant("mark" as const) }),
  { weight: 2, arbitrary: fc.record({ does: fc.constant("confirm" as const), which: fc.nat(9) }) },
  fc.record({ does: fc.constant("lose" as const) }),
  fc.record({ does: fc.constant("resume" as const) }),
  { weight: 2, arbitrary: fc.record({ does: fc.constant("wait" as const), ms: fc.nat(60) }) },
);

describe("the outbox", () => {
  it("keeps, confirms and gives up what a plain list does, in its order", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        let now = 0;
        const confirmed: string[] = [];
        const outbox = new Outbox(limits, () => now);
        outbox.setTap({
          queued() {},
          answered() {},
          sent() {},
          streamLost() {},
          evicted() {},
          confirmed: (requestId) => confirmed.push(requestId),
        });
        const plain = new PlainOutbox();
        const marks = [0];
        for (const one of steps) {
          if (one.does === "wait") now += one.ms;
          else if (one.does === "add") {
            const message = {} as StreamMessage; // only kept
            outbox.add(one.id, message, one.bytes, now);
            plain.add(one.id, message, one.bytes, now);
          } else if (one.does === "send") {
            const kept = outbox.answerTo(one.id);
            if (kept) outbox.sent(kept);
            plain.sent(one.id);
          } else if (one.does === "mark") {
            marks.push(outbox.mark());
          } else if (one.does === "confirm") {
            const mark = marks[one.which % marks.length] ?? 0;
            outbox.confirm(mark);
            plain.confirm(mark);
          } else if (one.does === "lose") {
            outbox.streamLost();
            plain.streamLost();
          } else {
            outbox.pending();
            plain.pending(now);
          }
          expect(outbox.mark()).toBe(plain.mark());
          expect(outbox.ids()).toEqual(plain.entries.map(({ requestId }) => requestId));
          expect(outbox.bytes).toBe(plain.bytes);
          expect(outbox.evicted).toBe(plain.evicted);
          for (const { requestId, message } of plain.entries)
            expect(outbox.answerTo(requestId)?.message).toBe(message);
        }
        expect(confirmed).toEqual(plain.confirmed);
      }),
      { numRuns: 300 },
    );
  });

  it("does not take another answer to the same request for confirmed with the first", () => {
    const outbox = new Outbox(limits, () => 0);
    outbox.sent(outbox.add("a", {} as StreamMessage, 1, 0));
    outbox.add("a", {} as StreamMessage, 2, 0);
    outbox.confirm(outbox.mark());
    expect(outbox.ids()).toEqual(["a"]);
  });
});
