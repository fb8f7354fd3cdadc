/** Whatever bytes come in, a server of ours answers with a status and goes on serving. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { serveControl } from "mooring";
import { startGateway } from "mooring/gateway";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { answering, httpServer } from "../../src/serving/http-server.js";
import { request, type Served, say, servers } from "./rig.js";

let served: Served;
const thrown: unknown[] = [];
const keep = (error: unknown) => void thrown.push(error);

beforeEach(() => {
  thrown.length = 0;
  process.on("uncaughtExceptionMonitor", keep);
});

afterEach(async () => {
  process.off("uncaughtExceptionMonitor", keep);
  await served?.close();
  expect(thrown).toEqual([]);
});

const isAlive = async () => {
  const { status } = await say(served, request(served, `GET ${served.good}`));
  // The callback server turns a visit of nobody's sign-in away.
  expect([200, 400]).toContain(status);
};

const targets: readonly string[] = [
  "//",
  "///",
  "//evil.example/status",
  "/\\",
  "/%",
  "/%zz",
  "/%c0%80",
  "/api/registrations/%ff/approve",
  "/api/clients/%/revoke",
  "/explain?key=%ff",
  "/?token=%",
  "/realms/matrix//",
  "/realms/matrix/%",
  "/realms/matrix/interaction/%ff",
  "/realms/matrix/protocol/openid-connect/auth/%",
  "/realms/matrix/protocol/openid-connect/auth?client_id=%ff&client_id=2",
  "/realms/matrix/../../status",
  "http://",
  "http:///",
  "http://[",
  "http://evil.example/status",
  "https://user:pw@evil.example:99999/",
  "ftp://localhost/",
  "javascript:alert(1)",
  "*",
  "localhost:80",
  "status",
  "?",
  "#",
  "/#a",
  "/a|b{}^`",
  `/${"a".repeat(12_000)}`,
];

const methods = ["GET", "POST", "OPTIONS", "PUT", "DELETE", "HEAD", "CONNECT", "TRACE", "PATCH"];

const oddHeaders: readonly (readonly string[])[] = [
  ["Content-Type: application/json", "Content-Length: 1"],
  ["Content-Type: application/json", "Content-Length: 3", "Content-Length: 3"],
  ["Content-Type: application/json", "Content-Length: 3", "Content-Length: 9"],
  ["Content-Length: -1"],
  ["Content-Length: many"],
  ["Content-Length: 99999999999999999999"],
  ["Content-Length: 3", "Transfer-Encoding: chunked"],
  ["Transfer-Encoding: chunked, identity"],
  ["Transfer-Encoding: gzip"],
  ["Host: evil.example"],
  ["Host: localhost"],
  ["X: \0"],
  ["X\0: a"],
  [" X: folded"],
  [": nameless"],
  ["no colon"],
  ["Expect: nonsense"],
  ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: AAAA", "Sec-WebSocket-Version: 13"],
  ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__"],
  ["Cookie: inspector=%; inspector=zz; =; ;"],
  ["Authorization: Bearer", "Authorization: Basic !!!"],
  ["__proto__: x", "constructor: y", "toString: z", "hasOwnProperty: 1"],
  ["Origin: http://[", "Sec-Fetch-Site: nonsense"],
  [`X: ${"x".repeat(20_000)}`],
  Array.from({ length: 3_000 }, (_, n) => `x${n}: 1`),
];

describe.each(Object.entries(servers))("the server %s", (_name, start) => {
  beforeEach(async () => {
    served = await start();
  });

  it.each(methods)("answers %s of any target with a status", async (method) => {
    for (const target of targets) {
      const { status } = await say(served, request(served, `${method} ${target}`, ["Connection: close"]));
      expect([target, status]).toEqual([
        target,
        expect.toSatisfy((code: number) => code >= 200 && code < 500),
      ]);
    }
    await isAlive();
  });

  it("answers odd headers with a status", async () => {
    for (const headers of oddHeaders)
      for (const line of [
        `GET ${served.good}`,
        "POST /api/faults",
        "POST /realms/matrix/protocol/openid-connect/token",
      ]) {
        const { status } = await say(served, request(served, line, [...headers, "Connection: close"], "{}{"));
        const told = headers[0]?.slice(0, 60);
        expect([line, told, status]).toEqual([
          line,
          told,
          expect.toSatisfy((code: number) => code >= 200 && code < 500),
        ]);
      }
    await isAlive();
  });

  it.each([
    ["nothing", ""],
    ["a blank line", "\r\n"],
    ["no HTTP", "hello\r\n\r\n"],
    ["binary", Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0, 0, 0xff])],
    ["another version", "GET / HTTP/3.0\r\n\r\n"],
    ["no version", "GET /\r\n\r\n"],
    ["no host", "GET / HTTP/1.1\r\n\r\n"],
    ["HTTP/1.0", "GET / HTTP/1.0\r\n\r\n"],
    ["a beginning", "GET / HT"],
    ["half a head", "POST /api/faults HTTP/1.1\r\nHost: localhost\r\nContent-Le"],
    [
      "half a body",
      "POST /api/faults HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
    ],
    [
      "chunked nonsense",
      "POST /api/faults HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    ],
    [
      "a chunk that lies",
      "POST /api/faults HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n{}",
    ],
    ["HTTP/2 that breaks off", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["HTTP/2 with nonsense", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense nonsense nonsense"],
  ])("outlives %s and an early close", async (_what, bytes) => {
    const socket = served.open();
    socket.on("error", () => {});
    socket.end(bytes);
    socket.resume();
    await once(socket, "close");
    const cut = served.open();
    cut.on("error", () => {});
    await new Promise<void>((resolve) => cut.write(bytes.length > 0 ? bytes : "G", () => resolve()));
    cut.destroy();
    await isAlive();
  });

  it("outlives what a generator makes up", async () => {
    const token = fc.constantFrom(
      ...methods,
      ...targets.map((one) => one.slice(0, 200)),
      ...oddHeaders.map((one) => one.join("\r\n").slice(0, 300)),
      "HTTP/1.1",
      "Host: localhost",
      " ",
      "\r\n",
      "\r\n\r\n",
      ":",
      "{}",
      "0\r\n\r\n",
    );
    const noise = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
    const bytes = fc.array(fc.oneof({ weight: 4, arbitrary: token }, { weight: 1, arbitrary: noise }), {
      maxLength: 10,
    });
    const property = fc.asyncProperty(bytes, async (parts) => {
      const socket = served.open();
      socket.on("error", () => {});
      socket.resume();
      socket.end(Buffer.from(parts.join(""), "latin1"));
      await once(socket, "close");
    });
    await fc.assert(property, { numRuns: 60 });
    await isAlive();
  });
});

describe("the gateway's API", () => {
  beforeEach(async () => {
    served = await servers.gateway();
  });

  const post = (path: string, body: string, type = "application/json") =>
    say(
      served,
      request(
        served,
        `POST ${path}`,
        [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`],
        body,
      ),
    );

  it.each(["{", "[]", "null", '"x"', "1", "\ufeff{}", "{'a':1}", '{"a":1}}', "[".repeat(100_000), "\0"])(
    "says that %.20s is no JSON object",
    async (body) => {
      const { status, body: said } = await post("/api/faults", body);
      expect([status, JSON.parse(said)]).toEqual([
        400,
        { error: { code: "INVALID_JSON", message: "The body must be a JSON object." } },
      ]);
    },
  );

  it("says 413 for a body that is too large, and the client gets to read it", async () => {
    const body = `{"a":"${"x".repeat(6 * 1024 * 1024)}"}`;
    expect((await post("/api/faults", body)).status).toBe(413);
    await isAlive();
  });

  it.each(["constructor", "__proto__", "toString", "valueOf", "hasOwnProperty"])(
    "knows no action %s",
    async (name) => {
      expect((await post(`/api/registrations/a.b.c/${name}`, "")).status).toBe(404);
    },
  );

  it.each(["constructor", "__proto__", "toString"])("knows no fault %s", async (name) => {
    const { status, body } = await post("/api/faults", `{"${name}":{}}`);
    expect([status, body]).toEqual([400, expect.stringContaining(`Unknown fault \\"${name}\\"`)]);
  });

  it("answers a client that closes its half after the request", async () => {
    const socket = served.open();
    socket.setEncoding("latin1");
    let text = "";
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.end(request(served, "GET /healthz", ["Connection: close"]));
    await once(socket, "close");
    expect(text).toMatch(/^HTTP\/1\.1 200/);
  });

  it.each(["GET", "POST"])("reads %s whose first segment is one byte", async (method) => {
    const socket = served.open();
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    const answered = once(socket, "data");
    const bytes = request(served, `${method} /healthz`, ["Connection: close"]);
    // The server has read the first byte when a whole request beside it was answered.
    socket.write(bytes.slice(0, 1));
    await isAlive();
    socket.write(bytes.slice(1, 3));
    await isAlive();
    socket.write(bytes.slice(3));
    expect(String(await answered)).toMatch(method === "GET" ? /^HTTP\/1\.1 200/ : /^HTTP\/1\.1 404/);
  });

  it.each(["no host at all", "[", "a b", "%", "user@"])(
    "answers gRPC to the authority '%s' with a status",
    async (authority) => {
      const session = connectHttp2(`http://${served.host}`);
      onTestFinished(() => session.destroy());
      session.on("error", () => {});
      const stream = session.request({
        ":authority": authority,
        ":method": "POST",
        ":path": "/matrix.connectors.v1.ConnectorService/Connect",
        "content-type": "application/grpc",
      });
      stream.on("error", () => {});
      const ended = new Promise((resolve) => {
        stream.once("response", ({ ":status": status }) => resolve(status));
        stream.once("close", () => resolve("closed"));
      });
      stream.end();
      expect(await ended).not.toBeUndefined();
      await isAlive();
    },
  );
});

it("reads HTTP/2 that comes byte by byte", async () => {
  const gateway = await startGateway();
  served = { close: () => gateway.close() } as Served;
  const session = connectHttp2(gateway.httpUrl, {
    createConnection: () => {
      const socket = connect(gateway.port, "127.0.0.1").setNoDelay(true);
      const write = socket._write.bind(socket);
      let isFirst = true;
      socket._write = (chunk: Buffer, encoding, callback) => {
        if (!isFirst || typeof chunk === "string") return write(chunk, encoding, callback);
        isFirst = false;
        write(chunk.subarray(0, 1), encoding, () =>
          setImmediate(() => write(chunk.subarray(1), encoding, callback)),
        );
      };
      return socket;
    },
  });
  const stream = session.request({ ":path": "/healthz" });
  const [headers] = await once(stream, "response");
  expect(headers[":status"]).toBe(200);
  session.destroy();
});

it("says 500 when the runtime fails to answer, at once or later", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mooring-serving-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "c.sock");
  const fails = () => {
    throw new Error("planted");
  };
  const server = await serveControl({ status: fails, explain: fails, journal: fails }, path);
  served = { host: "x", good: "/", open: () => connect({ path }), close: () => server.close() };
  const { status, body } = await say(served, request(served, "GET /status"));
  expect([status, JSON.parse(body)]).toEqual([500, { error: "The server failed to answer." }]);
  const late = answering(async () => {
    await Promise.resolve();
    fails();
  });
  const other = httpServer(late);
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const open = () => connect((other.address() as AddressInfo).port, "127.0.0.1");
  expect((await say({ ...served, open }, request(served, "GET /"))).status).toBe(500);
});
