import { requestResponseConnector } from "mooring";
import { startGateway } from "mooring/gateway";
import { startTestBench } from "mooring/testing";
import { describe, expect, it } from "vitest";
import { echo } from "../support/connectors.js";
import { eventually } from "../support/until.js";

describe("the options of a gateway", () => {
  it.each([
    [{ aproval: "automatic" }, 'aproval is no option of startGateway(); did you mean "approval"?'],
    [{ approval: "auto" }, 'approval must be "automatic", "manual" or a function; got "auto".'],
    [{ approval: ["planted-secret"] }, 'approval must be "automatic", "manual" or a function; got a list.'],
    [{ port: "8080" }, 'port must be a number; got "8080".'],
    [{ port: 70_000 }, "port (--port) must be a whole number from 0 to 65535; got 70000."],
    [{ tls: { certificate: "PEM" } }, "tls.certificate is no option of startGateway(); known are tls.cert,"],
    [{ tls: {} }, "tls.cert is missing: tls.cert and tls.key (PEM) go together."],
    [{ tls: { cert: "", key: "" } }, "tls.cert holds no certificate (PEM)."],
    [{ adminToken: 123 }, "adminToken must be a text; got a number."],
    [{ maxMessageBytes: 0 }, "maxMessageBytes must be a number from 1024 to"],
    [{ maxUnreadBytes: 0 }, "maxUnreadBytes must be a number from 1024 to"],
    [{ maxConcurrentStreams: -1 }, "maxConcurrentStreams must be a number from 1 to"],
  ])("are refused as %o", async (options, message) => {
    const given: object = options;
    await expect(startGateway(given)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining(message),
    });
  });
});

describe("the options of a request", () => {
  it.each([
    [{ timeoutMS: 5 }, 'timeoutMS is no option of execute(); did you mean "timeoutMs"?'],
    [{ timeoutMs: 2 ** 31 }, "timeoutMs must be a number from 1 to 2147483647; got 2147483648."],
    [{ timeoutMs: "5" }, 'timeoutMs must be a number; got "5".'],
    [{ capabilityId: 7 }, "capabilityId must be a text; got a number."],
    [{ context: { user: 7 } }, "context.user must be a text; got a number."],
    [{ payload: 1, body: 2 }, "body is no option of execute(); known are payload, encoding,"],
  ])("are refused as %o", async (options, message) => {
    const given: object = options;
    await using bench = await startTestBench({
      registrations: [{ tenantId: "t", instanceId: "i", connector: echo }],
    });
    await expect(bench.gateway.execute("t.echo.i", given)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining(message),
    });
  });

  it("are refused with the id of a request that is not answered yet, which is still answered", async () => {
    const answers: (() => void)[] = [];
    const slow = requestResponseConnector({
      type: "slow",
      version: "1.0.0",
      execute: () => new Promise((resolve) => answers.push(() => resolve("done"))),
    });
    await using bench = await startTestBench({
      registrations: [{ tenantId: "t", instanceId: "i", connector: slow }],
    });
    const ask = () => bench.gateway.execute("t.slow.i", { requestId: "one" });
    const first = ask();
    await expect(ask()).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining(
        'requestId "one" is that of a request which t.slow.i has not answered',
      ),
    });
    await eventually(() => answers.length === 1);
    answers[0]?.();
    expect((await first).json()).toBe("done");
  });
});
