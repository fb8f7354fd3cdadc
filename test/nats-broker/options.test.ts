/** What `natsBroker` refuses at once, and what its first call says when there is no server. */
import { once } from "node:events";
import { createServer } from "node:net";
import { eventConnector, MooringError, Secret } from "mooring";
import { type NatsBrokerOptions, natsBroker } from "mooring/nats";
import { expect, it, onTestFinished } from "vitest";

it.each<readonly [NatsBrokerOptions, string]>([
  [{ servers: [] }, "servers must have addresses"],
  [{ servers: ["nats://me:planted-secret@host"] }, "servers must not hold names and passwords"],
  [{ stream: "a.b" }, "stream must have 1 to 64 letters"],
  [{ user: "me" }, "user and password go together"],
  [{ password: "planted-secret" }, "user and password go together"],
  [{ user: "me", password: "planted-secret", token: "planted-secret" }, "give one of user, token and"],
  [{ lanes: 0 }, "lanes must be a whole number from 1 to 64"],
  [{ maxEvents: 0 }, "maxEvents must be"],
  [{ maxBytes: 0 }, "maxBytes must be"],
  [{ maxAgeMs: 1 }, "maxAgeMs must be"],
  [{ ackWaitMs: 1 }, "ackWaitMs must be"],
  [{ token: 3 as never }, "token must be a text or a Secret"],
  [{ server: "x" } as never, 'did you mean "servers"'],
])("refuses %j", (options, words) => {
  expect(() => natsBroker(options)).toThrow(words);
  expect(() => natsBroker(options)).toThrow(MooringError);
});

it("refuses what is wrong before it connects, and says that nobody is there", async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  const broker = natsBroker({ servers: [`127.0.0.1:${port}`], token: new Secret("planted-secret") });
  onTestFinished(() => broker.close());
  await expect(broker.publish("a.*", 1)).rejects.toThrow("topic must have no *");
  await expect(broker.subscribe("a", { buffer: 0 })).rejects.toThrow("buffer must be");
  const nobody = `NATS at 127.0.0.1:${port} cannot be reached (ECONNREFUSED): start nats-server, or correct servers.`;
  for (const attempt of [() => broker.publish("a", 1), () => broker.subscribe("a"), () => broker.topics()])
    await expect(attempt()).rejects.toMatchObject({ code: "CONNECTION_ERROR", message: nobody });
  expect(eventConnector({ type: "t", version: "1", broker }).broker).toBe(broker);
  await broker.close();
  await expect(broker.publish("a", 1)).rejects.toThrow("This broker is closed");
});

it("does not wait for a server that says nothing", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as { port: number };
  const broker = natsBroker({ servers: [`127.0.0.1:${port}`], timeoutMs: 100 });
  onTestFinished(() => broker.close());
  await expect(broker.publish("a", 1)).rejects.toMatchObject({ code: "TIMEOUT" });
});
