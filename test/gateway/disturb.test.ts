import { once } from "node:events";
import { connect } from "node:http2";
import { expect, it } from "vitest";
import { type Listener, listen } from "../../src/gateway/listener.js";

it("asks connections back while one of them is on its way down", async () => {
  let listener: Listener | undefined;
  let thrown: unknown = "not asked";
  listener = await listen({
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    maxConcurrentStreams: 10,
    connected: () => () => {},
    http: () => {},
    grpc: ({ stream }) => {
      // Destroyed, but its 'close' has not come yet.
      stream.session?.destroy();
      try {
        listener?.goaway();
        thrown = undefined;
      } catch (error) {
        thrown = error;
      }
    },
  });
  const client = connect(`http://127.0.0.1:${listener.port}`);
  client.on("error", () => {});
  const request = client.request({ ":method": "POST", ":path": "/matrix.connectors.v1.Any/Call" });
  request.on("error", () => {});
  await once(client, "close");
  await listener.close();
  expect(thrown).toBeUndefined();
});
