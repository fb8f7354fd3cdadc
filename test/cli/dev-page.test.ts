/** `mooring dev` and its page. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { runCommand, startCommand } from "../support/run-command.js";

const page = /^page {5}(http:\/\/127\.0\.0\.1:(\d+)\/\?token=[0-9a-f]{32})$/m;

it("prints the address of its page, which opens, and closes with it", async () => {
  const { says, child, exited } = startCommand(["dev", "--port", "0"]);
  const [, address = ""] = await says(page);
  const opened = await fetch(address);
  expect([opened.status, await opened.text()]).toEqual([200, expect.stringContaining("Mooring gateway")]);
  child.kill("SIGTERM");
  expect(await exited).toBe(143);
  await expect(fetch(address)).rejects.toThrow();
});

it("prints the addresses that connectors dial, by gRPC and by WebSocket", async () => {
  const { says } = startCommand(["dev", "--port", "0", "--no-page"]);
  const [, grpc, ws] = await says(/^gateway {2}grpc:\/\/(\S+) {2}\(manual approval\)\n {9}ws:\/\/(\S+) {2}/m);
  expect(ws).toBe(grpc);
});

it("serves none with --no-page", async () => {
  const { says, output } = startCommand(["dev", "--port", "0", "--no-page"]);
  await says("approve ");
  expect(output()).not.toMatch(/^page/m);
});

it("says that the port of its page is in use, and ends", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void taken.close());
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  const { code, output } = await runCommand(["dev", "--port", "0", "--page-port", String(port)], {});
  expect([code, output]).toEqual([
    1,
    `mooring: Cannot listen at 127.0.0.1:${port}: something else listens there (EADDRINUSE). End it, or set port (--page-port) to another; 0 picks a free one.\n`,
  ]);
});

it("says what is no address of an inspector, and ends", async () => {
  const { code, output } = await runCommand(
    ["dev", "--port", "0", "--inspector", "http://192.0.2.1:80/?token=planted-secret"],
    {},
  );
  expect([code, output]).toEqual([
    1,
    "mooring: The inspector's address must be http on this machine: give it as mooring run --inspect prints it: http://127.0.0.1:PORT/?token=….\n",
  ]);
});
