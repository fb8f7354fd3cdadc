/** TLS: one policy for every adapter. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { TlsOptions } from "../../src/transport/tls.js";
import { authority } from "../support/certificates.js";
import { eventually } from "../support/until.js";
import { grpcHeaders } from "./kit/scripted-server.js";
import { conformance, type Rig } from "./kit/suite.js";

const root = await authority();
const stranger = await authority("CN=Stranger");
const own = await root.issue("localhost", "127.0.0.1");
const elsewhere = await root.issue("elsewhere.example");

const schemes: (string | undefined)[] = [];
const serve = (rig: Rig, tls: object) =>
  rig.server(
    (stream, headers) => {
      schemes.push(headers[":scheme"]);
      stream.respond(grpcHeaders);
    },
    { tls },
  );

conformance("TLS", (rig) => {
  const refusal = async (port: number, tls: TlsOptions, host = "127.0.0.1") => {
    const transport = rig.transport(port, { tls, host });
    const error = await rig.open(transport).then(
      () => undefined,
      (reason) => reason,
    );
    expect(transport.channels()).toEqual([]);
    return error?.failure;
  };

  it("[T12.6 #4 #6] trusts an extra CA, and carries the real :scheme, and the host as server name", async () => {
    const server = await serve(rig, own);
    await rig.open(rig.transport(server.port, { tls: { ca: root.ca }, host: "localhost" }));
    await eventually(() => server.served === 1);
    expect(server.serverNames).toEqual(["localhost"]);
    expect(schemes.at(-1)).toBe("https");
  });

  it("checks addresses too, and sends no server name for them", async () => {
    const server = await serve(rig, own);
    await rig.open(rig.transport(server.port, { tls: { ca: root.ca } }));
    await eventually(() => server.served === 1);
    expect(server.serverNames).toEqual([false]);
    expect(await refusal((await serve(rig, elsewhere)).port, { ca: root.ca })).toMatchObject({
      cause: "tls",
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
  });

  it("refuses an unknown CA, and says what to check", async () => {
    const server = await serve(rig, own);
    const failure = await refusal(server.port, {});
    expect(failure).toMatchObject({ cause: "tls" });
    expect(failure.detail).toContain("tls.caFile");
    expect(await refusal(server.port, { ca: stranger.ca })).toMatchObject({ cause: "tls" });
    expect(server.served).toBe(0);
  });

  it("refuses a certificate for another host, unless the name is given", async () => {
    const server = await serve(rig, elsewhere);
    expect(await refusal(server.port, { ca: root.ca }, "localhost")).toMatchObject({
      cause: "tls",
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
    const named = { ca: root.ca, serverName: "elsewhere.example" };
    await rig.open(rig.transport(server.port, { tls: named, host: "localhost" }));
    expect(server.serverNames.at(-1)).toBe("elsewhere.example");
  });

  it("[T12.6 #5] accepts anything when told to be insecure, with :scheme https", async () => {
    const server = await serve(rig, await stranger.issue("elsewhere.example"));
    await rig.open(rig.transport(server.port, { tls: { insecure: true } }));
    await eventually(() => server.served === 1);
    expect(schemes.at(-1)).toBe("https");
  });

  it("shows a client certificate where one is wanted", async () => {
    const server = await serve(rig, { ...own, ca: root.ca, requestCert: true, rejectUnauthorized: true });
    const client = await root.issue("client.example");
    await rig.open(rig.transport(server.port, { tls: { ca: root.ca, ...client } }));
    await eventually(() => server.served === 1);
  });

  it("tells that a client certificate is missing, or not the right one", async () => {
    const server = await serve(rig, { ...own, ca: root.ca, requestCert: true, rejectUnauthorized: true });
    expect((await refusal(server.port, { ca: root.ca })).cause).toMatch(/^(tls|connection-lost)$/);
    const wrong = await stranger.issue("client.example");
    expect((await refusal(server.port, { ca: root.ca, ...wrong })).cause).toMatch(/^(tls|connection-lost)$/);
    expect(server.served).toBe(0);
  });

  it("speaks IPv6", async () => {
    const server = await rig.server((stream) => stream.respond(grpcHeaders), {
      host: "::1",
      tls: await root.issue("::1"),
    });
    await rig.open(rig.transport(server.port, { tls: { ca: root.ca }, host: "[::1]" }));
    await eventually(() => server.served === 1);
  });

  it("tells TLS where there is none", async () => {
    const server = await rig.server((stream) => stream.respond(grpcHeaders));
    expect(await refusal(server.port, { ca: root.ca })).toMatchObject({
      cause: expect.stringMatching(/^(tls|connection-lost)$/),
    });
  });

  it("reads its files again at each dial", async () => {
    const directory = await mkdtemp(join(tmpdir(), "mooring-tls-"));
    rig.onEnd(() => rm(directory, { recursive: true }));
    const caFile = join(directory, "ca.pem");
    const server = await serve(rig, own);
    const transport = rig.transport(server.port, { tls: { caFile } });
    await expect(rig.open(transport)).rejects.toMatchObject({
      failure: { cause: "tls", code: "ENOENT", detail: expect.stringContaining(caFile) },
    });
    await writeFile(caFile, "nothing of use");
    await expect(rig.open(transport)).rejects.toMatchObject({ failure: { cause: "tls" } });
    await writeFile(caFile, stranger.ca);
    await expect(rig.open(transport)).rejects.toMatchObject({ failure: { cause: "tls" } });
    await writeFile(caFile, root.ca);
    await rig.open(transport);
    expect(transport.channels()).toMatchObject([{ state: "ready", streams: 1 }]);
    // A connection that stands does not look again; the next one does.
    await writeFile(caFile, stranger.ca);
    server.cut();
    await eventually(() => transport.channels().length === 0);
    await expect(rig.open(transport)).rejects.toMatchObject({ failure: { cause: "tls" } });
  });

  it("wants a client certificate and its key together", async () => {
    const server = await serve(rig, own);
    expect(await refusal(server.port, { ca: root.ca, cert: own.cert })).toEqual({
      cause: "tls",
      detail: "tls.cert and tls.key (or their files) go together: one of them is missing.",
    });
  });
});
