/** What a test of the broker on NATS starts, ended with it. */
import { connect } from "@nats-io/transport-node";
import { type NatsBrokerOptions, natsBroker } from "mooring/nats";
import { onTestFinished } from "vitest";
import { newStream, RealServer } from "./server.js";

export async function started(config = ""): Promise<RealServer> {
  const server = await RealServer.start(config);
  onTestFinished(() => server.close());
  return server;
}

export function brokerOf(server: RealServer, options: NatsBrokerOptions = {}) {
  const broker = natsBroker({ servers: [server.address], stream: newStream(), ...options });
  onTestFinished(() => broker.close());
  return broker;
}

export async function clientOf(server: RealServer) {
  const client = await connect({ servers: server.address });
  onTestFinished(() => client.close());
  return client;
}

export const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
