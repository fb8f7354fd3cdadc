/** An answer in DATA frames of one byte each: read with little memory, and other streams are served meanwhile. */
import { expect, it, onTestFinished } from "vitest";
import { heldBytes, writeByBytes } from "../support/byte-frames.js";
import { answering, answerTo, http2Client } from "./http2-client.js";
import { gatewayFor } from "./rig.js";

const mib = 1024 * 1024;

it("takes an answer in frames of one byte with little memory, beside a stream that is served", async () => {
  const gateway = await gatewayFor({ approval: "automatic" });
  const client = http2Client(gateway.port);
  onTestFinished(client.close);
  const slow = await client.open("slow");
  answering(await client.open("quick"));
  const asked = new Promise<string>((resolve) => answering(slow, resolve));
  const answer = gateway.execute("t.c.slow", { timeoutMs: 110_000 });
  const bytes = answerTo(await asked, new Uint8Array(64 * 1024).fill(7));
  const before = heldBytes();
  await writeByBytes(slow, bytes.subarray(0, -1_000));
  expect(heldBytes() - before).toBeLessThan(24 * mib);
  expect((await gateway.execute("t.c.quick")).success).toBe(true);
  await writeByBytes(slow, bytes.subarray(-1_000));
  expect((await answer).payload).toEqual(new Uint8Array(64 * 1024).fill(7));
  expect(gateway.stats()).toMatchObject({ connectionsAccepted: 1, answersReceived: 2, activeStreams: 2 });
});
