/** Pages of a web-standard handler. */
import { type AppFetch, appConnector, type Logger, MooringError, silentLogger } from "mooring";
import { describe, expect, it } from "vitest";
import { bytesOf, page } from "./rig.js";

const app = (fetch: AppFetch) => appConnector({ name: "App", fetch });
const answering = (body: BodyInit | null, init?: ResponseInit) => app(() => new Response(body, init));
const html = { "content-type": "text/html; charset=utf-8" };

/** What the handler is asked. */
async function seenBy(payload: object): Promise<unknown> {
  const made = await page(
    app(async (request) =>
      Response.json({
        method: request.method,
        url: request.url,
        headers: Object.fromEntries(request.headers),
        body: await request.text(),
      }),
    ),
    payload,
  );
  expect(made.status).toBe(200);
  return JSON.parse(made.body);
}

describe("a page request", () => {
  it("[C14 #45] is a Request with path and parameters", async () => {
    expect(await seenBy({ path: "/orders/7", params: { q: "a b&c", page: "2" } })).toEqual({
      method: "GET",
      url: "http://app.local/orders/7?q=a+b%26c&page=2",
      headers: {},
      body: "",
    });
    expect(await seenBy({ path: "orders?x=1", params: null })).toMatchObject({
      url: "http://app.local/orders?x=1",
    });
    for (const path of ["//evil.example/x", "@evil.example", "http://evil.example/"])
      expect((await seenBy({ path })) as { url: string }).toMatchObject({
        url: expect.stringMatching(/^http:\/\/app\.local\//),
      });
  });

  it("[C17 #11] has the method, headers and body that a gateway adds", async () => {
    const headers = { "X-Own": "1", "content-type": "text/plain" };
    expect(await seenBy({ path: "/", method: "post", headers, body: "text" })).toMatchObject({
      method: "POST",
      headers: { "x-own": "1", "content-type": "text/plain" },
      body: "text",
    });
    expect(
      await seenBy({
        path: "/",
        method: "PUT",
        body: Buffer.from("grün").toString("base64"),
        encoding: "base64",
      }),
    ).toMatchObject({ body: "grün" });
    expect(await seenBy({ path: "/", body: "dropped" })).toMatchObject({ method: "GET", body: "" });
  });

  it.each([
    [new Error("no JSON"), "payload cannot be read"],
    [null, "must be an object"],
    ["/", "must be an object"],
    [{}, "&quot;path&quot; must be a text"],
    [{ path: 7 }, "&quot;path&quot; must be a text"],
    [{ path: "/", params: { a: 1 } }, "&quot;params&quot;"],
    [{ path: "/", params: "a" }, "&quot;params&quot;"],
    [{ path: "/", headers: { a: 1 } }, "&quot;headers&quot;"],
    [{ path: "/", headers: { "a b": "1" } }, "&quot;headers&quot;"],
    [{ path: "/", headers: { a: "1\r\nb: 2" } }, "&quot;headers&quot;"],
    [{ path: "/", method: "GE T" }, "&quot;method&quot;"],
    [{ path: "/", method: "POST", body: 7 }, "&quot;body&quot;"],
  ])("[C17 #11] that is none is told so with 400, and reaches no handler: %j", async (payload, words) => {
    const made = await page(
      app(() => {
        throw new Error("reached");
      }),
      payload,
    );
    expect(made).toMatchObject({ status: 400, content_type: "text/html" });
    expect(made.body).toContain(words);
  });
});

describe("a Response", () => {
  it("[C14 #45 #68] [C16 #35 #46] becomes a page with its status, type and headers", async () => {
    const made = await page(
      answering("<p>grün</p>", {
        status: 201,
        headers: { ...html, "X-A": "1", "set-cookie": "a=1; Path=/" },
      }),
      { path: "/" },
    );
    expect(made).toEqual({
      content_type: "text/html; charset=utf-8",
      body: "<p>grün</p>",
      status: 201,
      encoding: "utf8",
      headers: { "x-a": "1", "set-cookie": "a=1; Path=/" },
    });
    expect(
      await page(
        app(() => Response.redirect("http://app.local/b", 302)),
        { path: "/" },
      ),
    ).toMatchObject({
      status: 302,
      body: "",
      headers: { location: "http://app.local/b" },
    });
  });

  it("[C16 #35] goes as text only where it is one", async () => {
    const bytes = new Uint8Array([0xff, 0xfe, 0]);
    const plain = await page(answering(bytes, { headers: html }), { path: "/" });
    expect([plain.encoding, [...bytesOf(plain)]]).toEqual(["base64", [0xff, 0xfe, 0]]);
    const png = await page(answering("text", { headers: { "content-type": "image/png" } }), { path: "/" });
    expect(png).toMatchObject({ encoding: "base64", body: "dGV4dA==" });
    const latin = { "content-type": "text/html; charset=iso-8859-1" };
    expect(await page(answering("x", { headers: latin }), { path: "/" })).toMatchObject({
      encoding: "base64",
    });
    expect(await page(answering(bytes), { path: "/" })).toMatchObject({
      content_type: "application/octet-stream",
      encoding: "base64",
    });
  });

  it("has no body where there is none: HEAD, 204, 304", async () => {
    expect(await page(answering("x", { headers: html }), { path: "/", method: "HEAD" })).toMatchObject({
      body: "",
      status: 200,
    });
    for (const status of [204, 304])
      expect(await page(answering(null, { status }), { path: "/" })).toMatchObject({ body: "", status });
  });

  it("that never ends is cut at what a message holds", async () => {
    let cancelled = false;
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1_024)),
      cancel: () => {
        cancelled = true;
      },
    });
    const made = await page(
      answering(endless, { headers: html }),
      { path: "/" },
      { maxMessageBytes: 16_384 },
    );
    expect(made.status).toBe(413);
    expect(made.body).toContain("maxMessageBytes");
    expect(cancelled).toBe(true);
  });

  it("that stands still is let go with its request", async () => {
    const gone = new AbortController();
    let cancelled = false;
    const silent = new ReadableStream({
      cancel: () => {
        cancelled = true;
      },
    });
    const made = page(answering(silent), { path: "/" }, { signal: gone.signal });
    await new Promise((resolve) => setImmediate(resolve));
    gone.abort();
    await made;
    expect(cancelled).toBe(true);
  });
});

