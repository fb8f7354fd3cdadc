/** The broker on NATS at a real nats-server: what every broker does. */
import { natsBroker } from "mooring/nats";
import { afterAll, beforeAll } from "vitest";
import { brokerSuite } from "../connectors/events/broker-suite.js";
import { newStream, RealServer } from "./server.js";

let server: RealServer;
beforeAll(async () => {
  server = await RealServer.start();
});
afterAll(() => server.close());

brokerSuite("the broker on NATS", async () => natsBroker({ servers: [server.address], stream: newStream() }));
