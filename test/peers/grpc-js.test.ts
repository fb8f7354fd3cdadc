import { createRuntime, defineTool, jsonSchema, toolConnector } from "mooring";
import { startGateway } from "mooring/gateway";
import { afterEach, describe, expect, it } from "vitest";
import { echo } from "../support/connectors.js";
import { nextMessage, type PeerCall, peerClient, peerServer } from "../support/grpc-peer.js";
import { serving, untilStatus } from "../support/until.js";

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const register = { register_request: { tenant_id: "t", connector_type: "peer", instance_id: "i" } };

describe("an independent gRPC client against the gateway", () => {
  async function connected() {
    const gateway = await startGateway({ approval: "automatic" });
    const client = peerClient(`127.0.0.1:${gateway.port}`);
    const stream = client.connect();
    ends.push(
      () => gateway.close(),
      () => client.close(),
      () => stream.cancel(),
    );
    stream.on("error", () => {});
    return { gateway, stream };
  }

  it("registers, is answered, and gets a session token", async () => {
    const { stream } = await connected();
    stream.write(register);
    const answer = await nextMessage(stream, "register_response");
    expect(answer).toMatchObject({
      success: true,
      status: "REGISTRATION_STATUS_APPROVED",
      connector_arn: "matrix:t:peer:i",
    });
    expect(String(answer.session_token).split(".")).toHaveLength(2);
  });

  it("has its heartbeats echoed in order", async () => {
    const { stream } = await connected();
    stream.write(register);
    await nextMessage(stream, "register_response");
    const seen: unknown[] = [];
    const both = new Promise<void>((resolve) => {
      stream.on("data", (message) => {
        if (message.heartbeat_response) seen.push(message.heartbeat_response);
        if (seen.length === 2) resolve();
      });
    });
    stream.write({ heartbeat_request: { gateway_id: "a", timestamp_ms: 1 } });
    stream.write({ heartbeat_request: { gateway_id: "b", timestamp_ms: 2 } });
    await both;
    expect(seen).toEqual([
      { gateway_id: "a", timestamp_ms: "1" },
      { gateway_id: "b", timestamp_ms: "2" },
    ]);
  });

  it("executes requests, and has a second answer dropped and counted", async () => {
    const { gateway, stream } = await connected();
    stream.write(register);
    await nextMessage(stream, "register_response");
    const answer = gateway.execute("t.peer.i", {
      payload: { a: 1 },
      capabilityId: "cap",
      context: { user_id: "u" },
    });
    const request = await nextMessage(stream, "execute_request");
    expect(request).toMatchObject({ payload_encoding: "JSON", capability_id: "cap" });
    expect(request.context).toEqual({ tenant_id: "t", user_id: "u", connector_arn: "matrix:t:peer:i" });
    expect(JSON.parse(String(request.payload))).toEqual({ a: 1 });
    const response = {
      execute_response: {
        request_id: request.request_id,
        success: true,
        payload: Buffer.from("[2]"),
        payload_encoding: "JSON",
      },
    };
    stream.write(response);
    stream.write(response);
    stream.write({ execute_response: { request_id: "never-asked", success: true } });
    expect((await answer).json()).toEqual([2]);
    await gateway.until((one) => one.stats().answersReceived === 3, 60_000);
    expect(gateway.stats()).toMatchObject({ duplicateAnswers: 1, unknownAnswers: 1 });
  });

  it("refuses identifiers that are not clean, naming the field", async () => {
    const { stream } = await connected();
    stream.write({ register_request: { tenant_id: "t.u", connector_type: "peer", instance_id: "i" } });
    const answer = await nextMessage(stream, "register_response");
    expect(answer).toMatchObject({ status: "REGISTRATION_STATUS_REJECTED" });
    expect(answer.error).toContain("tenantId");
  });

  it("keeps an open request over a stream loss and sends it on the next stream", async () => {
    const { gateway, stream } = await connected();
    stream.write(register);
    await nextMessage(stream, "register_response");
    const answer = gateway.execute("t.peer.i", { payload: 1 });
    const first = await nextMessage(stream, "execute_request");
    await gateway.restart();
    const client = peerClient(`127.0.0.1:${gateway.port}`);
    const again = client.connect();
    ends.push(
      () => client.close(),
      () => again.cancel(),
    );
    again.on("error", () => {});
    again.write(register);
    const second = await nextMessage(again, "execute_request");
    expect(second.request_id).toBe(first.request_id);
    again.write({
      execute_response: {
        request_id: second.request_id,
        success: true,
        payload: Buffer.from("9"),
        payload_encoding: "JSON",
      },
    });
    expect((await answer).json()).toBe(9);
  });
});

