/** Messages beyond the limit of either side: refused or answered as failed, and nothing else is disturbed. */
import { createRuntime, requestResponseConnector } from "mooring";
import { startGateway } from "mooring/gateway";
import { startTestBench } from "mooring/testing";
import { afterEach, describe, expect, it } from "vitest";
import { echo } from "../support/connectors.js";
import {
  nextMessage,
  type PeerCall,
  type PeerMessage,
  peerClient,
  peerServer,
} from "../support/grpc-peer.js";
import { notThroughProxy } from "../support/transports.js";
import { backingOff, eventually, serving, untilStatus } from "../support/until.js";

const one = { tenantId: "t", instanceId: "one", connector: echo };
const two = { ...one, instanceId: "two" };
const key = "t.echo_test.one";
const mib = 1024 * 1024;
const ends: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe("a request beyond the gateway's own limit", () => {
  it("is refused at once with size and limit, and never sent", async () => {
    await using bench = await startTestBench({ registrations: [one] });
    for (const size of [4 * mib, 6 * mib, 30 * mib])
      await expect(bench.gateway.execute(key, { payload: new Uint8Array(size) })).rejects.toMatchObject({
        code: "MESSAGE_TOO_LARGE",
        message: expect.stringMatching(
          /^The request makes a message of \d{7,8} bytes, above maxMessageBytes \(4194304\)/,
        ),
      });
    expect(bench.gateway.stats().executesSent).toBe(0);
    expect((await bench.gateway.execute(key, { payload: 1 })).json()).toBe(1);
    expect(bench.runtime.registration(key).status().counters.total_disconnects).toBe(0);
  });

  it("counts context and ids too", async () => {
    await using bench = await startTestBench({ registrations: [one] });
    const context = { note: "x".repeat(4 * mib) };
    await expect(bench.gateway.execute(key, { context })).rejects.toThrow("above maxMessageBytes");
    await expect(bench.gateway.execute(key, { requestId: "x".repeat(1_025) })).rejects.toThrow(
      "requestId must have at most 1024 characters; got 1025.",
    );
    expect((await bench.gateway.execute(key, { requestId: "x".repeat(1_024) })).success).toBe(true);
  });

  it.skipIf(notThroughProxy("fetch does not know the private authority")).each([4.5, 20])(
    "is answered with 413 over HTTP: %d MiB",
    async (size) => {
      await using bench = await startTestBench({ registrations: [one] });
      const body = JSON.stringify({ payload: "x".repeat(size * mib) });
      const url = `${bench.gateway.httpUrl}/api/registrations/${key}/execute`;
      const headers = { "content-type": "application/json" };
      const response = await fetch(url, { method: "POST", headers, body });
      expect(response.status).toBe(413);
      const { error } = (await response.json()) as { error: { message: string } };
      expect(error.message).toMatch(/\d{7,8} bytes.* above .*\d{7}/);
      const chunked = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(body));
          controller.close();
        },
      });
      const other = await fetch(url, {
        method: "POST",
        headers,
        body: chunked,
        duplex: "half",
      } as RequestInit);
      expect(other.status).toBe(413);
    },
  );

  it("is refused for credentials too", async () => {
    await using bench = await startTestBench({ registrations: [one] });
    expect(() => bench.gateway.issueCredentials(key, { ott: "x".repeat(5 * mib) })).toThrow(
      "above maxMessageBytes",
    );
  });
});

describe("a request beyond the limit of the runtime alone", () => {
  it("is answered as failed, beside a running one, without a reconnect", async () => {
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const holding = requestResponseConnector({
      type: "echo_test",
      version: "1",
      execute: async (request) => {
        await held;
        return request.json();
      },
    });
    await using bench = await startTestBench({
      registrations: [{ ...one, connector: holding }, two],
      runtime: { maxMessageBytes: 64 * 1024 },
    });
    const running = bench.gateway.execute(key, { payload: "kept" });
    for (const size of [64 * 1024, 100_000, 3 * mib]) {
      const answer = await bench.gateway.execute(key, { payload: "x".repeat(size) });
      expect(answer.success).toBe(false);
      expect(answer.error).toMatch(
        /^message too large: the request of \d+ bytes is above maxMessageBytes \(65536\); send less/,
      );
    }
    release();
    expect((await running).json()).toBe("kept");
    for (const name of [key, "t.echo_test.two"])
      expect(bench.runtime.registration(name).status()).toMatchObject({
        ready: true,
        counters: { total_disconnects: 0 },
      });
    expect(bench.gateway.stats().streamsOpened).toBe(2);
  });
});

