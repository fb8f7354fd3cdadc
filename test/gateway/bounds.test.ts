/** What anybody can make the embedded gateway keep has a bound. */
import { create } from "@bufbuild/protobuf";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { GatewayCore } from "../../src/gateway/core.js";
import { Registry } from "../../src/gateway/registry.js";
import { TokenServer } from "../../src/gateway/token-server.js";
import {
  type ExecuteRequest,
  ExecuteRequestSchema,
  HeartbeatRequestSchema,
  RegisterConnectorRequestSchema,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { FrameReader } from "../../src/transport/lean/frame-reader.js";

function coreOf(): GatewayCore {
  const tokens = new TokenServer(
    "matrix",
    () => core.faults,
    undefined,
    async () => {},
  );
  const core: GatewayCore = new GatewayCore({}, tokens);
  return core;
}

describe("the embedded gateway keeps", () => {
  it("no more than so many messages for a client that does not read: the stream is reset, and counted", async () => {
    const core = coreOf();
    const reset = new Promise<void>((resolve) => {
      const stream = core.openStream(resolve);
      const value = create(HeartbeatRequestSchema);
      const ask = create(StreamMessageSchema, { message: { case: "heartbeatRequest", value } });
      for (let i = 0; i < 100_001; i += 1) stream.receive(ask);
      expect(stream.outbound.size).toBe(0);
    });
    await reset;
    expect(core.figures.unreadMessages).toBe(100_001);
    core.close();
  });

  it("no more than so many bytes of requests for it", async () => {
    const core = coreOf();
    const payload = new Uint8Array(1024 * 1024);
    const request: ExecuteRequest = create(ExecuteRequestSchema, { requestId: "r", payload });
    const reset = new Promise<void>((resolve) => {
      const stream = core.openStream(resolve);
      for (let i = 0; i < 257; i += 1) stream.execute(request);
      expect(stream.outbound.size).toBe(0);
    });
    await reset;
    expect(core.figures.unreadMessages).toBe(257);
    core.close();
  });

  it("no more than so many registrations that nobody approved; the oldest go, others stay", () => {
    const registry = new Registry(4 * 1024 * 1024);
    const of = (instanceId: string) => registry.ensure({ tenantId: "t", connectorType: "c", instanceId });
    of("approved").state = "approved";
    let forgotten = 0;
    for (let i = 0; i < 10_020; i += 1) {
      of(`i${i}`);
      forgotten += registry.forgetOldest(({ state }) => state === "pending");
    }
    expect(forgotten).toBe(20);
    expect(registry.get("t.c.i19")).toBeUndefined();
    expect(registry.get("t.c.i20")).toBeDefined();
    expect(registry.get("t.c.approved")).toBeDefined();
  });

  it("no more than so much of what a client says of itself", () => {
    const registry = new Registry(4 * 1024 * 1024);
    const one = registry.ensure({ tenantId: "t", connectorType: "c", instanceId: "i" });
    const taskTypes = Array.from({ length: 2_000 }, () => ({ name: "n".repeat(1_000) }));
    const request = create(RegisterConnectorRequestSchema, {
      instanceMetadata: { displayName: "d".repeat(10_000) },
      capabilities: { taskTypes },
    });
    registry.describe(one, request);
    expect([one.displayName.length, one.tools.length, one.tools[0]?.length]).toEqual([256, 1_000, 256]);
  });
});

describe("a message in frames of one byte", () => {
  it("is put together whole, without a chunk kept for each byte", () => {
    const length = 600_000;
    const bytes = Buffer.alloc(5 + length, 7);
    bytes.writeUInt8(0, 0);
    bytes.writeUInt32BE(length, 1);
    const reader = new FrameReader(1024 * 1024);
    const taken: Buffer[] = [];
    const concat = vi.spyOn(Buffer, "concat");
    onTestFinished(() => concat.mockRestore());
    for (let i = 0; i < bytes.length - 1; i += 1) reader.push(bytes.subarray(i, i + 1), () => false);
    reader.push(bytes.subarray(-1), (all, start, end) => {
      taken.push(all.subarray(start, end));
      return true;
    });
    expect(Math.max(...concat.mock.calls.map(([parts]) => parts.length))).toBeLessThanOrEqual(1_030);
    expect(taken.map((one) => one.equals(bytes.subarray(5)))).toEqual([true]);
    expect(reader.partial).toBe(false);
  });
});