describe("a handler's fault", () => {
  async function fault(fetch: unknown) {
    const logged: unknown[] = [];
    const logger: Logger = { ...silentLogger, error: (...line) => void logged.push(line) };
    const asked = { path: "/sales/week", params: { token: "secret" } };
    const made = await page(app(fetch as AppFetch), asked, { logger, registration: "acme.app-x.1" });
    return { made, logged: JSON.stringify(logged) };
  }

  it("is a page with 500 that says nothing of it, and a line in the log", async () => {
    const { made, logged } = await fault(() => {
      throw new TypeError("secret detail");
    });
    expect(made.status).toBe(500);
    expect(JSON.stringify(made)).not.toContain("secret");
    expect(logged).toContain("TypeError");
    expect(logged).not.toContain("secret");
  });

  it("is told in the log with its registration and path, and with the code of a MooringError", async () => {
    const { logged } = await fault(() => {
      throw new MooringError("INVOKE_FAILED", "Invoke failed: secret detail");
    });
    expect(JSON.parse(logged)).toEqual([
      [
        {
          registration: "acme.app-x.1",
          path: "/sales/week",
          code: "INVOKE_FAILED",
          error: "MooringError",
          stack: expect.stringContaining("fetch.test.ts"),
        },
        "a handler of an app's pages threw an unexpected error",
      ],
    ]);
  });

  it("is an answer that is no Response, or one that no page can be", async () => {
    const injected = {
      [Symbol.toStringTag]: "Response",
      status: 200,
      body: null,
      headers: Object.assign(new Map([["x-a", "1\r\nset-cookie: b=2"]]), { getSetCookie: () => [] }),
    };
    const cookies = new Headers([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]);
    const used = new Response("x");
    await used.text();
    const wrong: readonly [unknown, string][] = [
      ["text", "must return a Response"],
      [injected, "line break"],
      [new Response(null, { headers: cookies }), "2 Set-Cookie headers"],
      [Response.error(), "status 0"],
      [used, "unexpected error"],
    ];
    for (const [value, words] of wrong) {
      const { made, logged } = await fault(() => value);
      expect(made.status, words).toBe(500);
      expect(logged).toContain(words);
      expect(logged).not.toContain("b=2");
    }
  });

  it("[C14 #68] [C16 #35] undefined and null mean that there is no such page", async () => {
    for (const value of [undefined, null])
      expect((await fault(() => value)).made).toMatchObject({ status: 404, content_type: "text/html" });
  });
});
