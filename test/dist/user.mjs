/**
 * A program of somebody who has installed the package: its names lead to dist, and its libraries are the user's own.
 * Does what the argument says, and prints what came of it as JSON.
 */
import { createClient } from "@connectrpc/connect";
import { createRuntime, requestResponseConnector } from "mooring";
import { startGateway } from "mooring/gateway";
import { livenessMachine, registrationMachine } from "mooring/machines";
import { startTestBench } from "mooring/testing";
import { ConnectorService, createLeanTransport, parseEndpoint } from "mooring/transport";
import { StateMachine } from "xstate";

const doubler = requestResponseConnector({
  type: "doubler",
  version: "1.0.0",
  execute: async (request) => request.json() * 2,
});
const identity = { tenantId: "t", instanceId: "one" };

const asUser = {
  async transport(name) {
    await using bench = await startTestBench({
      registrations: [{ ...identity, connector: doubler }],
      runtime: { transport: name },
    });
    return (await bench.gateway.execute("t.doubler.one", { payload: 21 })).json();
  },

  /** With messages that the user's Connect makes, by the schema that the package brings. */
  async client() {
    await using gateway = await startGateway({ approval: "automatic" });
    const transport = createLeanTransport({
      endpoint: parseEndpoint(gateway.url),
      tls: {},
      maxStreamsPerChannel: 80,
      connectTimeoutMs: 5_000,
      ping: { intervalMs: 30_000, timeoutMs: 10_000 },
      maxMessageBytes: 4 * 1024 * 1024,
    });
    let accepted;
    const registered = new Promise((resolve) => {
      accepted = resolve;
    });
    async function* sent() {
      const capabilities = { connectorType: "doubler", version: "1.0.0", taskTypes: [{ taskTypeId: "double" }] };
      const value = { ...identity, connectorType: "doubler", capabilities, instanceMetadata: { tags: ["x"] } };
      yield { message: { case: "registerRequest", value } };
      await registered;
      yield { message: { case: "heartbeatRequest", value: { timestampMs: 7n } } };
    }
    const heard = [];
    for await (const { message } of createClient(ConnectorService, transport).connect(sent())) {
      heard.push(message.case);
      if (message.case === "registerResponse") accepted();
      if (message.case === "heartbeatResponse") break;
    }
    await transport.close();
    return { heard, known: gateway.registrations().map(({ key }) => key) };
  },

  async workers(module) {
    await using gateway = await startGateway({ approval: "automatic" });
    await using runtime = createRuntime({ url: gateway.url, workers: 1, module, env: {} });
    runtime.add({ ...identity, connector: "where" });
    await runtime.start();
    return (await gateway.execute("t.where.one")).json().threadId > 0;
  },

  machines: async () =>
    [registrationMachine, livenessMachine].map((machine) => machine instanceof StateMachine),
};

const [what, ...given] = process.argv.slice(2);
console.log(JSON.stringify(await asUser[what](...given)));
