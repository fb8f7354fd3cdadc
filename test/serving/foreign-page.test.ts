/** What web pages of other origins can send to our servers: refused. What programs and our own pages send: served. */
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { request, type Served, say, servers } from "./rig.js";

async function start(make: () => Promise<Served>): Promise<Served> {
  const served = await make();
  onTestFinished(() => void served.close());
  return served;
}

const onNetwork = { ...servers } as Partial<typeof servers>;
// No browser reaches a socket of the file system.
delete onNetwork.control;

const foreign: readonly (readonly string[])[] = [
  ["Origin: http://evil.example"],
  ["Origin: null"],
  ["Origin: http://localhost:1"],
  ["Origin: http://127.0.0.1"],
  ["Origin: https://evil.example@127.0.0.1"],
  ["Origin: chrome-extension://abcdefghijklmnop"],
  ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"],
  ["Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors"],
  ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors", "Origin: http://evil.example"],
];

const foreignHosts: readonly string[] = [
  "evil.example",
  "rebind.127.0.0.1.nip.example:50061",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "evil.localhost",
  "192.168.1.1",
  "0.0.0.0",
  "[::2]",
  "127.0.0.1@evil.example",
  "",
];

const raw = (line: string, headers: readonly string[]) =>
  [`${line} HTTP/1.1`, ...headers, "", ""].join("\r\n");

describe.each(Object.entries(onNetwork))("the server %s", (name, make) => {
  it.each(foreignHosts)("refuses the host '%s'", async (host) => {
    const served = await start(make);
    const { status } = await say(served, raw(`GET ${served.good}`, [`Host: ${host}`]));
    expect([400, 403]).toContain(status);
    if (name === "callback") return;
    expect((await say(served, raw(`GET ${served.good}`, [`Host: ${served.host}`]))).status).toBe(200);
  });

  it("refuses two hosts, and another one in the first line", async () => {
    const served = await start(make);
    const own = `Host: ${served.host}`;
    const two = await say(served, raw(`GET ${served.good}`, [own, "host: evil.example"]));
    const absolute = await say(served, raw(`GET http://evil.example${served.good}`, [own]));
    expect([two.status, absolute.status]).toEqual([403, 403]);
  });

  it.each(foreign.map((headers) => [headers.join(", "), headers] as const))(
    "refuses %s",
    async (_told, headers) => {
      const served = await start(make);
      const navigable = name === "callback" && !headers.join().includes("Mode");
      for (const method of ["GET", "POST", "OPTIONS"]) {
        const { status } = await say(served, request(served, `${method} ${served.good}`, headers));
        expect([method, status]).toEqual([method, navigable ? expect.any(Number) : 403]);
      }
    },
  );
});

describe("mooring dev's API", () => {
  const approve = "/api/registrations/a.b.c/approve";
  const json = (body: string) => ["Content-Type: application/json", `Content-Length: ${body.length}`];

  it.each([
    ["curl -X POST", "POST", approve, [], ""],
    ["curl with JSON", "POST", "/api/registrations/a.b.c/execute", json("{}"), "{}"],
    [
      "another case, a charset",
      "POST",
      approve,
      ["Content-Type: Application/JSON; charset=utf-8", "Content-Length: 2"],
      "{}",
    ],
    ["its own page", "POST", approve, ["Sec-Fetch-Site: same-origin"], ""],
    [
      "somebody's address bar",
      "GET",
      "/api/registrations/a.b.c",
      ["Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate"],
      "",
    ],
  ] as const)("hears %s", async (_what, method, path, headers, body) => {
    const served = await start(servers.gateway);
    // There is no such registration: what was heard is told so.
    expect((await say(served, request(served, `${method} ${path}`, headers, body))).status).toBe(404);
  });

  it("hears its own origin, by each of its names", async () => {
    const served = await start(servers.gateway);
    const port = served.host.split(":")[1];
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `LocalHost:${port}`,
      "[::1]:1",
      "127.3.2.1",
    ]) {
      const headers = [`Host: ${host}`, `Origin: http://${host.toLowerCase()}`, "Content-Length: 0"];
      expect([host, (await say(served, raw(`POST ${approve}`, headers))).status]).toEqual([host, 404]);
    }
  });

  it.each([
    "text/plain",
    "text/plain; application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "",
  ])("refuses a body of the type '%s', for any route", async (type) => {
    const served = await start(servers.gateway);
    for (const path of [
      approve,
      "/api/faults",
      "/api/one-time-tokens",
      "/api/clients",
      "/api/connectors/register-with-ott",
    ])
      for (const length of ["Content-Length: 2", "Transfer-Encoding: chunked"]) {
        const headers = [...(type ? [`Content-Type: ${type}`] : []), length];
        const body = length.startsWith("T") ? "2\r\n{}\r\n0\r\n\r\n" : "{}";
        const { status, body: said } = await say(served, request(served, `POST ${path}`, headers, body));
        expect([path, status, said]).toEqual([
          path,
          415,
          expect.stringContaining('-H \\"content-type: application/json\\"'),
        ]);
      }
  });
});