describe("a result beyond the gateway's limit", () => {
  it("is answered as failed for its caller, and not sent again", async () => {
    const sized = requestResponseConnector({
      type: "echo_test",
      version: "1",
      execute: (request) => "x".repeat(Number(request.json())),
    });
    await using bench = await startTestBench({
      registrations: [{ ...one, connector: sized }, two],
      runtime: { maxMessageBytes: 8 * mib },
      gateway: { maxMessageBytes: 64 * 1024 },
    });
    for (const size of [65_536, 100_000, 5 * mib]) {
      const answer = await bench.gateway.execute(key, { payload: size });
      expect(answer.success).toBe(false);
      expect(answer.error).toMatch(
        /^message too large: the answer of \d+ bytes is above maxMessageBytes \(65536\)/,
      );
    }
    expect((await bench.gateway.execute(key, { payload: 5 })).json()).toBe("xxxxx");
    expect(bench.gateway.stats().streamsOpened).toBe(2);
  });
});

/** A gateway that accepts whoever registers, answers heartbeats, and collects answers. */
async function foreignGateway(
  accepted: (call: PeerCall, registers: number) => void,
  token = "",
  maxMessageBytes = -1,
) {
  const answers: Record<string, unknown>[] = [];
  const registers: Record<string, unknown>[] = [];
  const server = await peerServer(
    (call) => {
      call.on("error", () => {});
      call.on("data", (message: PeerMessage) => {
        if (message.register_request) {
          registers.push(message.register_request);
          const response = {
            success: true,
            status: "REGISTRATION_STATUS_APPROVED",
            connector_arn: "a",
            session_token: token,
          };
          call.write({ register_response: response });
          accepted(call, registers.length);
        }
        if (message.heartbeat_request) call.write({ heartbeat_response: {} });
        if (message.execute_response) answers.push(message.execute_response);
      });
      call.on("end", () => call.end());
    },
    { "grpc.max_receive_message_length": maxMessageBytes },
  );
  ends.push(() => server.close());
  return { url: `grpc://127.0.0.1:${server.port}`, answers, registers };
}

function runtimeTo(url: string, options: Parameters<typeof createRuntime>[0] = {}) {
  const runtime = createRuntime({ url, env: {}, ...options });
  ends.push(() => runtime.close());
  runtime.add(one);
  void runtime.start();
  return runtime;
}

describe("a gateway that sends more than is taken", () => {
  it.each([
    "ws_frame",
    "invoke_response",
    "heartbeat_response",
    "approval_notification",
    "credentials_issued",
    "register_response",
  ])("goes on after an oversized %s", async (kind) => {
    const text = "x".repeat(5 * mib);
    const bodies: PeerMessage = {
      ws_frame: { connection_id: "c", data: Buffer.from(text) },
      invoke_response: { request_id: "r", payload: Buffer.from(text) },
      heartbeat_response: { gateway_id: text },
      approval_notification: { status: "REGISTRATION_STATUS_APPROVED", message: text },
      credentials_issued: { ott: "o", message: text },
      register_response: { success: true, status: "REGISTRATION_STATUS_APPROVED", session_token: text },
    };
    const gateway = await foreignGateway((call) => {
      call.write({ [kind]: bodies[kind] ?? {} });
      call.write({
        execute_request: { request_id: "after", payload: Buffer.from("7"), payload_encoding: "JSON" },
      });
    });
    runtimeTo(gateway.url);
    await eventually(() => gateway.answers.length === 1);
    expect(gateway.answers).toMatchObject([{ request_id: "after", success: true }]);
    expect(gateway.registers).toHaveLength(1);
  });

  it("gets no answer for an id that none can carry, and its stream goes on", async () => {
    const gateway = await foreignGateway((call) => {
      for (const id of ["x".repeat(1_025), "y".repeat(4 * mib - 100), "ok"])
        call.write({
          execute_request: { request_id: id, payload: Buffer.from("7"), payload_encoding: "JSON" },
        });
    });
    const runtime = runtimeTo(gateway.url);
    await eventually(() => gateway.answers.length === 1);
    expect(gateway.answers).toMatchObject([{ request_id: "ok", success: true }]);
    expect(runtime.registration(key).status().counters).toMatchObject({
      requests_received: 3,
      requests_failed: 2,
      total_disconnects: 0,
    });
  });

  it("does not get back a session token beyond its bound, and the one before it stays", async () => {
    const gateway = await foreignGateway(
      (call, registers) => {
        if (registers === 1) call.end();
      },
      "x".repeat(3 * mib),
    );
    const runtime = runtimeTo(gateway.url, { backoff: { baseMs: 1, maxMs: 5 } });
    await eventually(() => gateway.registers.length === 2);
    await untilStatus(runtime, key, serving);
    expect(gateway.registers.map((request) => request.session_token ?? "")).toEqual(["", ""]);
  });
});

