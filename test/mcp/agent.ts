/** An agent's side: the built `mooring mcp` over stdio, asked by a client of the protocol's own library. */
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const main = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export const revisions = ["2025-11-25", "2026-07-28"] as const;
type Revision = (typeof revisions)[number];

export interface Answered {
  readonly text: string;
  readonly data: Record<string, unknown> | undefined;
  readonly isError: boolean;
}

export interface Agent extends AsyncDisposable {
  readonly client: Client;
  /** The client holds each answer against the tool's output schema. */
  call(name: string, args?: Record<string, unknown>): Promise<Answered>;
}

function textIn(content: readonly { readonly type: string }[]): string {
  return content.map((one) => ("text" in one ? String(one.text) : "")).join("\n");
}

/** Starts `mooring mcp` with these arguments. */
export async function agentWith(
  args: readonly string[],
  revision: Revision,
  env: Readonly<Record<string, string>> = {},
): Promise<Agent> {
  const mode = revision === "2025-11-25" ? "legacy" : { pin: revision };
  const client = new Client({ name: "test", version: "1.0.0" }, { versionNegotiation: { mode } });
  const home = { HOME: process.env.HOME ?? "", PATH: process.env.PATH ?? "" };
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [main, "mcp", ...args],
      env: { ...home, ...env },
      stderr: "inherit",
    }),
  );
  return {
    client,
    async call(name, args = {}) {
      const { content, structuredContent, isError } = await client.callTool({ name, arguments: args });
      return {
        text: textIn(content),
        data: structuredContent as Record<string, unknown> | undefined,
        isError: isError === true,
      };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
