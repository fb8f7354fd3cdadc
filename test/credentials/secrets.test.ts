import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CredentialError } from "../../src/credentials/credentials.js";
import { Secret } from "../../src/secret.js";
import {
  identity,
  never,
  offer,
  type Reply,
  registerPath,
  sessionToken,
  startBench,
  tokenPath,
} from "./platform.js";

const planted = "planted-secret";

/** Everything that a logger or a person could get to see of an error. */
function visible(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [error.name, error.message, error.stack, JSON.stringify(error), visible(error.cause ?? "")].join(
    "\n",
  );
}

const replies: [string, Reply, Reply][] = [
  ["all is well", { status: 200 }, { status: 200 }],
  ["the register call is refused", { status: 403, body: `no: ${planted}` }, { status: 200 }],
  ["the token is consumed", { status: 401, body: `Invalid or expired ${planted}` }, { status: 200 }],
  ["the register answer is malformed", { status: 200, body: `{"client_id":"${planted}"` }, { status: 200 }],
  ["the register call is redirected", { status: 307, headers: { location: `/${planted}` } }, { status: 200 }],
  [
    "the client is refused",
    { status: 200 },
    { status: 401, body: { error: "invalid_client", error_description: planted } },
  ],
  ["the token answer is malformed", { status: 200 }, { status: 200, body: `{"access_token":"${planted}"` }],
  ["the token answer is a page", { status: 200 }, { status: 503, body: `<b>${planted}</b>` }],
  ["the token answer has a strange error", { status: 200 }, { status: 400, body: { error: planted } }],
];

describe("secrets and peers' texts", () => {
  it.each(replies)("are in no error and no log line when %s", async (_name, register, token) => {
    const { platform, directory, credentials, lines } = await startBench();
    const issued = { ...platform.issued, client_id: planted, kid: planted };
    platform.always(
      registerPath,
      register.body === undefined && register.status === 200 ? { status: 200, body: issued } : register,
    );
    const granted = { access_token: planted, token_type: "Bearer" };
    platform.always(
      tokenPath,
      token.body === undefined && token.status === 200 ? { status: 200, body: granted } : token,
    );
    const registration = credentials.for(identity, undefined);
    registration.keepSessionToken(new Secret(`${sessionToken(4_000_000_000).reveal()}${planted}`));
    const id = registration.deposit(offer(planted, registerPath, `https://${planted}.example.com`));
    const errors: unknown[] = [];
    for (const work of [() => registration.exchange(id, never), () => registration.tokens(never)]) {
      await work().catch((error: unknown) => errors.push(error));
    }
    const [keyFile = ""] = await readdir(join(directory, "keys"));
    const privateKey = await readFile(join(directory, "keys", keyFile), "utf8");
    const seen = [...errors.map(visible), JSON.stringify(lines), id].join("\n");
    expect(errors.every((error) => error instanceof CredentialError)).toBe(true);
    expect(seen).not.toContain(planted);
    expect(seen).not.toContain(privateKey.split("\n")[1]);
    expect(lines.length).toBeGreaterThan(0);
  });
});
