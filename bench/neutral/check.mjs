// Shows that the neutral driver still does its work: registers, loads, storms, and takes no wrong answer for a right one.
// --if-there: says that it was left out where there is no Go, and ends well.
import assert from "node:assert/strict";
import { bare, mooring, peer } from "../peers.mjs";
import { withSubject } from "../processes.mjs";
import { tellingUsage } from "../usage-error.mjs";
import { buildNeutralDriver, hasGo } from "./build.mjs";

const count = 3;
const closed = { window: 4, warmupMs: 100, ms: 300 };
const shapes = [closed, { ...closed, rate: 200 }, { ...closed, rate: 200, flooding: 1 }];

async function check(name) {
  await withSubject(peer(name), count, { env: { BENCH_BACKOFF: "1ms" } }, async ({ driver }) => {
    for (const load of shapes) {
      const { answers, wrong, jain } = await driver.ask({ load }, "result");
      assert.equal(wrong, 0, `${name}: answers to requests that were not in flight`);
      assert.ok(answers > 0 && jain > 0, `${name}: no answers`);
    }
    for (const what of ["streams", "connections"]) {
      const { ms, accepted } = await driver.ask({ storm: what }, "storm");
      assert.ok(ms > 0);
      assert.equal(accepted > 0, what === "connections", `${name}: connections after a storm of ${what}`);
    }
    // Mooring sends again what nobody has confirmed: here that counts as wrong.
    const { answers } = await driver.ask({ load: closed }, "result");
    assert.ok(answers > 0, `${name}: no answers after the storms`);
  });
}

await tellingUsage(async () => {
  if (process.argv.includes("--if-there") && !hasGo())
    return console.log("The neutral driver is left out: it needs Go.");
  process.env.BENCH_NEUTRAL_DRIVER = buildNeutralDriver();
  for (const name of [bare, mooring]) await check(name);
  console.log("The neutral driver registers, loads and storms.");
});
