/** Files of a folder as pages. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { type AppOptions, appConnector } from "mooring";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesOf, page } from "./rig.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mooring-app-"));
  await mkdir(join(folder, "dist/sub/deep"), { recursive: true });
  await mkdir(join(folder, "dist/.git"));
  await mkdir(join(folder, "dist/empty"));
  await mkdir(join(folder, "dist-more"));
  const files: Readonly<Record<string, string | Uint8Array>> = {
    "secret.txt": "secret",
    "dist-more/secret.txt": "secret",
    "dist/index.html": "<h1>Grüße</h1>",
    "dist/sub/index.html": "sub",
    "dist/sub/a b.txt": "spaced",
    "dist/100%25.txt": "per cent",
    "dist/app.js": "export {};",
    "dist/style.css": "a{}",
    "dist/data.json": "{}",
    "dist/icon.svg": "<svg/>",
    "dist/site.webmanifest": "{}",
    "dist/favicon.ico": new Uint8Array([0, 1]),
    "dist/code.wasm": new Uint8Array([0, 97, 115, 109]),
    "dist/font.woff2": new Uint8Array([119, 79]),
    "dist/photo.avif": new Uint8Array([0, 0, 0, 32]),
    "dist/latin.txt": new Uint8Array([0x67, 0x72, 0xfc, 0xdf]),
    "dist/bom.txt": "\uFEFFx",
    "dist/unknown.thing": "x",
    "dist/nothing.txt": "",
    "dist/.env": "SECRET=1",
    "dist/.git/config": "secret",
    "dist/abc.bin": "0123456789",
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  await symlink("../secret.txt", join(folder, "dist/out.txt"));
  await symlink("../dist-more", join(folder, "dist/more"));
  await symlink(".env", join(folder, "dist/env.txt"));
  await symlink("app.js", join(folder, "dist/within.js"));
  await symlink("loop", join(folder, "dist/loop"));
  await mkdir(join(folder, "dist/trap"));
  await symlink("../../secret.txt", join(folder, "dist/trap/index.html"));
  await promisify(execFile)("mkfifo", [join(folder, "dist/pipe.txt")]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const app = (options: Partial<AppOptions> = {}) =>
  appConnector({ name: "Files", static: join(folder, "dist"), ...options });
const at = (path: string, more: object = {}) => page(app(), { path, ...more });

describe("files of a folder", () => {
  it.each([
    ["/", "text/html", "utf8", "<h1>Grüße</h1>"],
    ["", "text/html", "utf8", "<h1>Grüße</h1>"],
    ["/index.html", "text/html", "utf8", "<h1>Grüße</h1>"],
    ["/sub", "text/html", "utf8", "sub"],
    ["/sub/", "text/html", "utf8", "sub"],
    ["app.js", "text/javascript", "utf8", "export {};"],
    ["/within.js", "text/javascript", "utf8", "export {};"],
    ["/app.js?v=1#x", "text/javascript", "utf8", "export {};"],
    ["/style.css", "text/css", "utf8", "a{}"],
    ["/data.json", "application/json", "utf8", "{}"],
    ["/icon.svg", "image/svg+xml", "utf8", "<svg/>"],
    ["/site.webmanifest", "application/manifest+json", "utf8", "{}"],
    ["/bom.txt", "text/plain", "utf8", "\uFEFFx"],
    ["/nothing.txt", "text/plain", "utf8", ""],
    ["/sub/a%20b.txt", "text/plain", "utf8", "spaced"],
    ["/100%2525.txt", "text/plain", "utf8", "per cent"],
    ["/latin.txt", "text/plain", "base64", "Z3L83w=="],
    ["/favicon.ico", "image/vnd.microsoft.icon", "base64", "AAE="],
    ["/code.wasm", "application/wasm", "base64", "AGFzbQ=="],
    ["/font.woff2", "font/woff2", "base64", "d08="],
    ["/photo.avif", "image/avif", "base64", "AAAAIA=="],
    ["/unknown.thing", "application/octet-stream", "base64", "eA=="],
  ])(
    "[C14 #46] [C16 #35] [C17 #10] %s is of the type %s, in %s",
    async (path, content_type, encoding, body) => {
      await expect(at(path)).resolves.toMatchObject({ status: 200, content_type, encoding, body });
    },
  );

  it("are in a folder of a path or of a file URL", async () => {
    const byUrl = appConnector({ name: "Files", static: pathToFileURL(join(folder, "dist/")) });
    await expect(page(byUrl, { path: "/sub" })).resolves.toMatchObject({ body: "sub" });
  });

  it.each([
    "/../secret.txt",
    "/sub/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e%2fsecret.txt",
    "/sub/%2E%2E/%2E%2E/secret.txt",
    "/%252e%252e/secret.txt",
    "/..\\secret.txt",
    "/..%5csecret.txt",
    "/../dist-more/secret.txt",
    "/out.txt",
    "/more/secret.txt",
    "/env.txt",
    "/trap/",
    "/trap/index.html",
    "/.env",
    "/%2eenv",
    "/.git/config",
    "/loop",
    "/pipe.txt",
    "/empty",
    "/index.html/",
    "/index.html%00.txt",
    "/%",
    "/%ff",
    "/sub/a%2520b.txt",
    "/none.txt",
    `/${"x".repeat(5_000)}`,
    "//etc/passwd",
    "/etc/passwd",
  ])("[C14 #46] %s is none of them", async (path) => {
    const made = await at(path);
    expect(made.status).toBe(404);
    expect(made.body).not.toContain("secret");
  });

  it("answer no request that would change something", async () => {
    await expect(at("/app.js", { method: "POST" })).resolves.toMatchObject({ status: 404 });
    await expect(at("/app.js", { method: "head" })).resolves.toMatchObject({ status: 200, body: "" });
  });

  it("have a tag, by which a request that carries headers learns that nothing has changed", async () => {
    const { headers } = await at("/app.js");
    const tag = headers?.etag ?? "";
    expect(tag).toMatch(/^W\/"[0-9a-f]+-[0-9a-f]+"$/);
    for (const known of [tag, tag.slice(2), `"x", ${tag}`, "*"])
      await expect(at("/app.js", { headers: { "If-None-Match": known } })).resolves.toMatchObject({
        status: 304,
        body: "",
        headers: { etag: tag },
      });
    await expect(at("/app.js", { headers: { "if-none-match": '"x"' } })).resolves.toMatchObject({
      status: 200,
    });
  });
});

describe("parts of a file", () => {
  it.each([
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=-99", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=5-99", 206, "56789", "bytes 5-9/10"],
    ["bytes=4-2", 200, "0123456789", undefined],
    ["bytes=0-1,3-4", 200, "0123456789", undefined],
    ["lines=1-2", 200, "0123456789", undefined],
  ])("%s", async (range, status, text, contentRange) => {
    const made = await at("/abc.bin", { headers: { range } });
    expect([made.status, bytesOf(made).toString(), made.headers?.["content-range"]]).toEqual([
      status,
      text,
      contentRange,
    ]);
  });

  it("beyond its end are refused", async () => {
    for (const range of ["bytes=10-", "bytes=-0"])
      await expect(at("/abc.bin", { headers: { range } })).resolves.toMatchObject({
        status: 416,
        headers: { "content-range": "bytes */10" },
      });
  });

  it("lead through a file that is larger than a message", async () => {
    const huge = join(folder, "dist/huge.bin");
    await writeFile(huge, "");
    await truncate(huge, 3_000_000_000);
    const context = { maxMessageBytes: 4_096 };
    const whole = await page(app(), { path: "/huge.bin" }, context);
    expect(whole.status).toBe(413);
    expect(whole.body).toContain("3000000000 bytes");
    expect(whole.body).toContain("maxMessageBytes");
    const part = await page(app(), { path: "/huge.bin", headers: { range: "bytes=2999990000-" } }, context);
    const length = bytesOf(part).length;
    expect(part.headers?.["content-range"]).toBe(`bytes 2999990000-${2_999_990_000 + length - 1}/3000000000`);
    expect(length).toBeGreaterThan(2_000);
    expect(JSON.stringify(part).length).toBeLessThan(4_096);
  });

  it("are refused whole where only the message's form is too large", async () => {
    await writeFile(join(folder, "dist/quotes.txt"), '"'.repeat(3_000));
    const made = await page(app(), { path: "/quotes.txt" }, { maxMessageBytes: 4_096 });
    expect(made.status).toBe(413);
    await expect(page(app(), { path: "/quotes.txt" }, { maxMessageBytes: 8_192 })).resolves.toMatchObject({
      status: 200,
    });
  });
});

