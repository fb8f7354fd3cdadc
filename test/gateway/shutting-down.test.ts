/** What clients see of a gateway that closes: the orderly end of the protocol, not a connection that breaks. */
import { once } from "node:events";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { createRuntime } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  ConnectorService,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { echo } from "../support/connectors.js";
import { grpcTransports, urlFor } from "../support/transports.js";
import { untilStatus } from "../support/until.js";

const key = "t.echo_test.i";
const path = `/${ConnectorService.typeName}/Connect`;

/** A client of our own making, so that nothing stands between the test and the wire. */
function client(gateway: Gateway, settings = {}): ClientHttp2Session {
  const session = connect(gateway.httpUrl, { settings });
  onTestFinished(() => session.destroy());
  return session;
}

function register(session: ClientHttp2Session) {
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  const value = {
    tenantId: "t",
    connectorType: "raw",
    instanceId: "1",
    capabilities: { connectorType: "raw", version: "1" },
  };
  const body = toBinary(
    StreamMessageSchema,
    create(StreamMessageSchema, { message: { case: "registerRequest", value } } as never),
  );
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  stream.write(Buffer.concat([head, body]));
  return stream;
}

describe("a gateway that closes", () => {
  it("ends streams with UNAVAILABLE, asks the connection back without an error, and closes it in order", async () => {
    const gateway = await startGateway();
    const session = client(gateway);
    const seen: unknown[] = [];
    session.on("error", (error) => seen.push(error));
    session.on("goaway", (code) => seen.push(["goaway", code]));
    const stream = register(session);
    stream.on("error", (error) => seen.push(error));
    stream.on("trailers", (trailers) => seen.push(["trailers", trailers["grpc-status"]]));
    stream.on("end", () => stream.end());
    stream.resume();
    await once(stream, "data");
    const closed = Promise.all([once(session, "close"), once(stream, "close")]);
    await gateway.close();
    await closed;
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
    const goaway = ["goaway", constants.NGHTTP2_NO_ERROR];
    expect(seen.slice(0, 2)).toEqual([["trailers", "14"], goaway]);
    // Node says it once more when the session ends.
    for (const more of seen.slice(2)) expect(more).toEqual(goaway);
  });

  it.each(grpcTransports)("is told as one that shut down, over %s", async (transport) => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const backoff = { baseMs: 60_000, maxMs: 60_000 };
    const runtime = createRuntime({ url: urlFor(gateway, transport), env: {}, transport, backoff });
    onTestFinished(() => runtime.close());
    runtime.add({ tenantId: "t", instanceId: "i", connector: echo });
    await runtime.start();
    const ended = untilStatus(runtime, key, ({ state }) => state === "backoff");
    await gateway.close();
    expect(await ended).toMatchObject({ cause: "peer-unavailable", code: "UNAVAILABLE" });
    const said = runtime.explain(key);
    expect(said).toContain("The gateway shut down");
    expect(said).not.toMatch(/proxy|RST_/);
  });

  it("is told as one that went away, over WebSocket", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const backoff = { baseMs: 60_000, maxMs: 60_000 };
    const runtime = createRuntime({ url: urlFor(gateway, "websocket"), env: {}, backoff });
    onTestFinished(() => runtime.close());
    runtime.add({ tenantId: "t", instanceId: "i", connector: echo });
    await runtime.start();
    const ended = untilStatus(runtime, key, ({ state }) => state === "backoff");
    await gateway.close();
    expect(await ended).toMatchObject({ cause: "server-closed", code: "WS_1001" });
  });

  it("answers the HTTP requests that wait for a connector before it goes", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const stream = register(client(gateway).on("error", () => {}));
    stream.on("error", () => {}).on("end", () => stream.end());
    stream.resume();
    await gateway.until((one) => one.registrations().some(({ state }) => state === "approved"));
    const requested = new Promise<void>((resolve) => {
      gateway.on(({ type }) => type === "requested" && resolve());
    });
    const asked = fetch(`${gateway.httpUrl}/api/registrations/t.raw.1/execute`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    await requested;
    await gateway.close();
    const answer = await asked;
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("clos");
  });

  it("does not wait for ever for a client that takes nothing", async () => {
    const gateway = await startGateway();
    const session = client(gateway, { initialWindowSize: 0 });
    session.on("error", () => {});
    register(session).on("error", () => {});
    await gateway.until((one) => one.registrations().length === 1);
    const closed = once(session, "close");
    await gateway.close();
    await closed;
  });
});