describe.skipIf(notThroughProxy("the client is the test's own, and dials in the clear"))(
  "a client that sends the embedded gateway more than it takes",
  () => {
    const text = "x".repeat(mib);
    const bytes = Buffer.from(text);
    const kinds: PeerMessage = {
      heartbeat_request: { gateway_id: text },
      heartbeat_response: { gateway_id: text },
      metrics_report: { connector_arn: text },
      invoke_request: { request_id: "r", payload: bytes },
      ws_frame: { connection_id: "c", data: bytes },
      ws_close_request: { connection_id: text },
    };

    it.each(Object.keys(kinds))("keeps its stream after an oversized %s", async (kind) => {
      await using gateway = await startGateway({ approval: "automatic", maxMessageBytes: 64 * 1024 });
      const client = peerClient(new URL(gateway.url).host);
      ends.push(() => client.close());
      const stream = client.connect().on("error", () => {});
      const registered = nextMessage(stream, "register_response");
      const identity = { tenant_id: "t", connector_type: "echo_test", instance_id: "one" };
      stream.write({ register_request: identity });
      expect(await registered).toMatchObject({ success: true });
      const asked = nextMessage(stream, "execute_request");
      stream.write({ [kind]: kinds[kind] ?? {} });
      const answered = gateway.execute(key, { payload: 7 });
      const { request_id } = await asked;
      stream.write({ execute_response: { request_id, success: true, payload: Buffer.from("7") } });
      expect((await answered).success).toBe(true);
      expect(gateway.stats().streamsOpened).toBe(1);
    });

    it("is told so when its register request is too large", async () => {
      await using gateway = await startGateway({ approval: "automatic", maxMessageBytes: 64 * 1024 });
      const client = peerClient(new URL(gateway.url).host);
      ends.push(() => client.close());
      const stream = client.connect().on("error", () => {});
      const refused = nextMessage(stream, "register_response");
      stream.write({ register_request: { tenant_id: "t", connector_type: text, instance_id: "one" } });
      expect(await refused).toMatchObject({ error: "the register request is larger than the gateway takes" });
    });
  },
);

describe("a gateway that takes less than it is sent", () => {
  const sized = requestResponseConnector({
    type: "echo_test",
    version: "1",
    execute: (request) => "x".repeat(Number(request.json())),
  });
  const execute = (id: string, size: number) => ({
    execute_request: { request_id: id, payload: Buffer.from(String(size)), payload_encoding: "JSON" },
  });

  it.each([64 * 1024, mib])(
    "gets failures for the results beyond its limit of %i, and all others",
    async (limit) => {
      const gateway = await foreignGateway(
        (call, registers) => {
          if (registers > 1) return;
          call.write(execute("small", 10));
          call.write(execute("large", limit + 1));
          call.write(execute("larger", 2 * limit));
          call.write(execute("below", 60_000));
        },
        "",
        limit,
      );
      const runtime = createRuntime({
        url: gateway.url,
        env: {},
        backoff: { baseMs: 1, maxMs: 5, jitterMs: 1 },
      });
      ends.push(() => runtime.close());
      runtime.add({ ...one, connector: sized });
      void runtime.start();
      const last = () => new Map(gateway.answers.map((answer) => [answer.request_id, answer]));
      await eventually(() => last().size === 4);
      expect(last().get("small")).toMatchObject({ success: true });
      expect(last().get("below")).toMatchObject({ success: true });
      for (const [id, size] of [
        ["large", limit + 3],
        ["larger", 2 * limit + 2],
      ] as const)
        expect(last().get(id)?.error).toBe(
          `message too large: the gateway ended every stream that carried the answer of ${size} bytes; send less at once, or raise the gateway's limit`,
        );
      expect(gateway.registers.length).toBeLessThanOrEqual(6);
    },
  );
});