describe("an app whose script reads the path", () => {
  const single = (more: Partial<AppOptions> = {}) => app({ spaFallback: true, ...more });

  it("[C17 #10] gets its index for paths of pages, and 404 for files that are missing", async () => {
    for (const path of ["/orders/7", "/orders/", "/a.b/c"])
      await expect(page(single(), { path })).resolves.toMatchObject({ status: 200, body: "<h1>Grüße</h1>" });
    for (const path of ["/missing.js", "/.env", "/../secret.txt"])
      await expect(page(single(), { path })).resolves.toMatchObject({ status: 404 });
    await expect(page(single(), { path: "/orders", method: "POST" })).resolves.toMatchObject({ status: 404 });
    await expect(at("/orders/7")).resolves.toMatchObject({ status: 404 });
  });

  it("has its handler asked before", async () => {
    const mixed = single({
      fetch: (request) => (new URL(request.url).pathname.startsWith("/api/") ? Response.json(1) : undefined),
    });
    await expect(page(mixed, { path: "/api/x" })).resolves.toMatchObject({ body: "1" });
    await expect(page(mixed, { path: "/orders" })).resolves.toMatchObject({ body: "<h1>Grüße</h1>" });
    await expect(page(mixed, { path: "/app.js" })).resolves.toMatchObject({ body: "export {};" });
  });
});