describe("signing in", () => {
  const realm = "/realms/matrix/protocol/openid-connect";
  const fromElsewhere = [
    "Sec-Fetch-Site: cross-site",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-Dest: document",
  ];

  it.each([
    ["GET", `${realm}/auth?client_id=none`],
    ["POST", `${realm}/auth`],
    ["GET", `${realm}/logout`],
    ["POST", `${realm}/logout`],
    ["GET", "/realms/matrix/interaction/unknown"],
  ])("may be begun by another page: %s %s", async (method, path) => {
    const served = await start(servers.tokenServer);
    const headers = [
      ...fromElsewhere,
      ...(method === "POST" ? ["Origin: http://app.example", "Content-Length: 0"] : []),
    ];
    const { status, body } = await say(served, request(served, `${method} ${path}`, headers));
    expect([status, body]).toEqual([expect.any(Number), expect.not.stringContaining("FOREIGN")]);
    expect(status).not.toBe(403);
  });

  it.each([
    ["POST", "/realms/matrix/interaction/unknown"],
    ["POST", `${realm}/logout/confirm`],
    ["POST", `${realm}/token`],
    ["POST", `${realm}/revoke`],
    ["GET", "/api/registrations"],
    ["GET", "/api/stats"],
  ])("is not decided, and nothing else done, by another page: %s %s", async (method, path) => {
    const served = await start(servers.tokenServer);
    const { status, body } = await say(served, request(served, `${method} ${path}`, fromElsewhere));
    expect([status, JSON.parse(body)]).toEqual([
      403,
      { error: expect.objectContaining({ code: "FOREIGN_ORIGIN" }) },
    ]);
  });
});

describe("allowedHosts", () => {
  async function statusOf(
    options: Parameters<typeof startGateway>[0],
    host: string,
    ...headers: readonly string[]
  ) {
    const gateway = await startGateway(options);
    onTestFinished(() => gateway.close());
    const open = () => connect(gateway.port, "127.0.0.1");
    const served: Served = { host, good: "/healthz", open, close: () => gateway.close() };
    return (await say(served, request(served, "GET /healthz", headers))).status;
  }
  const elsewhere = { host: "0.0.0.0", adminToken: "planted-secret-admin" };

  it("names the hosts of a gateway behind a proxy or in a network", async () => {
    const allowedHosts = ["Gateway.example", "10.0.0.7"];
    expect(await statusOf({ allowedHosts }, "gateway.example")).toBe(200);
    expect(await statusOf({ allowedHosts }, "10.0.0.7:8080")).toBe(200);
    expect(await statusOf({ allowedHosts }, "gateway.example", "Origin: https://gateway.example")).toBe(200);
    expect(await statusOf({ allowedHosts }, "localhost")).toBe(200);
    expect(await statusOf({ allowedHosts }, "evil.example")).toBe(403);
    expect(await statusOf({ ...elsewhere, allowedHosts }, "evil.example")).toBe(403);
    expect(await statusOf({ ...elsewhere, allowedHosts }, "gateway.example:50061")).toBe(200);
  });

  it("is any host off loopback unless it is set; the origin must be that host even so", async () => {
    expect(await statusOf(elsewhere, "gateway.example")).toBe(200);
    expect(await statusOf(elsewhere, "gateway.example", "Origin: http://evil.example")).toBe(403);
  });

  it.each(["http://gateway.example", "gateway.example:80", "", "a b", "gateway.example/"])(
    "does not take '%s'",
    async (name) => {
      await expect(startGateway({ allowedHosts: [name] })).rejects.toMatchObject({
        code: "INVALID_CONFIG",
        message: `allowedHosts takes host names without scheme and port, such as gateway.example; got "${name}".`,
      });
    },
  );
});

it("the curl lines of the README and of the documents are heard", async () => {
  const served = await start(servers.gateway);
  const texts = await Promise.all(
    ["README.md", "docs/using.md", "docs/testing.md", "docs/credentials.md"].map((name) =>
      readFile(name, "utf8"),
    ),
  );
  const lines =
    texts
      .join("\n")
      .replaceAll("\\\n", " ")
      .match(/curl -X POST [^`\n]*/g) ?? [];
  for (const line of lines) {
    const path = /localhost:50061(\S+)/.exec(line)?.[1]?.replace("$(hostname)", "host") ?? "";
    const [, header = ""] = /-H '([^']*)'/.exec(line) ?? [];
    const [, body = ""] = /-d '([^']*)'/.exec(line) ?? [];
    // What curl sends besides.
    const type = header || (body ? "Content-Type: application/x-www-form-urlencoded" : "Accept: */*");
    const head = ["Host: localhost:50061", "User-Agent: curl/8", type, `Content-Length: ${body.length}`];
    const { status, body: said } = await say(served, raw(`POST ${path}`, head) + body);
    expect([line, status, said]).toEqual([line, 404, expect.stringContaining("UNKNOWN_REGISTRATION")]);
  }
  expect(lines.length).toBeGreaterThanOrEqual(3);
});
