/** A process that lives and serves no control socket, and one that is gone: each is told as what it is. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { askControl } from "../../src/control/client.js";

it("a process that lives without a control socket is told so", async () => {
  await expect(askControl(process.pid, "/status")).rejects.toMatchObject({
    code: "CONNECTION_ERROR",
    message: expect.stringMatching(
      new RegExp(
        `^The process ${process.pid} runs, but serves no control socket .*serveControl\\(runtime\\)`,
      ),
    ),
  });
});

it("a process that is gone is told so", async () => {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "close");
  await expect(askControl(child.pid ?? 0, "/status")).rejects.toMatchObject({
    code: "CONNECTION_ERROR",
    message: expect.stringMatching(new RegExp(`^There is no process ${child.pid}`)),
  });
});
