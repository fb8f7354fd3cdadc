/** Something that answers JSON and is no gateway: one line, and the exit code for what cannot be asked. */
import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { runCommand } from "../support/run-command.js";

const whole = { key: "k", state: "s", connected: true, openExecutes: 0, approvalAsked: null, tools: [] };

/** `listed`: what it lists, when that differs from what else it answers. */
async function answering(body: unknown, listed: unknown = body): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    const unknown = /\/approve$/.test(request.url ?? "");
    const said = request.method === "GET" ? listed : body;
    response.writeHead(unknown ? 404 : 200, { "content-type": "application/json" }).end(JSON.stringify(said));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const list = ["list"];
const listing = "no list of registrations";

describe("an answer that no gateway gives", () => {
  it.each([
    [list, [null], listing],
    [list, null, listing],
    [list, {}, listing],
    [list, [{ ...whole, tools: null }], listing],
    [["approve", "a.b.c"], [null], listing],
    [["call", "a.b.c", "{}"], null, listing],
    [["call", "a.b.c", "{}"], null, "no answer to a request", []],
  ])("mooring %j, to %j", async (args, body, what, listed: unknown = body) => {
    const url = await answering(body, listed);
    const env = { MOORING_ADMIN_TOKEN: "t" };
    expect(await runCommand([...args, "--gateway", url], env)).toEqual({
      code: 2,
      output: `mooring: ${url} is no gateway of Mooring's: its answer is ${what}. Name the gateway with --gateway.\n`,
    });
  });
});
