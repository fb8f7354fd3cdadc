import { Server } from "node:net";
import { MooringError } from "mooring";
import { describe, expect, it } from "vitest";
import { type ListenAddress, startListening } from "../../src/network/listening.js";

/** A server that the system refuses to let listen. */
class Refused extends Server {
  constructor(code: string) {
    super();
    this.listen = () => {
      process.nextTick(() => this.emit("error", Object.assign(new Error("from the system"), { code })));
      return this;
    };
  }
}

const port: ListenAddress = { host: "::1", port: 80, setting: "port (--port)" };
const path: ListenAddress = { path: "/run/x.sock", setting: "path (--control)" };

describe("a server that cannot listen", () => {
  it.each([
    [
      "EADDRINUSE",
      port,
      "[::1]:80: something else listens there (EADDRINUSE). End it, or set port (--port) to another; 0 picks a free one.",
    ],
    [
      "EACCES",
      port,
      "[::1]:80: this user may not listen there (EACCES). Set port (--port) to one from 1024 on; 0 picks a free one.",
    ],
    [
      "EADDRNOTAVAIL",
      port,
      "[::1]:80: the address is not one of this machine's (EADDRNOTAVAIL). Set host (--host) to an address of this machine, such as 127.0.0.1.",
    ],
    ["ESTRANGE", port, "[::1]:80: the system refuses (ESTRANGE). Look up the code."],
    [
      "EACCES",
      path,
      "/run/x.sock: this user may not make a socket there (EACCES). Set path (--control) to another.",
    ],
    [
      "EINVAL",
      path,
      "/run/x.sock: the path is too long for a socket (EINVAL). Set path (--control) to a shorter one.",
    ],
  ])("says for %s what is wrong and what to do", async (code, place, rest) => {
    const error = await startListening(new Refused(code), place).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(MooringError);
    expect(error).toMatchObject({
      code: "IO_ERROR",
      message: `Cannot listen at ${rest}`,
      cause: { message: "from the system" },
    });
  });

  it.each([70_000, -1, 1.5, Number.NaN])("names the setting for a port that is none: %d", async (none) => {
    const place = { host: "127.0.0.1", port: none, setting: "port (--port)" };
    const error = await startListening(new Server(), place).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(MooringError);
    expect(error).toMatchObject({
      code: "INVALID_CONFIG",
      message: `port (--port) must be a whole number from 0 to 65535; got ${none}.`,
    });
  });

  it("is not ended by a connection that it could not accept", async () => {
    const server = new Server();
    await startListening(server, { host: "127.0.0.1", port: 0, setting: "port" });
    server.emit("error", new Error("EMFILE"));
    server.emit("error", new Error("EMFILE"));
    expect(server.listening).toBe(true);
    await new Promise((resolve) => server.close(resolve));
  });
});
