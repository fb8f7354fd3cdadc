/** The commands, each a process of its own, through a proxy that wants a password. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGateway } from "mooring/gateway";
import { startTestProxy } from "mooring/testing";
import { expect, it, onTestFinished } from "vitest";
import { runCommand } from "../support/run-command.js";

it("reach the gateway through it, and say which setting has the wrong password", async () => {
  const gateway = await startGateway();
  onTestFinished(() => gateway.close());
  const proxy = await startTestProxy({ user: "alice", password: "planted-secret of commands" });
  onTestFinished(() => proxy.close());
  const home = await mkdtemp(join(tmpdir(), "mooring-cli-proxy-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const listing = (HTTP_PROXY: string) =>
    runCommand(["list", "--gateway", gateway.httpUrl], { HOME: home, HTTP_PROXY });

  expect((await listing(proxy.url)).code).toBe(0);
  expect(proxy.asked.length).toBeGreaterThan(0);
  const refused = await listing(proxy.url.replace("alice", "bob"));
  expect(refused.code).not.toBe(0);
  expect(refused.output).toMatch(/through the proxy on the way\..*returned 407.*in HTTP_PROXY/);
  expect(refused.output).not.toMatch(/planted|bob/);
  const doctor = await runCommand(["doctor", "--url", gateway.url], { HOME: home, HTTP_PROXY: proxy.url });
  expect(doctor.output).toContain(`the proxy 127.0.0.1:${proxy.port} (HTTP_PROXY) opens a way`);
});