describe("a gateway that ends streams with INTERNAL for an answer", () => {
  const sized = requestResponseConnector({
    type: "echo_test",
    version: "1",
    execute: (request) => "x".repeat(Number(request.json())),
  });

  /** What became of an answer of so many bytes that ends its first streams, up to `times`. */
  async function answeredAfter(size: number, times: number) {
    let ended = 0;
    const gateway = await foreignGateway((call, registers) => {
      call.on("data", ({ execute_response: response }: PeerMessage) => {
        if (response?.request_id !== "large" || !response.success || ended === times) return;
        ended += 1;
        call.emit("error", { code: 13, details: "it failed" });
      });
      if (registers > 1) return;
      call.write({
        execute_request: {
          request_id: "large",
          payload: Buffer.from(String(size)),
          payload_encoding: "JSON",
        },
      });
    });
    const backoff = { baseMs: 1, maxMs: 5, jitterMs: 1 };
    const runtime = createRuntime({ url: gateway.url, env: {}, backoff });
    ends.push(() => runtime.close());
    runtime.add({ ...one, connector: sized });
    void runtime.start();
    // The one that ended no stream.
    await eventually(() => gateway.answers.length > ended);
    return { ended, last: gateway.answers.at(-1) };
  }

  it("gets a failure that names the size after three of them, from 1 MiB on", async () => {
    const size = mib + 1;
    const { ended, last } = await answeredAfter(size, 10);
    expect(ended).toBe(3);
    expect(last).toMatchObject({
      error: `message too large: the gateway ended every stream that carried the answer of ${size + 2} bytes; send less at once, or raise the gateway's limit`,
    });
  });

  it.each([
    ["that ended two", mib + 1, 2],
    ["below 1 MiB, whatever it ended", mib - 1_000, 5],
  ])("gets the answer %s", async (_name, size, times) => {
    const { ended, last } = await answeredAfter(size, times);
    expect(ended).toBe(times);
    expect(last).toMatchObject({ success: true, payload: { length: size + 2 } });
  });
});

describe("failures beside a small limit", () => {
  const failing = (text: string) =>
    requestResponseConnector({
      type: "echo_test",
      version: "1",
      execute: () => {
        throw new Error(text);
      },
    });

  it.each([2_048, 4_096, 16_384])("are shortened to what %i bytes carry", async (maxMessageBytes) => {
    const texts = ["x".repeat(20_000), "ü€😀".repeat(5_000), '"\u0001'.repeat(9_000)];
    for (const text of texts) {
      await using bench = await startTestBench({
        registrations: [{ ...one, connector: failing(text) }],
        runtime: { maxMessageBytes },
      });
      const answer = await bench.gateway.execute(key, { requestId: "i".repeat(maxMessageBytes / 16) });
      expect(answer.success).toBe(false);
      expect(answer.error).toContain(text.slice(0, 20));
      expect(bench.runtime.registration(key).status().counters.total_disconnects).toBe(0);
    }
  });

  it("what cannot even register says so", async () => {
    await using bench = await startTestBench();
    const runtime = createRuntime({ url: bench.gateway.url, env: {}, maxMessageBytes: 1_024 });
    ends.push(() => runtime.close());
    runtime.add({ ...one, metadata: { note: "x".repeat(2_000) } });
    void runtime.start();
    const status = await untilStatus(runtime, key, backingOff);
    expect(status).toMatchObject({
      cause: "message-too-large",
      detail:
        "The register request is above maxMessageBytes (1024): raise it, or give fewer or shorter tools, tags and metadata.",
    });
  });

  it("reports and heartbeats travel beside the smallest limit", async () => {
    await using bench = await startTestBench({
      registrations: [one],
      runtime: { maxMessageBytes: 1_024, metricsIntervalMs: 20, heartbeat: { intervalMs: 20 } },
    });
    await bench.gateway.until(
      (gateway) => gateway.stats().metricsReports > 2 && gateway.stats().heartbeats > 2,
    );
    expect((await bench.gateway.execute(key, { payload: "x".repeat(900) })).success).toBe(true);
    expect(bench.gateway.stats().streamsOpened).toBe(1);
  });
});
