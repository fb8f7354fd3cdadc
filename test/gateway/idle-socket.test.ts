/** A client that opens a WebSocket and says nothing of the contract does not keep it. */

import { once } from "node:events";
import { startGateway } from "mooring/gateway";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { FrameWriter, socketPath } from "../../src/protocol/phoenix-frames.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

it("is closed with 1002 after two minutes, which heartbeats of the channel do not prolong", async () => {
  await using gateway = await startGateway();
  const writer = new FrameWriter();
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}${socketPath}`);
  await once(socket, "open");
  socket.send(writer.join());
  await once(socket, "message");
  await vi.advanceTimersByTimeAsync(119_000);
  socket.send(writer.heartbeat().text);
  await once(socket, "message");
  expect(socket.readyState).toBe(WebSocket.OPEN);
  await vi.advanceTimersByTimeAsync(1_000);
  const [code, reason] = await once(socket, "close");
  expect([code, String(reason)]).toEqual([1002, "no message came"]);
});
