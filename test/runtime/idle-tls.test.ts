import { createRuntime, silentLogger } from "mooring";
import { describe, expect, it } from "vitest";

describe("tls options", () => {
  it.each([
    [
      "grpc://localhost:1",
      [
        "tls.caFile does nothing for the stream, because url is grpc://localhost:1, without TLS: write grpcs://localhost:1",
      ],
    ],
    ["grpcs://localhost:1", []],
  ])("are told of where the gateway is dialled without TLS: %s", async (url, wanted) => {
    const warnings: string[] = [];
    const warn = (_fields: object, message: string) => void warnings.push(message);
    const logger = { ...silentLogger, warn };
    await using _runtime = createRuntime({ url, env: {}, tls: { caFile: "/ca.pem" }, logger });
    expect(warnings).toEqual(wanted.map((text) => expect.stringContaining(text)));
  });
});
