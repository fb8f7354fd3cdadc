/** Requests over HTTP/2 that never end, and streams that never register, are ended by the gateway. */
import { once } from "node:events";
import { connect } from "node:http2";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { listen } from "../../src/gateway/listener.js";
import { readBody } from "../../src/serving/request-body.js";
import { http2Client } from "./http2-client.js";
import { gatewayFor } from "./rig.js";

afterEach(() => void vi.useRealTimers());

function clientOf(port: number) {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  onTestFinished(() => session.destroy());
  return session;
}

it.each([
  ["is read", true, 408],
  ["nobody reads", false, 408],
  ["was answered before", "early", 401],
])("a body without an end that %s: its stream is closed", async (_what, reads, status) => {
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    maxConcurrentStreams: 10,
    grpc: () => {},
    http: (request, response) => {
      if (reads === "early") response.writeHead(401).end();
      else if (reads) readBody(request, 1_024).catch(() => {});
    },
    // The head comes within its limit also on a machine that is slow; the body never does.
    limits: { headersTimeout: 2_000, requestTimeout: 2_000, connectionsCheckingInterval: 50 },
    connected: () => () => {},
  });
  onTestFinished(() => listener.close());
  const stream = clientOf(listener.port).request({ ":method": "POST", ":path": "/x" }, { endStream: false });
  stream.on("error", () => {});
  stream.write("{");
  const closed = once(stream, "close");
  const [headers] = await once(stream, "response");
  expect(headers[":status"]).toBe(status);
  let text = "";
  for await (const chunk of stream) text += chunk;
  if (status === 408)
    expect(text).toContain("The body was not sent within 2000 ms: send all of it, and end it.");
  await closed;
});

it("a stream that never registers ends with a status, one that has registered goes on", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const gateway = await gatewayFor({ approval: "automatic" });
  const client = http2Client(gateway.port);
  onTestFinished(client.close);
  const registered = await client.open("one");
  const silent = clientOf(gateway.port).request(
    {
      ":method": "POST",
      ":path": "/matrix.connectors.v1.ConnectorService/Connect",
      "content-type": "application/grpc",
      te: "trailers",
    },
    { endStream: false },
  );
  silent.on("error", () => {}).resume();
  silent.write(Buffer.from([0, 0, 63, 255, 255]));
  const trailers = new Promise<Record<string, unknown>>((resolve) => {
    silent.once("trailers", resolve);
    silent.once("response", (headers) => headers["grpc-status"] !== undefined && resolve(headers));
  });
  await gateway.until((one) => one.stats().activeStreams === 2, 60_000);
  vi.advanceTimersByTime(30_000);
  expect(await trailers).toMatchObject({ "grpc-status": "4" });
  expect(registered.closed).toBe(false);
  expect(gateway.stats().activeStreams).toBe(1);
});
