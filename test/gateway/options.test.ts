import { startGateway } from "mooring/gateway";
import { describe, expect, it } from "vitest";

describe("the options of a gateway", () => {
  it.each([
    [{ aproval: "automatic" }, 'aproval is no option of startGateway(); did you mean "approval"?'],
    [{ approval: "auto" }, 'approval must be "automatic", "manual" or a function; got "auto".'],
    [{ approval: ["planted-secret"] }, 'approval must be "automatic", "manual" or a function; got a list.'],
    [{ port: "8080" }, 'port must be a number; got "8080".'],
    [{ port: 70_000 }, "port (--port) must be a whole number from 0 to 65535; got 70000."],
    [{ tls: { certificate: "PEM" } }, "tls.certificate is no option of startGateway(); known are tls.cert,"],
    [{ adminToken: 123 }, "adminToken must be a text; got a number."],
  ])("are refused as %o", async (options, message) => {
    const given: object = options;
    await expect(startGateway(given)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining(message),
    });
  });
});
