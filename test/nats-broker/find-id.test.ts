/** Looking for an id takes no longer than it may, and is done for one caller at a time. */
import { expect, it } from "vitest";
import { IdFinder } from "../../src/nats-broker/find-id.js";
import type { Opened } from "../../src/nats-broker/link.js";

/** A server that answers questions about its stream, which is empty, when it is told to. */
function slowServer() {
  const asked: (() => void)[] = [];
  const info = () =>
    new Promise((resolve) =>
      asked.push(() => resolve({ state: { messages: 0, first_seq: 1, last_seq: 0 } })),
    );
  const opened = { jsm: { streams: { info } } } as unknown as Opened;
  return { asked, wanted: { opened, stream: "s", id: "x" } };
}

it("ends when its time is over, and when it waits for its turn", async () => {
  const { asked, wanted } = slowServer();
  const [finder, late] = [new IdFinder(), new AbortController()];
  const searches = [finder.find(wanted, late.signal), finder.find(wanted, late.signal)];
  late.abort();
  const tooLong = { code: "TIMEOUT", message: expect.stringContaining("begin with fromTimestamp") };
  for (const search of searches) await expect(search).rejects.toMatchObject(tooLong);
  expect(asked.length).toBeLessThanOrEqual(1);
});

it("looks for one id at a time", async () => {
  const { asked, wanted } = slowServer();
  const [finder, { signal }] = [new IdFinder(), new AbortController()];
  const searches = [finder.find(wanted, signal), finder.find(wanted, signal)];
  await expect.poll(() => asked.length).toBe(1);
  asked[0]?.();
  expect(await searches[0]).toBeUndefined();
  await expect.poll(() => asked.length).toBe(2);
  asked[1]?.();
  expect(await searches[1]).toBeUndefined();
});
