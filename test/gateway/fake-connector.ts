/** A connector written by hand: it registers, takes requests and answers them exactly when a test says so. */
import { on } from "node:events";
import type { Gateway } from "mooring/gateway";
import { onTestFinished } from "vitest";
import { type PeerMessage, type PeerStream, peerClient } from "../support/grpc-peer.js";
import { owner } from "./rig.js";

interface Line {
  readonly stream: PeerStream;
  readonly inbound: AsyncIterator<PeerMessage[]>;
}

interface Execute {
  readonly requestId: string;
  readonly context: Readonly<Record<string, string>>;
}

/** What it is known by to the gateway is `owner`. */
export function fakeConnector(gateway: Gateway) {
  const client = peerClient(`127.0.0.1:${gateway.port}`);
  let line: Line | undefined;
  onTestFinished(() => {
    line?.stream.cancel();
    client.close();
  });
  const current = (): Line => {
    if (line) return line;
    throw new Error("The connector has no stream.");
  };
  /** Passes over everything else that comes. */
  const next = async (wanted: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const { value, done } = await current().inbound.next();
      if (done) throw new Error(`The stream ended before a ${wanted} came.`);
      const [message] = value;
      if (message?.[wanted]) return message[wanted];
    }
  };
  return {
    next,
    /** On a new stream; resolves with the answer. `credentials`: its tokens, when it has any. */
    register(credentials: Readonly<Record<string, string>> = {}) {
      const stream = client.connect();
      stream.on("error", () => {});
      line = { stream, inbound: on(stream, "data", { close: ["end"] }) as AsyncIterator<PeerMessage[]> };
      const { tenantId, connectorType, instanceId } = owner;
      const identity = { tenant_id: tenantId, connector_type: connectorType, instance_id: instanceId };
      stream.write({ register_request: { ...identity, version: "1.0.0", ...credentials } });
      return next("register_response");
    },
    async nextExecute(): Promise<Execute> {
      const { request_id, context } = await next("execute_request");
      return { requestId: String(request_id), context: context as Execute["context"] };
    },
    answer(requestId: string) {
      current().stream.write({ execute_response: { request_id: requestId, success: true } });
    },
    /** Ends the stream; resolves when the gateway knows. */
    async leave() {
      current().stream.end();
      line = undefined;
      await gateway.until(() => gateway.registrations().every((one) => !one.connected));
    },
  };
}