describe("a runtime against an independent gRPC server", () => {
  async function runtimeAgainst(serve: (call: PeerCall) => void, connector = echo) {
    const server = await peerServer((call) => {
      call.on("error", () => {});
      serve(call);
    });
    const runtime = createRuntime({
      url: `127.0.0.1:${server.port}`,
      heartbeat: { intervalMs: 50, timeoutMs: 60_000 },
      metricsIntervalMs: 64,
      strict: true,
      env: {},
    });
    ends.push(
      () => server.close(),
      () => runtime.close(),
    );
    const { key } = runtime.add({
      tenantId: "a b",
      instanceId: "i.1",
      connector,
      tags: ["x"],
      scope: "tenant",
      metadata: { "sdk.os": "mine" },
    });
    return { runtime, key };
  }

  const accept = {
    register_response: {
      success: true,
      status: "REGISTRATION_STATUS_APPROVED",
      connector_arn: "matrix:a-b:echo_test:i-1",
    },
  };

  it("[C14 #83 #96] [C16 #23] [C17 #19 #21] sends a complete register request first, before any response header", async () => {
    let request: Record<string, unknown> = {};
    const { runtime, key } = await runtimeAgainst((call) => {
      // grpc-js sends headers with the first message, so the request has come without them.
      void nextMessage(call, "register_request").then((found) => {
        request = found;
        call.write(accept);
      });
    });
    void runtime.start();
    await untilStatus(runtime, key, serving);
    expect(request).toMatchObject({ tenant_id: "a-b", connector_type: "echo_test", instance_id: "i-1" });
    expect(request.scope).toBe("CONNECTOR_SCOPE_TENANT");
    expect(request.capabilities).toMatchObject({
      connector_type: "echo_test",
      version: "0.0.1",
      supported_encodings: ["JSON", "RAW_BYTES"],
      behaviors: ["REQUEST_RESPONSE"],
    });
    const { display_name, tags, metadata } = request.instance_metadata as {
      display_name: string;
      tags: string[];
      metadata: Record<string, string>;
    };
    expect({ display_name, tags }).toEqual({ display_name: "i-1", tags: ["x"] });
    expect(metadata).toMatchObject({
      "sdk.language": "typescript",
      "sdk.os": "mine",
      "sdk.transport": "gRPC",
      "sdk.tls": "false",
      "sdk.pid": String(process.pid),
    });
  });

  it("answers executes and heartbeats, heartbeats itself, and reports metrics", async () => {
    const got: Record<string, Record<string, unknown>> = {};
    let complete: () => void = () => {};
    const all = new Promise<void>((resolve) => {
      complete = resolve;
    });
    const { runtime } = await runtimeAgainst((call) => {
      call.on("data", (message) => {
        if (message.register_request) {
          call.write(accept);
          call.write({ heartbeat_request: { gateway_id: "gw", timestamp_ms: 5 } });
          call.write({
            execute_request: { request_id: "r1", payload: Buffer.from('{"n":1}'), payload_encoding: "JSON" },
          });
        }
        if (message.heartbeat_request) call.write({ heartbeat_response: message.heartbeat_request });
        Object.assign(got, message);
        if (got.execute_response && got.heartbeat_response && got.heartbeat_request && got.metrics_report)
          complete();
      });
    });
    await runtime.start();
    await all;
    expect(got.execute_response).toMatchObject({ request_id: "r1", success: true, payload_encoding: "JSON" });
    expect(String(got.execute_response?.payload)).toBe('{"n":1}');
    expect(got.heartbeat_response?.gateway_id ?? "").toBe("");
    expect(got.metrics_report).toMatchObject({
      connector_arn: "matrix:a-b:echo_test:i-1",
      requests_received: "1",
      requests_processed: "1",
    });
    expect(got.metrics_report?.custom_metrics).toHaveProperty(["sdk.system_cpu_count"]);
  });

  it("[C14 #96] registers tools in the exact wire form, and calls them", async () => {
    const add = defineTool({
      name: "add",
      description: "Adds",
      input: jsonSchema<{ a: number; b: number }>({
        type: "object",
        properties: { a: { type: "number" }, b: { type: "number", default: 10 } },
        required: ["a"],
      }),
      run: ({ a, b }) => ({ result: a + b }),
    });
    let request: Record<string, unknown> = {};
    const answers: Record<string, unknown>[] = [];
    let done: () => void = () => {};
    const answered = new Promise<void>((resolve) => {
      done = resolve;
    });
    const { runtime } = await runtimeAgainst(
      (call) => {
        call.on("data", (message) => {
          if (message.register_request) {
            request = message.register_request;
            call.write(accept);
            const ask = (id: string, capability: string, payload: unknown) =>
              call.write({
                execute_request: {
                  request_id: id,
                  capability_id: capability,
                  payload: Buffer.from(JSON.stringify(payload)),
                  payload_encoding: "JSON",
                },
              });
            ask("1", "add", { tool: "add", parameters: { a: 1, b: 2 }, metadata: {} });
            ask("2", "add", { tool: "add", parameters: { a: 1 } });
            ask("3", "add", { tool: "add", parameters: { a: "x" } });
            ask("4", "subtract", {});
            ask("5", "", {});
          }
          if (message.execute_response) answers.push(message.execute_response);
          if (answers.length === 5) done();
        });
      },
      toolConnector("calculator", [add]),
    );
    await runtime.start();
    await answered;
    const { metadata, task_types, behaviors } = request.capabilities as {
      metadata: Record<string, string>;
      task_types: unknown[];
      behaviors: string[];
    };
    const parameters = {
      type: "object",
      properties: { a: { type: "number" }, b: { type: "number", default: 10 } },
      required: ["a"],
    };
    expect(behaviors).toEqual(["TOOL"]);
    expect(JSON.parse(metadata.tool_schemas ?? "")).toEqual([
      { name: "add", description: "Adds", parameters },
    ]);
    expect(metadata).toMatchObject({ tool_count: "1", timeout_ms: "5000" });
    expect(task_types).toMatchObject([
      {
        task_type_id: "add",
        name: "add",
        description: "Adds",
        input_schema_json: JSON.stringify(parameters),
        output_schema_json: "{}",
      },
    ]);
    const byId = Object.fromEntries(answers.map((answer) => [answer.request_id, answer]));
    expect(String(byId["1"]?.payload)).toBe('{"result":3}');
    expect(String(byId["2"]?.payload)).toBe('{"result":11}');
    expect(byId["3"]?.error).toBe(
      "Invoke failed: [INVALID_PARAMS] tool 'add': a: expected a number, got a string",
    );
    expect(JSON.parse(String(byId["3"]?.payload))).toEqual({
      error: byId["3"]?.error,
      success: false,
      code: "INVALID_PARAMS",
    });
    expect(byId["4"]?.error).toBe(
      "Invoke failed: [UNKNOWN_TOOL] tool 'subtract': there is no such tool; known: add",
    );
    expect(byId["5"]?.error).toBe(
      "Invalid configuration: TOOL connector invocation is missing capability_id (tool name)",
    );
  });
});
