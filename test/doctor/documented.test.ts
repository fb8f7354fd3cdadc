/** What docs/behind-a-proxy.md prints of the doctor is what the command says. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGateway } from "mooring/gateway";
import { startTestProxy } from "mooring/testing";
import { expect, it, onTestFinished } from "vitest";
import { type Authority, authority } from "../support/certificates.js";
import { runCommand } from "../support/run-command.js";
import { http1Gateway } from "./peers.js";

const page = new URL("../../docs/behind-a-proxy.md", import.meta.url);

/** Where the page names it. */
const ca = "/etc/ssl/corp-ca.pem";

const day = 86_400_000;
const dates = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 93 * day) };

/** Times and dates are as they come. */
const timeless = (text: string): string =>
  text
    .replace(/\d+ ms\)/g, "1 ms)")
    .replace(/\d{4}-\d\d-\d\d/g, "2027-03-01")
    .replace(/\(\d+ days\)/g, "(92 days)");

/** The lines of the output, by the page's names of gateway and proxy. */
async function doctorAt(port: number, proxyUrl: string, trust: Authority): Promise<readonly string[]> {
  const home = await mkdtemp(join(tmpdir(), "mooring-documented-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const file = join(home, "ca.pem");
  await writeFile(file, trust.ca);
  const env = { HOME: home, HTTPS_PROXY: proxyUrl, MATRIX_TLS_CA_CERT: file };
  const { output } = await runCommand(["doctor", "--url", `grpcs://127.0.0.1:${port}`], env);
  const { port: proxyPort } = new URL(proxyUrl);
  return (
    timeless(output)
      .replaceAll(`://127.0.0.1:${port}`, "://gateway.example")
      .replaceAll(`127.0.0.1:${port}`, "gateway.example:443")
      .replaceAll(`127.0.0.1:${proxyPort}`, "proxy.corp.example:3128")
      .replaceAll("for 127.0.0.1,", "for gateway.example,")
      .replaceAll(file, ca)
      // The page's gateway is another machine.
      .replaceAll(". The target is this machine: NO_PROXY=127.0.0.1 goes there directly", "")
      .trimEnd()
      .split("\n")
  );
}

/** The block below a sentence of the page. */
async function printed(sentence: string): Promise<readonly string[]> {
  const [, after = ""] = (await readFile(page, "utf8")).split(sentence);
  const [, block = ""] = /```text\n([\s\S]*?)\n```/.exec(after) ?? [];
  expect(block).not.toBe("");
  return timeless(block).split("\n");
}

async function proxied() {
  const proxy = await startTestProxy({ user: "alice", password: "planted-secret of a proxy" });
  onTestFinished(() => proxy.close());
  return proxy;
}

/** The page leaves out what has nothing to do with the way. */
function expectLines(output: readonly string[], lines: readonly string[]): void {
  expect(output.filter((line) => lines.includes(line))).toEqual(lines);
}

it("where all is well, and with a wrong password", async () => {
  const [issuer, proxy] = [await authority("CN=Corp", dates), await proxied()];
  const gateway = await startGateway({ tls: await issuer.issue("127.0.0.1") });
  onTestFinished(() => gateway.close());
  const well = await doctorAt(gateway.port, proxy.url, issuer);
  expectLines(well, await printed("Where all is well:"));
  const wrong = await doctorAt(gateway.port, proxy.url.replace("alice", "bob"), issuer);
  expectLines(wrong, await printed("With a wrong password:"));
});

it("where a proxy breaks TLS open, and where it lets HTTP/1 through alone", async () => {
  const [issuer, proxy] = [await authority("CN=Corp", dates), await proxied()];
  const port = await http1Gateway(await issuer.issue("127.0.0.1"));
  const alone = await doctorAt(port, proxy.url, issuer);
  expectLines(alone, await printed("and has no HTTP/2:"));
  const gateway = await startGateway({ tls: await issuer.issue("127.0.0.1") });
  onTestFinished(() => gateway.close());
  const unknown = await doctorAt(gateway.port, proxy.url, await authority("CN=Another", dates));
  expectLines(unknown, await printed("whose authority is not in the file:"));
});
