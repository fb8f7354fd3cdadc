/** The server of the gateway's page: whom it lets in, what it passes on, and what it tells. */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Gateway, type GatewayOptions, startGatewayPage } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { withResolvers } from "../../src/with-resolvers.js";
import { gatewayFor, owner } from "./rig.js";

interface Asked {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** By hand: a browser's own headers can be given. */
function ask(url: string, { method = "GET", headers = {}, body }: Asking = {}): Promise<Asked> {
  const { promise, resolve, reject } = withResolvers<Asked>();
  const json = body === undefined ? {} : { "content-type": "application/json" };
  const sent = request(url, { method, headers: { ...json, ...headers } }, (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
    answer.once("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
  });
  sent.once("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

async function served(options: GatewayOptions = {}, inspector?: string) {
  const gateway = await gatewayFor(options);
  const page = await startGatewayPage({ gateway, ...(inspector === undefined ? {} : { inspector }) });
  onTestFinished(() => page.close());
  const { origin, host } = new URL(page.url);
  const opened = await ask(page.url);
  const cookie = String(opened.headers["set-cookie"]).split(";")[0] ?? "";
  return { gateway, page, origin, host, cookie, opened };
}

/** Frames of a stream of events, as they come. */
async function framesOf(url: string, cookie: string) {
  const { promise, resolve } = withResolvers<IncomingMessage>();
  const sent = request(url, { headers: { cookie } }, resolve);
  sent.end();
  const answer = await promise;
  onTestFinished(() => void answer.destroy());
  let rest = "";
  const chunks = answer.setEncoding("utf8")[Symbol.asyncIterator]();
  return async (): Promise<Record<string, unknown>> => {
    while (!rest.includes("\n\n")) rest += (await chunks.next()).value;
    const [frame = "", ...others] = rest.split("\n\n");
    rest = others.join("\n\n");
    return JSON.parse(frame.replace("data: ", "")) as Record<string, unknown>;
  };
}

/** A server in the place of an inspector, and what it was asked. */
async function inspectorThat(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  onTestFinished(() => server.closeAllConnections());
  return { asked, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/?token=abc` };
}

const sayJson = (response: ServerResponse, body: unknown) =>
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));

const paths = ["/", "/page.js", "/gateway/events", "/api/registrations", "/status", "/charts.json"];

describe("who is let in", () => {
  it("opens by its link, then by a cookie that scripts and other sites do not get", async () => {
    const { opened, origin, cookie } = await served();
    expect(opened.status).toBe(200);
    expect(String(opened.headers["set-cookie"])).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(opened.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect((await ask(`${origin}/`, { headers: { cookie } })).status).toBe(200);
    expect((await ask(`${origin}/api/registrations`, { headers: { cookie } })).text).toBe("[]");
  });

  it.each(paths)("%s gives nothing without the token, or with another", async (path) => {
    const { origin, host, cookie } = await served();
    const name = cookie.split("=")[0];
    const tries: readonly Asking["headers"][] = [
      {},
      { cookie: `${name}=${"0".repeat(32)}` },
      { cookie: `${name}=` },
      { cookie, host: "evil.example" },
      { cookie, host: host.replace("127.0.0.1", "127.0.0.2") },
    ];
    for (const headers of tries) {
      const { status, text } = await ask(origin + path, headers ? { headers } : {});
      expect([status, text.includes("<html")]).toEqual([403, false]);
    }
  });

  it("does not open by a link with another token, whatever the cookie says", async () => {
    const { origin, cookie } = await served();
    const wrong = await ask(`${origin}/?token=${"0".repeat(32)}`, { headers: { cookie } });
    expect(wrong.status).toBe(403);
  });

  it.each([
    { origin: "http://evil.example" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ])("takes no word of another site's page: %j", async (foreign) => {
    const { gateway, origin, cookie } = await served();
    const headers = { cookie, ...foreign };
    const faults = { method: "POST", headers, body: { deaf: true } };
    expect((await ask(`${origin}/api/faults`, faults)).status).toBe(403);
    expect(gateway.faults()).toMatchObject({ deaf: false });
    expect((await ask(`${origin}/gateway/events`, { headers })).status).toBe(403);
    const shown = { method: "POST", headers, body: { address: "http://127.0.0.1:1/?token=a" } };
    expect((await ask(`${origin}/gateway/inspector`, shown)).status).toBe(403);
  });

  it("takes the token of its link for nothing but the page itself", async () => {
    const { page, origin } = await served();
    const { search } = new URL(page.url);
    for (const path of paths.slice(1))
      expect([path, (await ask(origin + path + search)).status]).toEqual([path, 403]);
    expect((await ask(`${origin}/api/faults${search}`, { method: "POST", body: {} })).status).toBe(403);
  });
});

describe("the HTTP API behind it", () => {
  it("answers as to an administrator, who needs no other token, and says what is wrong", async () => {
    const { gateway, origin, cookie } = await served({ adminToken: "planted-secret-admin" });
    const headers = { cookie };
    expect((await ask(`${gateway.httpUrl}/api/registrations`)).status).toBe(401);
    expect((await ask(`${origin}/api/registrations`, { headers })).status).toBe(200);
    const issued = await ask(`${origin}/api/one-time-tokens`, { method: "POST", headers, body: owner });
    expect(issued.status).toBe(201);
    const wrong = await ask(`${origin}/api/faults`, { method: "POST", headers, body: { deff: true } });
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('did you mean \\"deaf\\"?')]);
    expect(wrong.headers["x-content-type-options"]).toBe("nosniff");
  });

  it.each([
    "/api/connectors/register-with-ott",
    "/realms/matrix/protocol/openid-connect/token",
    "/api/oidc-config",
    "/healthz",
  ])("has nothing of what connectors and people who sign in ask: %s", async (path) => {
    const { origin, cookie } = await served();
    const answer = await ask(origin + path, { method: "POST", headers: { cookie }, body: {} });
    expect(answer.status).toBe(405);
  });
});

describe("what a page is told", () => {
  it("is everything at first, then what has changed, without tokens", async () => {
    const { gateway, origin, cookie } = await served({ adminToken: "planted-secret-admin" });
    const next = await framesOf(`${origin}/gateway/events`, cookie);
    expect(await next()).toMatchObject({
      isWhole: true,
      registrations: [],
      facts: { url: gateway.url, apiUrl: gateway.httpUrl, wantsToken: true },
      faults: { deaf: false },
      tokens: [],
      inspector: { state: "none" },
    });
    gateway.fault({ deaf: true });
    const changed = await next();
    expect(changed).toMatchObject({
      isWhole: false,
      faults: { deaf: true },
      journal: [{ words: "administrator: faults set" }],
    });
    expect(changed).not.toHaveProperty("facts");
    const { token } = gateway.issueOneTimeToken(owner);
    const listed = await next();
    expect(listed).toMatchObject({ tokens: [{ ...owner, used: false }] });
    expect(JSON.stringify([changed, listed])).not.toMatch(token);
  });
});

describe("an inspector that is shown", () => {
  it.each([
    ["no address", "The inspector's address is no address"],
    ["https://127.0.0.1:1/?token=a", "must be http on this machine"],
    ["http://10.0.0.1:1/?token=a", "must be http on this machine"],
    ["http://127.0.0.1.evil.example:1/?token=a", "must be http on this machine"],
    ["http://127.0.0.1:1/", "has no token"],
  ])("cannot be %s", async (address, words) => {
    const { gateway, origin, cookie } = await served();
    const asking = { method: "POST", headers: { cookie }, body: { address } };
    const answer = await ask(`${origin}/gateway/inspector`, asking);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(words)]);
    await expect(startGatewayPage({ gateway, inspector: address })).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining(words),
    });
  });

  it("is read with its own token, which the page never has", async () => {
    const { asked, address } = await inspectorThat((_request, response) => sayJson(response, { ok: 1 }));
    const { origin, cookie } = await served();
    const headers = { cookie };
    const shown = await ask(`${origin}/gateway/inspector`, { method: "POST", headers, body: { address } });
    expect(JSON.parse(shown.text)).toEqual({ state: "live", address: new URL(address).origin });
    const status = await ask(`${origin}/status?key=a.b.c`, { headers });
    expect([status.status, status.text]).toEqual([200, '{"ok":1}']);
    expect(asked).toEqual(["GET /status?token=abc", "GET /status?key=a.b.c&token=abc"]);
    const gone = await ask(`${origin}/gateway/inspector`, {
      method: "POST",
      headers,
      body: { address: null },
    });
    expect(JSON.parse(gone.text)).toEqual({ state: "none", address: "" });
    expect((await ask(`${origin}/status`, { headers })).status).toBe(404);
  });

  it("is told of whom the page wants to read", async () => {
    const { asked, address } = await inspectorThat((request, response) =>
      request.method === "POST" ? response.writeHead(204).end() : sayJson(response, {}),
    );
    const { origin, cookie } = await served({}, address);
    const looking = { method: "POST", headers: { cookie } };
    expect((await ask(`${origin}/look?viewer=1&key=a.b.c`, looking)).status).toBe(204);
    expect(asked).toContain("POST /look?viewer=1&key=a.b.c&token=abc");
  });

  it("is only read", async () => {
    const { asked, address } = await inspectorThat((_request, response) => sayJson(response, {}));
    const { origin, cookie } = await served({}, address);
    for (const method of ["POST", "PUT", "DELETE"]) {
      const answer = await ask(`${origin}/status`, { method, headers: { cookie } });
      expect(answer.status).toBe(405);
    }
    expect(asked.filter((line) => !line.startsWith("GET "))).toEqual([]);
  });

  it.each(["text/html", "text/javascript", "image/svg+xml"])(
    "gives nothing that a browser would run: %s",
    async (type) => {
      const { address } = await inspectorThat((_request, response) =>
        response.writeHead(200, { "content-type": type }).end("<script>alert(1)</script>"),
      );
      const { origin, cookie } = await served({}, address);
      const answer = await ask(`${origin}/any`, { headers: { cookie } });
      expect([answer.status, answer.text.includes("<script>")]).toEqual([502, false]);
    },
  );

  it("that refuses is not taken, and the one before is shown on", async () => {
    const good = await inspectorThat((_request, response) => sayJson(response, {}));
    const bad = await inspectorThat((_request, response) => response.writeHead(403).end());
    const { origin, cookie } = await served({}, good.address);
    const headers = { cookie };
    const body = { address: bad.address };
    const refused = await ask(`${origin}/gateway/inspector`, { method: "POST", headers, body });
    expect([refused.status, refused.text]).toEqual([
      502,
      expect.stringContaining("The inspector refuses this token."),
    ]);
    expect((await ask(`${origin}/status`, { headers })).status).toBe(200);
  });

  it("that is gone is said to be lost, and a stream of its events is asked for again", async () => {
    const { address } = await inspectorThat((_request, response) => response.writeHead(403).end());
    const { origin, cookie } = await served({}, address);
    const headers = { cookie };
    const next = await framesOf(`${origin}/gateway/events`, cookie);
    expect(await next()).toMatchObject({ inspector: { state: "lost" } });
    const events = await ask(`${origin}/events`, { headers });
    expect([events.status, events.headers["content-type"], events.text]).toEqual([
      200,
      "text/event-stream",
      "retry: 1000\n\n",
    ]);
  });
});

describe("startGatewayPage", () => {
  it("says what it wants", async () => {
    await expect(startGatewayPage({} as never)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining("gateway is required"),
    });
    await expect(startGatewayPage({ gateway: {} as Gateway })).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: "gateway must be what startGateway() has returned.",
    });
  });

  it("says that its port is in use", async () => {
    const { page, gateway } = await served();
    const port = Number(new URL(page.url).port);
    await expect(startGatewayPage({ gateway, port })).rejects.toMatchObject({
      code: "IO_ERROR",
      message: expect.stringContaining("port (--page-port)"),
    });
  });
});
