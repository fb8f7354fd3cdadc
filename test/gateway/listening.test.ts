import { startGateway } from "mooring/gateway";
import { describe, expect, it } from "vitest";

describe("a gateway that cannot listen", () => {
  it("names the address that is in use, and the fix", async () => {
    const first = await startGateway();
    await expect(startGateway({ port: first.port })).rejects.toMatchObject({
      code: "IO_ERROR",
      message: `Cannot listen at 127.0.0.1:${first.port}: something else listens there (EADDRINUSE). End it, or set port (--port) to another; 0 picks a free one.`,
    });
    await first.close();
    const second = await startGateway({ port: first.port });
    await second.close();
  });

  it("names the address that is not this machine's", async () => {
    // An address that is for documentation only.
    const host = "192.0.2.1";
    await expect(startGateway({ host, adminToken: "planted-secret-admin" })).rejects.toMatchObject({
      code: "IO_ERROR",
      message: expect.stringMatching(/^Cannot listen at 192\.0\.2\.1:0: .* \(EADDRNOTAVAIL\)\. Set host/),
    });
  });
});
