/** A TLS connection that closes while data come; read natively by `node:http2`, it kills or deafens the process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { authority } from "../support/certificates.js";

const fixture = fileURLToPath(new URL("fixtures/closing-peer.mjs", import.meta.url));

/** For what hangs. */
const limitMs = 120_000;
const connections = "12";

describe("a peer with TLS that closes while both sides send", () => {
  it.each(["lean", "connect", "grpc-js"])("is noticed, and the process lives (%s)", async (name) => {
    const { ca, issue } = await authority();
    const identity = JSON.stringify({ ca, ...(await issue("127.0.0.1")) });
    const child = spawn(process.execPath, [fixture, name, connections], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, CLOSING_PEER: identity },
    });
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
    const [code, signal] = await once(child, "close");
    clearTimeout(limit);
    expect({ said, code, signal }).toEqual({ said: "over\n", code: 0, signal: null });
  });
});
