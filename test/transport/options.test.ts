import {
  createLeanTransport,
  createTransport,
  parseEndpoint,
  type TransportOptions,
  transportNames,
} from "mooring/transport";
import { describe, expect, it } from "vitest";

const options: TransportOptions = {
  endpoint: parseEndpoint("grpc://localhost:1"),
  tls: {},
  maxStreamsPerChannel: 1,
  connectTimeoutMs: 1,
  ping: { intervalMs: 1, timeoutMs: 1 },
  maxMessageBytes: 1_024,
};

/** What a program in JavaScript may give. */
const changed = (changes: object) => ({ ...options, ...changes });

const invalid = (message: string) =>
  expect.objectContaining({ code: "INVALID_CONFIG", message: expect.stringContaining(message) });

describe("a transport by itself", () => {
  it.each([
    [{ endpoint: undefined }, "endpoint is required by createLeanTransport(): give parseEndpoint("],
    [{ endpoint: "grpc://h:1" }, "endpoint must be what parseEndpoint() returns; got a text."],
    [{ tls: undefined }, "tls is required by createLeanTransport(): give {}"],
    [{ maxStreamsPerChannel: undefined }, "maxStreamsPerChannel is required by createLeanTransport()"],
    [{ connectTimeoutMs: undefined }, "connectTimeoutMs is required by createLeanTransport()"],
    [{ ping: undefined }, "ping is required by createLeanTransport()"],
    [{ ping: { intervalMs: 1 } }, "ping.timeoutMs is required by createLeanTransport()"],
    [{ maxMessageBytes: undefined }, "maxMessageBytes is required by createLeanTransport()"],
    [{ maxMessageByte: 1 }, 'did you mean "maxMessageBytes"?'],
    [{ maxStreamsPerChannel: 0 }, "maxStreamsPerChannel must be a number from 1 to 1000000; got 0."],
    [{ connectTimeoutMs: -1 }, "connectTimeoutMs must be a number from 1 to 2147483647; got -1."],
    [
      { ping: { intervalMs: Number.NaN, timeoutMs: 1 } },
      "ping.intervalMs must be a number from 1 to 2147483647; got NaN.",
    ],
    [{ ping: { intervalMs: 1, timeoutMs: 2 ** 31 } }, "ping.timeoutMs must be a number from 1 to 2147483647"],
    [{ maxMessageBytes: 10 }, "maxMessageBytes must be a number from 1024 to 2147483648; got 10."],
  ])("is refused with %o", (changes, message) => {
    expect(() => createLeanTransport(changed(changes))).toThrow(invalid(message));
  });

  it("is refused with an address that it does not dial", () => {
    expect(() => createTransport("websocket", options)).toThrow(
      invalid("endpoint is grpc://localhost:1, but the transport websocket speaks WebSocket"),
    );
    expect(() => createTransport("connect", { ...options, endpoint: parseEndpoint("ws://h") })).toThrow(
      invalid("endpoint is ws://h:80, but the transport connect speaks gRPC"),
    );
  });

  it("is refused without options, whichever it is", () => {
    const create = createTransport as (name: string, options?: unknown) => unknown;
    expect(() => create("lean")).toThrow(
      invalid("createTransport() takes an object of options; got nothing."),
    );
    for (const name of transportNames)
      expect(() => create(name, {})).toThrow(invalid("endpoint is required by createTransport()"));
    expect(() => create("leen", options)).toThrow(
      invalid('There is no transport "leen". Known: h2, lean, connect, grpc-js, websocket.'),
    );
  });
});
