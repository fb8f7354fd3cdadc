import { parseEndpoint } from "mooring/transport";
import { describe, expect, it } from "vitest";
import { LoadedOnUse } from "../../src/transport/loaded-on-use.js";
import type { DialOptions } from "../../src/transport/options.js";
import type { OpenOptions, TransportAdapter, TransportStream } from "../../src/transport/transport.js";
import { type Resolvers, withResolvers } from "../../src/with-resolvers.js";

const options = { endpoint: parseEndpoint("grpc://localhost:1") } as DialOptions;
const opening = {} as OpenOptions;
const stream = {} as TransportStream;
const noFiles = Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });

/** A transport whose adapter comes when the test says so; what it is asked is written down. */
function lateTransport() {
  const asked: string[] = [];
  const loads: Resolvers<void>[] = [];
  const loaded = {
    open: async () => {
      asked.push("open");
      return stream;
    },
    close: async () => void asked.push("close"),
    channels: () => [],
  };
  const adapter = async () => {
    const load = withResolvers<void>();
    loads.push(load);
    await load.promise;
    return { create: () => loaded } as unknown as TransportAdapter;
  };
  return { asked, loads, transport: new LoadedOnUse("h2", { speaks: "gRPC", adapter }, options) };
}

const failure = (cause: string, rest: object = {}) =>
  expect.objectContaining({ failure: expect.objectContaining({ cause, ...rest }) });

describe("a transport that is loaded when it is used", () => {
  it("is loaded once for all that open meanwhile, and for all after", async () => {
    const { asked, loads, transport } = lateTransport();
    const both = [transport.open(opening), transport.open(opening)];
    loads[0]?.resolve();
    expect(await Promise.all(both)).toEqual([stream, stream]);
    expect(await transport.open(opening)).toBe(stream);
    expect(loads).toHaveLength(1);
    expect(asked).toEqual(["open", "open", "open"]);
  });

  it("is loaded anew after a failure, which those that waited are told as a fault of this machine", async () => {
    const { loads, transport } = lateTransport();
    const both = [transport.open(opening), transport.open(opening)];
    loads[0]?.reject(noFiles);
    const told = failure("local-error", {
      code: "EMFILE",
      detail: expect.stringContaining("The transport h2 could not be loaded: EMFILE: too many open files"),
    });
    for (const one of both) await expect(one).rejects.toEqual(told);
    const next = transport.open(opening);
    loads[1]?.resolve();
    expect(await next).toBe(stream);
  });

  it("closes after a failure, while it is loaded, and before it ever was", async () => {
    const failed = lateTransport();
    const opened = failed.transport.open(opening);
    const closing = failed.transport.close();
    failed.loads[0]?.reject(noFiles);
    await expect(opened).rejects.toEqual(failure("local-error"));
    await closing;
    await expect(failed.transport.open(opening)).rejects.toEqual(failure("outbound-closed"));

    const late = lateTransport();
    const first = late.transport.open(opening);
    const ended = late.transport.close();
    late.loads[0]?.resolve();
    await Promise.all([first, ended]);
    expect(late.asked).toContain("close");
    await expect(late.transport.open(opening)).rejects.toEqual(failure("outbound-closed"));

    const never = lateTransport();
    await never.transport.close();
    await expect(never.transport.open(opening)).rejects.toEqual(failure("outbound-closed"));
    expect(never.loads).toEqual([]);
  });
});
