/** What belongs to `node:http2` is ended outside its callbacks; ended inside them, Node 20 spins or dies. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isOver, runFixture } from "../support/run-fixture.js";

const fixture = fileURLToPath(new URL("fixtures/crossing-goaway.mjs", import.meta.url));

/** For what hangs. */
const limitMs = 60_000;

describe("a GOAWAY that crosses a newly opened stream", () => {
  // grpc-js has connections of its own and dials again for the stream that was refused.
  it.each(["lean", "connect"])("ends the connection, and no process spins (%s)", async (name) => {
    expect(await runFixture([fixture, name], limitMs)).toEqual(isOver);
  });
});
