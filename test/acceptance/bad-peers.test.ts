import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createRuntime, type RegistrationStatus, type RuntimeOptions } from "mooring";
import { startGateway } from "mooring/gateway";
import { startTestBench } from "mooring/testing";
import { afterEach, describe, expect, it } from "vitest";
import { echo } from "../support/connectors.js";
import { notThroughProxy } from "../support/transports.js";
import { backingOff, untilStatus } from "../support/until.js";

const one = { tenantId: "t", instanceId: "one", connector: echo };
const key = "t.echo_test.one";
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Listens on loopback until the end of the test. */
async function listening<S extends Server | Http2Server>(server: S): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

/** The first back-off of a registration towards this address. */
async function firstBackoff(url: string, options: RuntimeOptions = {}): Promise<RegistrationStatus> {
  const runtime = createRuntime({ url, connectTimeoutMs: 60_000, strict: true, env: {}, ...options });
  ends.push(() => runtime.close());
  runtime.add(one);
  void runtime.start();
  return untilStatus(runtime, key, backingOff);
}

/** An HTTP/2 server that answers each stream in the given way. */
async function answering(answer: (stream: ServerHttp2Stream) => void): Promise<string> {
  const server = createHttp2Server();
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {});
  });
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    answer(stream);
  });
  const port = await listening(server);
  ends.push(async () => {
    for (const session of sessions) session.destroy();
  });
  return `grpc://127.0.0.1:${port}`;
}

describe("peers that are not what they should be", () => {
  it("nobody listens: unreachable", async () => {
    expect(await firstBackoff("grpc://127.0.0.1:1")).toMatchObject({
      cause: "unreachable",
      code: "ECONNREFUSED",
    });
  });

  it("a host that does not exist: unreachable", async () => {
    const status = await firstBackoff("grpc://no-such-host.invalid:1");
    expect(status.cause).toBe("unreachable");
  });

  it("plain HTTP/1: not gRPC", async () => {
    const port = await listening(createHttpServer((_, response) => response.end("hello")));
    expect(await firstBackoff(`grpc://127.0.0.1:${port}`)).toMatchObject({ cause: "wrong-protocol" });
  });

  it("accepts TCP and says nothing: connect timeout", async () => {
    const sockets = new Set<{ destroy(): void }>();
    const port = await listening(createServer((socket) => void sockets.add(socket)));
    ends.push(async () => {
      for (const socket of sockets) socket.destroy();
    });
    const status = await firstBackoff(`grpc://127.0.0.1:${port}`, { connectTimeoutMs: 300 });
    expect(status).toMatchObject({ cause: "connect-timeout" });
  });

  it("an HTML page with 404: not gRPC", async () => {
    const url = await answering((stream) => {
      stream.respond({ ":status": 404, "content-type": "text/html" });
      stream.end("<h1>no</h1>");
    });
    expect(await firstBackoff(url)).toMatchObject({ cause: "wrong-protocol" });
  });

  it("a malformed frame: not gRPC", async () => {
    const url = await answering((stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" });
      stream.end(Buffer.from([0, 0, 0, 0, 3, 255, 255, 255]));
    });
    expect((await firstBackoff(url)).cause).toMatch(/wrong-protocol|connection-lost/);
  });

  it("a message above the limit that is none is read past, as if nothing had come", async () => {
    const url = await answering((stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" });
      stream.write(Buffer.concat([Buffer.from([0, 0, 80, 0, 0]), Buffer.alloc(10_000)]));
    });
    expect(await firstBackoff(url, { connectTimeoutMs: 300 })).toMatchObject({
      cause: "register-timeout",
      code: "SILENCE",
    });
  });

  it("a status in the trailers: its name is the code", async () => {
    const url = await answering((stream) => {
      stream.respond(
        { ":status": 200, "content-type": "application/grpc", "grpc-status": "14" },
        { endStream: true },
      );
    });
    expect(await firstBackoff(url)).toMatchObject({
      cause: "peer-unavailable",
      code: "UNAVAILABLE",
      child: "transient",
    });
  });

  it("[T12.5 #17] UNAUTHENTICATED before acceptance is a refusal", async () => {
    const url = await answering((stream) => {
      stream.respond(
        { ":status": 200, "content-type": "application/grpc", "grpc-status": "16" },
        { endStream: true },
      );
    });
    expect(await firstBackoff(url)).toMatchObject({
      cause: "identity-refused",
      code: "UNAUTHENTICATED",
      child: "refused",
    });
  });

  it("a retry hint of the peer is honoured", async () => {
    const url = await answering((stream) => {
      stream.respond(
        { ":status": 200, "content-type": "application/grpc", "grpc-status": "14", "retry-after": "120" },
        { endStream: true },
      );
    });
    const status = await firstBackoff(url);
    expect(status.counters.current_backoff_ms).toBe(120_000);
  });

  const noTarget = "nobody listens at the address, which the proxy says first";
  it.skipIf(notThroughProxy(noTarget))(
    "a CA file that cannot be read: a TLS cause that names it",
    async () => {
      const status = await firstBackoff("grpcs://127.0.0.1:1", { tls: { caFile: "/no/such/ca.pem" } });
      expect(status).toMatchObject({ cause: "tls", code: "ENOENT", child: "refused" });
      expect(status.detail).toContain("tls.caFile cannot be read: /no/such/ca.pem");
    },
  );

  it.skipIf(notThroughProxy("its gateway has no TLS"))(
    "TLS towards a plain gateway: a TLS cause",
    async () => {
      const gateway = await startGateway();
      ends.push(() => gateway.close());
      expect((await firstBackoff(`grpcs://127.0.0.1:${gateway.port}`)).cause).toMatch(/tls|connection-lost/);
    },
  );

  it.skipIf(notThroughProxy(noTarget))(
    "[C16 #67] [T12.6 #8] TLS to a port nobody listens on: unreachable, no crash",
    async () => {
      expect(await firstBackoff("grpcs://127.0.0.1:1")).toMatchObject({ cause: "unreachable" });
    },
  );
});

