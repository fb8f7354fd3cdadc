/** Thousands of registrations look for their credentials in one turn of the loop; what lies on the disk is looked for once for them. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Sources } from "../../src/credentials/sources.js";
import { silentLogger } from "../../src/logger.js";
import { identity, temporaryFolder } from "./platform.js";

async function sourcesIn() {
  const token = join(await temporaryFolder(), "ott");
  let looks = 0;
  const sources = new Sources({
    env: {},
    allowInsecureHttp: false,
    wallClock: Date.now,
    logger: silentLogger,
    saved: {
      get isSurelyNone() {
        looks += 1;
        return true;
      },
      load: async () => undefined,
      isUnknown: () => false,
      takeOver: () => {},
    },
    wellKnown: { keys: [], tokens: [token] },
  });
  return { sources, token, find: () => sources.find(identity, undefined), looks: () => looks };
}

it("who asks together is told what one has found", async () => {
  const { find, looks } = await sourcesIn();
  expect([find(), find(), find()]).toEqual(Array.from({ length: 3 }, () => ({ kind: "anonymous" })));
  expect(looks()).toBe(1);
  await Promise.resolve();
  expect(find()).toEqual({ kind: "anonymous" });
  expect(looks()).toBe(2);
});

it("what has come since is found", async () => {
  const { find, token } = await sourcesIn();
  expect(find()).toEqual({ kind: "anonymous" });
  await writeFile(token, "one-time");
  expect(await find()).toMatchObject({ kind: "one-time-token" });
});
