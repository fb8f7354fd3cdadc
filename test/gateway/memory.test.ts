/** What clients make a gateway hold that never read, or reset their streams with data queued: in a process of its own. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { streamWindow } from "../../src/protocol/limits.js";
import { answering, http2Client } from "./http2-client.js";
import { call } from "./rig.js";

const script = fileURLToPath(new URL("./gateway-process.mjs", import.meta.url));
const mib = 1024 * 1024;
const maxMessageBytes = 2 * mib;
const unreadStreams = 10;

/** Beside what a stream may have on its way: a message, its encoding, and a window; and what the heap has to spare. */
const bound = unreadStreams * (2 * maxMessageBytes + streamWindow) + 96 * mib;

const ends: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

async function gatewayProcess() {
  const options = JSON.stringify({ approval: "automatic", maxMessageBytes });
  const child = fork(script, [options], { execArgv: ["--expose-gc"] });
  ends.push(() => child.kill("SIGKILL"));
  const [{ port }] = await once(child, "message");
  const ask = async (what: object) => {
    child.send(what);
    const [answer] = await once(child, "message");
    return answer as { readonly bytes: number };
  };
  const held = async () => (await ask({})).bytes;
  return {
    port: Number(port),
    held,
    flood: (keys: readonly string[], count: number) => ask({ flood: { keys, count } }),
    /** Looks again until so many bytes are held or fewer: what is closed lets go in turns of its own. */
    async untilHeld(most: number) {
      for (let looks = 0; looks < 200; looks += 1) if ((await held()) <= most) return;
      expect(await held()).toBeLessThanOrEqual(most);
    },
    stats: async () => (await call(`http://127.0.0.1:${port}/api/stats`)).body as Record<string, number>,
  };
}

/** Opens streams on a connection of its own. */
function clientOf(port: number) {
  const client = http2Client(port);
  ends.push(client.close);
  return client.open;
}

it("serves new streams within its bounds beside clients that never read, and after a storm of resets", async () => {
  const gateway = await gatewayProcess();
  const open = clientOf(gateway.port);
  const isServed = async (name: string, dial = open) => {
    answering(await dial(name));
    const url = `http://127.0.0.1:${gateway.port}/api/registrations/t.c.${name}/execute`;
    expect(await call(url, { payload: "x".repeat(mib) })).toMatchObject({ status: 200 });
  };
  await isServed("warm");
  const names = Array.from({ length: unreadStreams }, (_, i) => `unread${i}`);
  await Promise.all(names.map(open));
  const keys = names.map((name) => `t.c.${name}`);
  const before = await gateway.held();
  for (let round = 0; round < 8; round += 1) await gateway.flood(keys, 8);
  await gateway.untilHeld(before + bound);
  await isServed("beside");
  for (let round = 0; round < 60; round += 1) {
    const stream = await open(`reset${round}`);
    await gateway.flood([`t.c.reset${round}`], 4);
    stream.close(8);
  }
  await isServed("after");
  await isServed("elsewhere", clientOf(gateway.port));
  await gateway.untilHeld(before + bound);
  expect(await gateway.stats()).toMatchObject({ activeStreams: unreadStreams + 4, unreadMessages: 0 });
});