describe("requests that are not what they should be", () => {
  it("answers what cannot be decoded or executed, and goes on", async () => {
    await using bench = await startTestBench({ registrations: [one] });
    const broken = await bench.gateway.execute(key, { payload: new TextEncoder().encode("{") });
    expect(broken.success).toBe(false);
    expect(broken.error).toMatch(/^Deserialization error: JSON deserialization failed: /);
    const arrow = await bench.gateway.execute(key, { payload: new Uint8Array(1), encoding: 3 });
    expect(arrow.error).toBe(
      "Unsupported encoding: Encoding ArrowIpc not yet implemented by this connector, which takes Json, RawBytes",
    );
    expect((await bench.gateway.execute(key, { payload: 1 })).json()).toBe(1);
  });

  it("answers an overload at once", async () => {
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow = { ...one, connector: { ...echo, execute: () => gate.then(() => 1) } };
    await using bench = await startTestBench({
      registrations: [slow],
      runtime: { maxConcurrentRequests: 1, maxQueuedRequests: 1 },
    });
    const kept = [bench.gateway.execute(key), bench.gateway.execute(key)];
    const refused = await bench.gateway.execute(key);
    expect(refused.error).toBe("overloaded: too many requests are waiting");
    open();
    expect((await Promise.all(kept)).map((answer) => answer.json())).toEqual([1, 1]);
  });

  it("answers a handler that never settles, at its time limit", async () => {
    const stuck = { ...one, connector: { ...echo, timeoutMs: 50, execute: () => new Promise(() => {}) } };
    await using bench = await startTestBench({ registrations: [stuck] });
    const answer = await bench.gateway.execute(key);
    expect(answer).toMatchObject({ success: false, error: "timed out: the request took longer than 50 ms" });
  });

  it("runs a request that comes twice once, and answers it once to its caller", async () => {
    let runs = 0;
    const counted = { ...one, connector: { ...echo, execute: () => ++runs } };
    await using bench = await startTestBench({ registrations: [counted] });
    bench.gateway.fault({ duplicateExecutes: 1 });
    expect((await bench.gateway.execute(key)).json()).toBe(1);
    expect((await bench.gateway.execute(key)).json()).toBe(2);
    expect(runs).toBe(2);
    expect(bench.runtime.registration(key).status().counters.duplicates).toBe(1);
  });
});
