/**
 * The tables that requests come into and go from are made anew from time to time (`turnover-map.ts` tells why), and
 * not for each request. Counted where they are made, since nothing else shows.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { privateBoard } from "../../src/execution/handler-board.js";
import { Outbox } from "../../src/execution/outbox.js";
import { RequestQueue } from "../../src/execution/request-queue.js";
import type { StreamMessage } from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { executionWith, Recorder, request } from "../support/work-rig.js";

afterEach(() => void vi.unstubAllGlobals());

/** How many tables of the kind the work makes. */
function tablesMadeBy(kind: "Map" | "Set", work: () => void): number {
  let made = 0;
  vi.stubGlobal(
    kind,
    new Proxy(globalThis[kind], {
      construct(target, args, caller) {
        made += 1;
        return Reflect.construct(target, args, caller) as object;
      },
    }),
  );
  try {
    work();
  } finally {
    vi.unstubAllGlobals();
  }
  return made;
}

/** The outbox and the running requests have no table before the first entry. */
const first = 1;

const message = {} as StreamMessage; // only kept

describe("the table of", () => {
  it("unconfirmed answers is made anew after as many confirmations as it holds, from 256", () => {
    const outbox = new Outbox({ maxBytes: 1e9, maxAgeMs: 1e9 }, () => 0);
    const made = tablesMadeBy("Map", () => {
      for (let i = 0; i < 1_024; i += 1) {
        outbox.sent(outbox.add(`${i}`, message, 1, 0));
        outbox.confirm(outbox.mark() - 8);
      }
    });
    expect(outbox.size).toBe(8);
    expect(made).toBe(first + 3);
  });

  it("a registration that has had no request is not made at all", () => {
    const board = privateBoard();
    const idle = () => executionWith(() => 1, { board }).execution.attach(new Recorder());
    expect(tablesMadeBy("Map", idle) + tablesMadeBy("Set", idle)).toBe(0);
  });

  it("running requests is left alone by handlers that answer at once", () => {
    const { execution } = executionWith(() => 1);
    execution.attach(new Recorder());
    const made = tablesMadeBy("Map", () => {
      for (let i = 0; i < 1_024; i += 1) execution.dispatch(request(`${i}`));
    });
    expect(execution.counters).toMatchObject({ requests_processed: 1_024 });
    expect(made).toBe(first);
  });

  it("running requests is made anew every 256 that were waited for", () => {
    // biome-ignore lint/suspicious/noThenProperty: an answer that is waited for and comes before the work goes on
    const { execution } = executionWith(() => ({ then: (tell: (value: number) => void) => tell(1) }));
    execution.attach(new Recorder());
    const made = tablesMadeBy("Map", () => {
      for (let i = 0; i < 1_024; i += 1) execution.dispatch(request(`${i}`));
    });
    expect(execution.counters).toMatchObject({ requests_processed: 1_024 });
    expect(made).toBe(2 * first + 4);
  });

  it.each([
    ["is never deeper than one request", 0],
    ["never empties", 8],
  ])("the ids in a queue that %s is made anew about every 256", (_, kept) => {
    const queue = new RequestQueue();
    const made = tablesMadeBy("Set", () => {
      for (let i = 0; i < 1_024; i += 1) {
        queue.push(request(`${i}`));
        if (queue.size > kept) queue.shift();
      }
    });
    expect(queue.size).toBe(kept);
    expect(queue.ids()).toEqual(Array.from({ length: kept }, (__, i) => `${1_024 - kept + i}`));
    expect(made).toBeGreaterThan(1);
    expect(made).toBeLessThanOrEqual(4);
  });
});
