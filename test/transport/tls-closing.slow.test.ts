/** A TLS connection that closes while data come; read natively by `node:http2`, it kills or deafens the process. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { authority } from "../support/certificates.js";
import { isOver, runFixture } from "../support/run-fixture.js";

const fixture = fileURLToPath(new URL("fixtures/closing-peer.mjs", import.meta.url));

/** For what hangs. */
const limitMs = 120_000;
const connections = "12";

describe("a peer with TLS that closes while both sides send", () => {
  it.each(["lean", "h2", "connect", "grpc-js"])("is noticed, and the process lives (%s)", async (name) => {
    const { ca, issue } = await authority();
    const identity = JSON.stringify({ ca, ...(await issue("127.0.0.1")) });
    const env = { CLOSING_PEER: identity };
    expect(await runFixture([fixture, name, connections], limitMs, env)).toEqual(isOver);
  });
});
