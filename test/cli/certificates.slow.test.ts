/** Certificates and keys that cannot be used are told by option and file, before anybody shakes hands. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime } from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { tlsMaterial } from "../../src/transport/tls.js";
import { authority } from "../support/certificates.js";
import { runCommand } from "../support/run-command.js";

const root = await authority();
const mine = await root.issue("localhost");
const other = await root.issue("localhost");
const damaged = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n";
const damagedKey = "-----BEGIN PRIVATE KEY-----\nbm9uZQ==\n-----END PRIVATE KEY-----\n";

/** What is given as certificate and key, and what is said of them by their names. */
const wrong = [
  ["junk", "junk", "junk", "{cert} holds no certificate (PEM)."],
  ["empty texts", "", "", "{cert} holds no certificate (PEM)."],
  [
    "certificate and key swapped",
    mine.key,
    mine.cert,
    "{cert} holds no certificate (PEM), but a private key: it belongs into the other option.",
  ],
  ["no key", mine.cert, "junk", "{key} holds no private key (PEM)."],
  ["a damaged key", mine.cert, damagedKey, "{key} holds a private key that cannot be read: it is damaged."],
  [
    "a damaged certificate",
    damaged,
    mine.key,
    "{cert} holds a certificate that cannot be read: it is damaged, or no X.509 certificate.",
  ],
  [
    "the key of another certificate",
    mine.cert,
    other.key,
    "{key} does not belong to {cert}: give the key that its first certificate was made for.",
  ],
] as const;

const said = (words: string, cert: string, key: string) =>
  words.replaceAll("{cert}", cert).replaceAll("{key}", key);

async function files(cert: string, key: string) {
  const folder = await mkdtemp(join(tmpdir(), "mooring-pair-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const paths = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  await writeFile(paths.cert, cert);
  await writeFile(paths.key, key);
  return paths;
}

describe("a certificate and its key", () => {
  it.each(wrong)("are refused by mooring dev by option and file: %s", async (_, cert, key, words) => {
    const paths = await files(cert, key);
    const args = ["dev", "--port", "0", "--tls-cert", paths.cert, "--tls-key", paths.key];
    const { code, output } = await runCommand(args, {});
    const line = said(words, `--tls-cert ${paths.cert}`, `--tls-key ${paths.key}`);
    expect({ code, output }).toEqual({ code: 1, output: `mooring: ${line}\n` });
  });

  it.each(wrong)(
    "are refused by a gateway, a runtime and a dial by field: %s",
    async (_, cert, key, words) => {
      const refusal = { code: "INVALID_CONFIG", message: said(words, "tls.cert", "tls.key") };
      await expect(startGateway({ tls: { cert, key } })).rejects.toMatchObject(refusal);
      expect(() => createRuntime({ env: {}, tls: { cert, key } })).toThrow(expect.objectContaining(refusal));
      const paths = await files(cert, key);
      expect(() => tlsMaterial({ certFile: paths.cert, keyFile: paths.key })).toThrow(
        expect.objectContaining({
          failure: {
            cause: "tls",
            detail: said(words, `tls.certFile ${paths.cert}`, `tls.keyFile ${paths.key}`),
          },
        }),
      );
    },
  );

  it("are warned of when their time is over", async () => {
    const dates = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() - 60_000) };
    const old = await (await authority("CN=Old", dates)).issue("localhost");
    const warnings: string[] = [];
    const ignore = () => {};
    const logger = {
      debug: ignore,
      info: ignore,
      warn: (_fields: object, message: string) => void warnings.push(message),
      error: ignore,
    };
    await using _gateway = await startGateway({ tls: old, logger });
    await using _runtime = createRuntime({ url: "grpcs://localhost:1", env: {}, tls: old, logger });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^tls\.cert has expired \(.*\): whoever checks it refuses the connection\. Renew it\.$/,
      ),
      expect.stringMatching(/^tls\.cert has expired/),
    ]);
  });

  it("of clients are asked for by an authority that is one", async () => {
    await expect(startGateway({ tls: { ...mine, clientCa: "junk" } })).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: "tls.clientCa holds no certificate (PEM).",
    });
  });

  it.each([
    [["--tls-cert", "x.pem"], "--tls-cert needs --tls-key: they go together."],
    [["--tls-key", "x.pem"], "--tls-key needs --tls-cert: they go together."],
  ])("alone are a wrong form: %s", async (args, words) => {
    const { code, output } = await runCommand(["dev", "--port", "0", ...args], {});
    expect({ code, output }).toEqual({ code: 2, output: `mooring: ${words}\n` });
  });
});
