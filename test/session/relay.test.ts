/** WebSockets that the gateway relays to connectors, over real streams. */
import {
  type Connector,
  createRuntime,
  type Logger,
  type RelayFrame,
  type RelaySocket,
  type RuntimeOptions,
  requestResponseConnector,
  silentLogger,
} from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { afterEach, describe, expect, it } from "vitest";
import { withResolvers as deferred } from "../../src/with-resolvers.js";
import { echo } from "../support/connectors.js";
import { take } from "../support/relayed-frames.js";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const key = "acme.echo_test.one";

async function serving(relay: Connector["relay"], options: RuntimeOptions = {}) {
  const gateway = await startGateway({ approval: "automatic" });
  open.push(() => gateway.close());
  const runtime = createRuntime({ url: gateway.url, ...options });
  open.push(() => runtime.close());
  const connector = relay ? { ...echo, relay } : echo;
  const registration = runtime.add({ tenantId: "acme", instanceId: "one", connector });
  await runtime.start();
  return { gateway, runtime, registration };
}

const text = (words: string): RelayFrame => ({ type: "text", text: words });

const answers = async (gateway: Gateway) =>
  (await gateway.execute(key, { payload: "still here", timeoutMs: 20_000 })).json();

/** Sends back what comes. */
const mirror: NonNullable<Connector["relay"]> = (_, socket) => ({ frame: (frame) => socket.send(frame) });

describe("a relayed WebSocket", () => {
  it("[C14 #35] is taken with its path, query and headers, and carries frames of every type both ways", async () => {
    const openings: unknown[] = [];
    const { gateway } = await serving((opening, socket) => {
      openings.push(opening);
      return mirror(opening, socket);
    });
    const headers = { origin: "https://apps.example" };
    const socket = await gateway.openWebSocket(key, { path: "/live", query: "room=7", headers });
    expect(openings).toEqual([
      { connectionId: socket.connectionId, path: "/live", query: "room=7", headers },
    ]);
    const bytes = new Uint8Array([0, 255]);
    const frames = [
      text("grüße"),
      { type: "binary", bytes },
      { type: "ping", bytes },
      { type: "pong", bytes },
    ] as const;
    for (const frame of frames) socket.send(frame);
    expect(await take(socket, 4)).toEqual(frames);
  });

  it("[C17 #13] has its frames taken one after the other, after the opening and before the close", async () => {
    const seen: string[] = [];
    const [gate, over] = [deferred<void>(), deferred<void>()];
    const { gateway } = await serving(async () => {
      await gate.promise;
      seen.push("taken");
      return {
        frame: async (frame) => {
          seen.push(`begin ${frame.type === "text" ? frame.text : ""}`);
          await new Promise((resolve) => setImmediate(resolve));
          seen.push("end");
        },
        closed: ({ code, reason }) => {
          seen.push(`closed ${code} ${reason}`);
          over.resolve();
        },
      };
    });
    const opening = gateway.openWebSocket(key);
    gate.resolve();
    const socket = await opening;
    for (const words of ["1", "2", "3"]) socket.send(text(words));
    socket.close(4_001, "bye");
    await over.promise;
    expect(seen).toEqual([
      "taken",
      ...["1", "2", "3"].flatMap((words) => [`begin ${words}`, "end"]),
      "closed 4001 bye",
    ]);
  });

  it("reaches the right one of several registrations of a tenant", async () => {
    const { gateway, runtime } = await serving(mirror);
    const other = { ...echo, connectorType: "other", relay: () => ({ frame() {} }) };
    runtime.add({ tenantId: "acme", instanceId: "one", connector: other });
    await runtime.start();
    const [one] = [await gateway.openWebSocket(key), await gateway.openWebSocket("acme.other.one")];
    one.send(text("to the first"));
    expect(await take(one, 1)).toEqual([text("to the first")]);
  });

  it("can send before it is taken, and close by itself after what it has sent", async () => {
    const { gateway } = await serving((_, socket) => {
      void socket.send(text("welcome"));
      return {
        frame: async () => {
          await socket.send(text("last"));
          socket.close(4_002, "done");
        },
      };
    });
    const socket = await gateway.openWebSocket(key);
    socket.send(text("go"));
    expect(await take(socket, 3)).toEqual([text("welcome"), text("last")]);
    await expect(socket.closed).resolves.toEqual({ code: 4_002, reason: "done" });
  });
});

