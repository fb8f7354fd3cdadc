/** Slow and silent clients of the gateway's port are cut, whatever they speak. */
import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Listener, listen } from "../../src/gateway/listener.js";
import { httpServer } from "../../src/serving/http-server.js";
import { authority } from "../support/certificates.js";
import { servers } from "./rig.js";

const limits = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 50 };

async function listening(tls?: { cert: string; key: string }): Promise<Listener> {
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    tls,
    maxConcurrentStreams: 10,
    grpc: () => {},
    // Reads the body and answers then.
    http: (request, response) => void request.resume().on("end", () => response.end("whole")),
    limits,
    connected: () => () => {},
  });
  onTestFinished(() => listener.close());
  return listener;
}

const slow: readonly (readonly [what: string, bytes: string, answer: RegExp])[] = [
  ["half a head", "GET /healthz HTTP/1.1\r\nHost: loc", /^HTTP\/1\.1 408/],
  ["half a body", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{", /^HTTP\/1\.1 408/],
  [
    "half a chunk",
    "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{",
    /^HTTP\/1\.1 408/,
  ],
];

const undecided: typeof slow = [
  ["nothing", "", /^$/],
  ["what may become HTTP/2 or POST", "P", /^$/],
  ["most of HTTP/2's first line", "PRI * HTTP/2", /^$/],
];

async function heard(socket: ReturnType<typeof connect>, bytes: string): Promise<string> {
  let text = "";
  socket.setEncoding("latin1");
  socket.on("error", () => {});
  socket.on("data", (chunk: string) => {
    text += chunk;
  });
  if (bytes !== "") socket.write(bytes);
  // Not `once`: what the server cuts may also end with ECONNRESET here, behind its answer.
  await new Promise((resolve) => socket.on("close", resolve));
  return text;
}

describe("the gateway's port", () => {
  it.each([...slow, ...undecided])(
    "cuts a client that sends %s and no more",
    async (_what, bytes, answer) => {
      const { port } = await listening();
      expect(await heard(connect(port, "127.0.0.1"), bytes)).toMatch(answer);
    },
  );

  it.each(slow)("does so with TLS for %s", async (_what, bytes, answer) => {
    const root = await authority();
    const { port } = await listening(await root.issue("127.0.0.1"));
    const socket = connectTls({ port, host: "127.0.0.1", ca: root.ca, ALPNProtocols: ["http/1.1"] });
    expect(await heard(socket, bytes)).toMatch(answer);
  });

  it("cuts a client that never begins TLS", async () => {
    const root = await authority();
    const { port } = await listening(await root.issue("127.0.0.1"));
    expect(await heard(connect(port, "127.0.0.1"), "")).toBe("");
  });
});

it.each(slow)("every server of HTTP/1 cuts a client that sends %s", async (_what, bytes, answer) => {
  const server = httpServer(
    (request, response) => void request.resume().on("end", () => response.end()),
    limits,
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  expect(await heard(connect(port, "127.0.0.1"), bytes)).toMatch(answer);
});

it.each(Object.entries(servers))(
  "%s lets go of a client that stays after CONNECT was refused",
  async (_name, start) => {
    const served = await start();
    const socket = served.open();
    // It does not close its half, whatever the server does.
    socket.allowHalfOpen = true;
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => {});
    socket.write(`CONNECT a:1 HTTP/1.1\r\nHost: ${served.host}\r\n\r\n`);
    await once(socket, "data");
    await served.close();
  },
);
