/** A flood of what a connector sends in one way leaves room for the other: answers beside frames, frames beside answers. */
import { type Connector, createRuntime, RawAnswer, type RelaySocket } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { PayloadEncoding } from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { echo } from "../support/connectors.js";

const key = "acme.echo_test.one";
const bytes = new Uint8Array(64 * 1_024);

async function serving(connector: Connector): Promise<Gateway> {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const runtime = createRuntime({ url: gateway.url, env: {} });
  onTestFinished(() => runtime.close());
  runtime.add({ tenantId: "acme", instanceId: "one", connector });
  await runtime.start();
  return gateway;
}

/** Sends without an end, and waits for room each time. */
async function flood(socket: RelaySocket): Promise<void> {
  while (!socket.closed.aborted)
    await socket.send({ type: "binary", bytes }).then(
      () => new Promise<void>((resolve) => void setImmediate(resolve)),
      () => {},
    );
}

it("answers go out beside more frames than the stream carries", async () => {
  const gateway = await serving({
    ...echo,
    relay: (_opening, socket) => {
      void flood(socket);
      return { frame: () => {} };
    },
  });
  for (let count = 0; count < 40; count += 1) {
    const socket = await gateway.openWebSocket(key, { path: "/" });
    void (async () => {
      for await (const _ of socket.frames);
    })();
    const answer = await gateway.execute(key, { payload: { count } });
    expect(answer.json()).toEqual({ count });
  }
});

it("frames go out beside more answers than the stream carries", async () => {
  const connector: Connector = {
    ...echo,
    execute: () => new RawAnswer(new Uint8Array(512 * 1_024), PayloadEncoding.RAW_BYTES),
    relay: (_opening, socket) => ({ frame: (frame) => socket.send(frame) }),
  };
  const gateway = await serving(connector);
  const socket = await gateway.openWebSocket(key, { path: "/" });
  let life: "asking" | "over" = "asking";
  const asking = Array.from({ length: 10 }, async () => {
    while (life === "asking") await gateway.execute(key, { payload: {} });
  });
  for (let number = 0; number < 10; number += 1) {
    socket.send({ type: "text", text: String(number) });
    expect((await socket.frames.next()).value).toEqual({ type: "text", text: String(number) });
  }
  life = "over";
  await Promise.all(asking);
});
