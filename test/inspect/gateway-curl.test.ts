/** The commands that the gateway's page shows: a shell makes of them what the page sends. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Action, approve, execute } from "../../inspector/gateway/ask.js";
import { curlOf } from "../../inspector/gateway/curl.js";

const open = { apiUrl: "http://127.0.0.1:50061", wantsToken: false };

/** What curl would be called with. */
async function argumentsOf(command: string): Promise<readonly string[]> {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  const env = { ...process.env, MOORING_ADMIN_TOKEN: "administrators-own-text" };
  const { stdout } = await promisify(execFile)("sh", ["-c", script], { env });
  return stdout.split("\0").slice(0, -1);
}

describe.skipIf(process.platform === "win32")("the curl of an action", () => {
  it("has method and address", async () => {
    expect(await argumentsOf(curlOf(approve("acme.echo.it's $HOME"), open))).toEqual([
      "-X",
      "POST",
      "http://127.0.0.1:50061/api/registrations/acme.echo.it's%20%24HOME/approve",
    ]);
  });

  it.each([
    ["quotes and shell signs", { a: `it's "here" $HOME \`id\` \\ ! ;` }],
    ["lines", { a: "one\ntwo\ttab" }],
    ["signs of other scripts", { a: "größer 😀 語" }],
    ["signs that turn a line round", { a: "\u202eabc\u2066\u0085" }],
  ])("has a body with %s as it is", async (_what, payload) => {
    const action: Action = execute("a.b.c", { payload });
    const command = curlOf(action, open);
    const body = (await argumentsOf(command)).at(-1) ?? "";
    expect(JSON.parse(body)).toEqual({ payload });
    expect(command).not.toMatch(/[\u202e\u2066\u0085\n]/);
  });

  it("names the administrators' token by its variable", async () => {
    const command = curlOf(approve("a.b.c"), { ...open, wantsToken: true });
    expect(command).not.toContain("administrators-own-text");
    expect(await argumentsOf(command)).toContain("authorization: Bearer administrators-own-text");
  });
});
