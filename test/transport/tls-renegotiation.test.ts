/** On TLS 1.2 a server may ask for a new handshake within a connection, which HTTP/2 forbids (RFC 9113, section 9.2.1). */
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { afterEach, expect, it } from "vitest";
import { parseEndpoint } from "../../src/protocol/endpoint.js";
import { h2Adapter } from "../../src/transport/h2/transport.js";
import { leanAdapter } from "../../src/transport/lean/transport.js";
import { authority } from "../support/certificates.js";
import { first } from "../transport-conformance/kit/messages.js";
import { Recorder } from "../transport-conformance/kit/recorder.js";

const root = await authority();
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Asks for a new handshake at the first bytes. Resolves with what came of it. */
async function asking() {
  const own = await root.issue("127.0.0.1");
  const server = createServer({ ...own, maxVersion: "TLSv1.2", ALPNProtocols: ["h2"] });
  const outcome = new Promise<string | undefined>((resolve) => {
    server.on("secureConnection", (socket: TLSSocket) => {
      ends.push(() => socket.destroy());
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
      socket.once("data", () => socket.renegotiate({}, (error) => resolve(error ? error.message : "agreed")));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, outcome };
}

it.each([
  ["h2", h2Adapter],
  ["lean", leanAdapter],
] as const)("%s refuses", async (_name, adapter) => {
  const { port, outcome } = await asking();
  const transport = adapter.create({
    endpoint: parseEndpoint(`grpcs://127.0.0.1:${port}`),
    tls: { ca: root.ca },
    maxStreamsPerChannel: 80,
    maxRegistrationsPerSocket: 80,
    connectTimeoutMs: 60_000,
    ping: { intervalMs: 60_000, timeoutMs: 30_000 },
    maxMessageBytes: 4 * 2 ** 20,
  });
  ends.push(() => transport.close());
  const sink = new Recorder();
  const opening = transport.open({ first, sink, signal: new AbortController().signal, timeoutMs: 60_000 });
  await expect(opening).rejects.toMatchObject({ failure: {} });
  expect(await outcome).toBe("ERR_SSL_NO_RENEGOTIATION");
});
