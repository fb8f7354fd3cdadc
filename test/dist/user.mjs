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

/** Node 20 has no `await using` yet. */
async function using(opening, use) {
  const opened = await opening;
  try {
    return await use(opened);
  } finally {
    await (opened[Symbol.asyncDispose]?.() ?? opened.close());
  }
}

/** Registers as a client of its own, beats once, and tells what it heard. */
async function converse(transport) {
  let accepted;
  const registered = new Promise((resolve) => {
    accepted = resolve;
  });
  async function* sent() {
    const capabilities = {
      connectorType: "doubler",
      version: "1.0.0",
      taskTypes: [{ taskTypeId: "double" }],
    };
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
  return heard;
}

const asUser = {
  transport: (name) =>
    using(
      startTestBench({
        registrations: [{ ...identity, connector: doubler }],
        runtime: { transport: name },
      }),
      async ({ gateway }) => (await gateway.execute("t.doubler.one", { payload: 21 })).json(),
    ),

  /** With messages that the user's Connect makes, by the schema that the package brings. */
  client: () =>
    using(startGateway({ approval: "automatic" }), async (gateway) => {
      const transport = createLeanTransport({
        endpoint: parseEndpoint(gateway.url),
        tls: {},
        maxStreamsPerChannel: 80,
        connectTimeoutMs: 5_000,
        ping: { intervalMs: 30_000, timeoutMs: 10_000 },
        maxMessageBytes: 4 * 1024 * 1024,
      });
      const heard = await converse(transport);
      const known = gateway.registrations().map(({ key }) => key);
      await transport.close();
      return { heard, known };
    }),

  workers: (module) =>
    using(startGateway({ approval: "automatic" }), (gateway) =>
      using(createRuntime({ url: gateway.url, workers: 1, module, env: {} }), async (runtime) => {
        runtime.add({ ...identity, connector: "where" });
        await runtime.start();
        return (await gateway.execute("t.where.one")).json().threadId > 0;
      }),
    ),

  machines: async () =>
    [registrationMachine, livenessMachine].map((machine) => machine instanceof StateMachine),
};

const [what, ...given] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await asUser[what](...given)));