describe("what is not taken", () => {
  it("[C17 #13] is refused with words: without a relay, by the connector, and for an answer that is none", async () => {
    const plain = await serving(undefined);
    await expect(plain.gateway.openWebSocket(key)).rejects.toThrow("the connector takes no WebSockets");
    const errors: string[] = [];
    const logger: Logger = { ...silentLogger, error: (_, message) => void errors.push(message) };
    const { gateway } = await serving(
      ({ path }) => {
        if (path === "/none") return {} as never;
        throw new Error("members only");
      },
      { logger },
    );
    await expect(gateway.openWebSocket(key)).rejects.toThrow("members only");
    await expect(gateway.openWebSocket(key, { path: "/none" })).rejects.toThrow("relay must return");
    expect(errors).toHaveLength(2);
    await expect(answers(gateway)).resolves.toBe("still here");
  });

  it("a handler that throws closes its own connection with 1011, and no other", async () => {
    const { gateway } = await serving(({ path }, socket) => ({
      frame: (frame) => {
        if (path === "/bad") throw new Error("secret detail");
        return socket.send(frame);
      },
    }));
    const [bad, good] = [
      await gateway.openWebSocket(key, { path: "/bad" }),
      await gateway.openWebSocket(key),
    ];
    bad.send(text("x"));
    await expect(bad.closed).resolves.toEqual({ code: 1011, reason: "the connector failed" });
    good.send(text("y"));
    expect(await take(good, 1)).toEqual([text("y")]);
  });
});

describe("the end of the stream", () => {
  it("[C14 #36] [C17 #13] ends all connections, and sends are refused", async () => {
    const sockets: RelaySocket[] = [];
    const over = deferred<unknown>();
    const { gateway } = await serving((_, socket) => {
      sockets.push(socket);
      return { frame() {}, closed: over.resolve };
    });
    const socket = await gateway.openWebSocket(key);
    gateway.disturb("cut");
    await expect(over.promise).resolves.toMatchObject({ code: 1006 });
    await expect(socket.closed).resolves.toMatchObject({ code: 1006 });
    expect(sockets[0]?.closed.aborted).toBe(true);
    await expect(sockets[0]?.send(text("late"))).rejects.toThrow("Stream error");
    await expect(answers(gateway)).resolves.toBe("still here");
  });

  it("a drain closes them with 1001, and takes no more", async () => {
    const entered = deferred<void>();
    const leave = deferred<void>();
    const gateway = await startGateway({ approval: "automatic" });
    open.push(() => gateway.close());
    const runtime = createRuntime({ url: gateway.url });
    const slow = requestResponseConnector({
      type: "echo_test",
      version: "1",
      execute: async () => {
        entered.resolve();
        await leave.promise;
        return 1;
      },
    });
    runtime.add({ tenantId: "acme", instanceId: "one", connector: { ...slow, relay: mirror } });
    await runtime.start();
    const socket = await gateway.openWebSocket(key);
    const answer = gateway.execute(key);
    await entered.promise;
    const drained = runtime.drain();
    await expect(socket.closed).resolves.toMatchObject({ code: 1001 });
    await expect(gateway.openWebSocket(key)).rejects.toThrow("shutting down");
    leave.resolve();
    await expect(answer).resolves.toMatchObject({ success: true });
    await drained;
  });
});

describe("back-pressure", () => {
  it("a thousand frames of 16 KiB come in order through a slow handler, while requests are answered", async () => {
    const seen: number[] = [];
    const all = deferred<void>();
    const { gateway } = await serving(() => ({
      frame: async (frame) => {
        if (frame.type === "binary")
          seen.push(new DataView(frame.bytes.buffer, frame.bytes.byteOffset).getUint32(0));
        if (seen.length % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
        if (seen.length === 1_000) all.resolve();
      },
    }));
    const socket = await gateway.openWebSocket(key);
    for (let count = 0; count < 1_000; count += 1) {
      const bytes = new Uint8Array(16 * 1024);
      new DataView(bytes.buffer).setUint32(0, count);
      socket.send({ type: "binary", bytes });
    }
    await expect(answers(gateway)).resolves.toBe("still here");
    await all.promise;
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
  });

  it("a connector may use its buffer again when a send has resolved", async () => {
    const { gateway } = await serving((_, socket) => ({
      frame: async () => {
        const bytes = new Uint8Array(1);
        for (let count = 1; count <= 6; count += 1) {
          bytes[0] = count;
          await socket.send({ type: "binary", bytes });
        }
      },
    }));
    const socket = await gateway.openWebSocket(key);
    socket.send(text("go"));
    const frames = await take(socket, 6);
    expect(frames.map((frame) => (frame.type === "binary" ? frame.bytes[0] : -1))).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });

  it("a connector that waits for each send gets its frames through in order", async () => {
    const { gateway } = await serving((_, socket) => ({
      frame: async () => {
        for (let count = 0; count < 1_000; count += 1)
          await socket.send(text(`${count} ${"x".repeat(8_000)}`));
      },
    }));
    const socket = await gateway.openWebSocket(key);
    socket.send(text("go"));
    const frames = await take(socket, 1_000);
    expect(frames.map((frame) => (frame.type === "text" ? Number.parseInt(frame.text, 10) : -1))).toEqual(
      Array.from({ length: 1_000 }, (_, index) => index),
    );
  });
});
