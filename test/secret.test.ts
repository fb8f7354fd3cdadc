import { Writable } from "node:stream";
import { format, inspect } from "node:util";
import { MessageChannel } from "node:worker_threads";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { Secret } from "../src/secret.js";

const text = "the-text-of-a-token";
const secret = new Secret(text);

function logged(log: (logger: ReturnType<typeof pino>) => void): string {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  log(pino(stream));
  return chunks.join("");
}

/** A value as the other side of a message channel gets it. */
async function posted(value: unknown): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  const received = new Promise((resolve) => port2.once("message", resolve));
  port1.postMessage(value);
  const got = await received;
  port1.close();
  return got;
}

describe("a secret", () => {
  it("is read by reveal(), and only so", () => {
    expect(secret.reveal()).toBe(text);
    expect(Reflect.ownKeys(secret)).toEqual([]);
  });

  it.each<[string, () => string]>([
    ["a template", () => `${secret}`],
    ["String()", () => String(secret)],
    ["a sum", () => ["x", secret].join("") + [secret]],
    ["JSON", () => JSON.stringify({ secret })],
    ["util.inspect", () => inspect({ deep: [secret, new Map([["k", secret]])] }, { depth: 9 })],
    [
      "util.inspect, hidden parts and getters too",
      () => inspect(secret, { showHidden: true, getters: true }),
    ],
    ["util.format", () => format("%s %j %o %O %d", secret, secret, secret, secret, secret)],
    ["an error's message", () => String(new Error(`cannot use ${secret}`))],
    ["an error's cause", () => inspect(new Error("x", { cause: secret }))],
    ["a log line's fields", () => logged((logger) => logger.info({ secret, in: { it: [secret] } }, "x"))],
    ["a log line's arguments", () => logged((logger) => logger.info("%s %o %j", secret, secret, secret))],
    [
      "a logged error",
      () => logged((logger) => logger.error(new Error(`${secret}`, { cause: secret }), "x")),
    ],
    ["its entries", () => JSON.stringify([Object.entries(secret), { ...secret }])],
  ])("is not in %s", (_name, show) => {
    expect(show()).not.toContain(text);
  });

  it("says that it is there where a text is expected", () => {
    expect([`${secret}`, JSON.stringify({ secret }), inspect(secret)]).toEqual([
      "[redacted]",
      '{"secret":"[redacted]"}',
      "[redacted]",
    ]);
  });

  it("does not travel: clones and messages are empty", async () => {
    for (const copy of [structuredClone(secret), await posted(secret)]) {
      expect(inspect(copy, { showHidden: true })).not.toContain(text);
      expect(copy).toEqual({});
    }
  });

  it("is compared by its text", () => {
    expect(secret.equals(new Secret(text))).toBe(true);
    expect(secret.equals(new Secret("another"))).toBe(false);
    expect([secret.isEmpty, new Secret("").isEmpty]).toEqual([false, true]);
  });
});
