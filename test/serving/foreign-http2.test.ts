/** The rule for hosts and origins over HTTP/2, plain and TLS: for the stream of connectors as for the API. */
import { once } from "node:events";
import { connect, type OutgoingHttpHeaders } from "node:http2";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { authority } from "../support/certificates.js";

const connectPath = "/matrix.connectors.v1.ConnectorService/Connect";

async function gatewayOf(isTls: boolean, allowedHosts?: readonly string[]) {
  const gateway = await startGateway({
    ...(isTls ? { tls: await (await authority()).issue() } : {}),
    ...(allowedHosts ? { allowedHosts } : {}),
  });
  onTestFinished(() => gateway.close());
  const session = connect(gateway.httpUrl, { rejectUnauthorized: false });
  onTestFinished(() => session.destroy());
  session.on("error", () => {});
  const statusOf = async (headers: OutgoingHttpHeaders): Promise<unknown> => {
    const stream = session.request({ ":method": "POST", ...headers });
    stream.on("error", () => {});
    // What is taken as gRPC answers an empty stream with its end.
    stream.end();
    const [{ ":status": status }] = await once(stream, "response");
    stream.close();
    return status;
  };
  return { gateway, statusOf };
}

const kinds = ["application/grpc", "application/grpc-web", "application/connect+json", "application/json"];

describe.each([
  ["plain", false],
  ["TLS", true],
] as const)("over HTTP/2, %s", (_how, isTls) => {
  it.each(kinds)("the gateway's stream refuses foreign hosts and origins as %s", async (kind) => {
    const { gateway, statusOf } = await gatewayOf(isTls);
    const { port } = gateway;
    const scheme = isTls ? "https" : "http";
    const send = (headers: OutgoingHttpHeaders) =>
      statusOf({ ":path": connectPath, "content-type": kind, ...headers });
    const rebound = `evil.example:${port}`;
    expect(await send({ ":authority": rebound })).toBe(403);
    expect(await send({ ":authority": rebound, origin: `${scheme}://${rebound}` })).toBe(403);
    expect(await send({ ":authority": `127.0.0.1:${port}`, host: rebound })).toBe(403);
    expect(await send({ origin: "http://evil.example" })).toBe(403);
    expect(await send({ origin: "null" })).toBe(403);
    expect(await send({ "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await send({})).not.toBe(403);
    expect(await send({ ":authority": `localhost:${port}` })).not.toBe(403);
    expect(gateway.stats().streamsOpened).toBeLessThanOrEqual(2);
  });

  it("its API does the same, and both take names that are allowed", async () => {
    const { gateway, statusOf } = await gatewayOf(isTls, ["gateway.example"]);
    const named = (host: string, path: string) =>
      statusOf({
        ":authority": `${host}:${gateway.port}`,
        ":path": path,
        ...(path === connectPath ? { "content-type": "application/grpc" } : { ":method": "GET" }),
      });
    for (const path of [connectPath, "/healthz"]) {
      expect(await named("gateway.example", path)).toBe(200);
      expect(await named("evil.example", path)).toBe(403);
    }
  });
});
