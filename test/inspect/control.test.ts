/** The inspector's server where control is on and where it is off: what may be asked, who is told, and who gets nothing. */
import { request } from "node:http";
import { createRuntime, type Logger, startInspectorServer } from "mooring";
import { startTestBench } from "mooring/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { echo } from "../support/connectors.js";
import { asked } from "./asked.js";

const key = "acme.echo_test.one";

async function served(isControlled: boolean) {
  const lines: [object, string][] = [];
  const note: Logger["info"] = (fields: object, message: string) => void lines.push([fields, message]);
  const logger = { debug: note, info: note, warn: note, error: note };
  const bench = await startTestBench({
    registrations: [{ tenantId: "acme", instanceId: "one", connector: echo }],
    runtime: { inspect: true, logger },
  });
  onTestFinished(() => bench[Symbol.asyncDispose]());
  const { runtime } = bench;
  const server = await startInspectorServer({
    feed: runtime.inspection,
    status: () => runtime.status(),
    ...(isControlled ? { control: runtime } : {}),
  });
  onTestFinished(() => server.close());
  const { origin, searchParams } = new URL(server.url);
  const token = searchParams.get("token") ?? "";
  const post = (body: string, headers: Record<string, string> = {}, query = `?token=${token}`) =>
    fetch(`${origin}/control${query}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    });
  return { runtime, origin, token, post, lines };
}

const pause = JSON.stringify({ command: "pause", key });

/** As a browser would send it: `fetch` lets nobody choose the host. */
function sent(origin: string, headers: Record<string, string>, body = pause): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${origin}/control`,
      { method: "POST", headers: { "content-type": "application/json", ...headers } },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    call.on("error", reject);
    call.end(body);
  });
}

describe("a command over the inspector's server", () => {
  it("is obeyed, and journal and log say who asked", async () => {
    const { runtime, post, lines } = await served(true);
    const answer = await post(pause);
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({ asked: "pause", key });
    await expect.poll(() => runtime.status().registrations[0]?.state).toBe("paused");
    const told = "paused by a program over the inspector at 127.0.0.1";
    expect(asked(runtime.journal(key))).toEqual([told]);
    expect(runtime.explain(key)).toContain(`control in streaming.serving: ${told}`);
    expect(lines).toContainEqual([{ registration: key }, `control: ${told}`]);
    const form = await post(`command=resume&key=${key}`, {
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(form.status).toBe(202);
    await expect.poll(() => runtime.status().registrations[0]?.child).toBe("serving");
  });

  it("that cannot be is refused, and the answer names what there is", async () => {
    const { runtime, post, origin, token } = await served(true);
    const wrong: readonly (readonly [object | string, number, string])[] = [
      [
        { command: "stop", key },
        400,
        "command must be one of retryNow, pause, resume, restart, remove, drain",
      ],
      [{ key }, 400, 'got none. Send { "command": "pause"'],
      [{ command: "pause" }, 400, "key is missing: which registration is to pause?"],
      [{ command: "pause", key: "acme.echo_test.two" }, 400, `Registrations: ${key}.`],
      [{ command: "drain", key }, 400, "drain takes no key"],
      [{ command: "pause", key, force: true }, 400, '"force" is no field of a command'],
      ["[]", 400, "The body is no JSON object"],
      ["{", 400, "The body is no JSON object"],
      [JSON.stringify({ command: "x".repeat(5_000) }), 413, "above 4096 bytes"],
    ];
    for (const [body, status, words] of wrong) {
      const answer = await post(typeof body === "string" ? body : JSON.stringify(body));
      expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(words)]);
    }
    expect((await post(pause, { "content-type": "text/plain" })).status).toBe(415);
    expect((await fetch(`${origin}/control?token=${token}`, { method: "PUT" })).status).toBe(405);
    expect(asked(runtime.journal(key))).toEqual([]);
  });

  it("changes nothing without the token, from another origin or by another name of the host", async () => {
    const { runtime, origin, token, post } = await served(true);
    const cookie = `inspector-${new URL(origin).port}=${token}`;
    expect((await post(pause, {}, "")).status).toBe(403);
    expect((await post(pause, {}, `?token=${"0".repeat(32)}`)).status).toBe(403);
    const foreign: readonly Record<string, string>[] = [
      { cookie, origin: "http://evil.example" },
      { cookie, origin: "null" },
      // Another program's page on this machine is of the same site, so its requests carry the cookie.
      { cookie, origin: "http://127.0.0.1:1", "sec-fetch-site": "same-site" },
      { cookie, origin, "sec-fetch-site": "same-site" },
      { cookie, host: "evil.example" },
      { cookie, origin: "http://evil.example", "content-type": "application/x-www-form-urlencoded" },
      // A cookie alone is no will of anybody's.
      { cookie },
    ];
    for (const headers of foreign) expect(await sent(origin, headers)).toBe(403);
    expect(await sent(origin, { cookie, origin: "http://evil.example" }, `command=pause&key=${key}`)).toBe(
      403,
    );
    for (const path of [`control?command=pause&key=${key}&token=${token}`, `?token=${token}`])
      expect((await fetch(`${origin}/${path}`)).status).toBe(200);
    expect(asked(runtime.journal(key))).toEqual([]);
    expect(await sent(origin, { cookie, origin })).toBe(202);
    expect(asked(runtime.journal(key))).toEqual(["paused by the inspector's page at 127.0.0.1"]);
  });

  it("is refused where control is off, with the word that switches it on", async () => {
    const { runtime, post, origin, token } = await served(false);
    const answer = await post(pause);
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining("--inspect --control"),
    ]);
    expect(await (await fetch(`${origin}/control?token=${token}`)).json()).toEqual({
      isOn: false,
      commands: [],
    });
    expect(runtime.status().registrations[0]?.child).toBe("serving");
  });
});

it("who asks may be given to every command, as one line", async () => {
  const runtime = createRuntime({ env: {} });
  onTestFinished(() => runtime.close());
  const one = runtime.add({ tenantId: "acme", instanceId: "one", connector: echo });
  expect(() => one.pause({ by: "two\nlines" })).toThrow("by must be one line");
  expect(() => one.restart({ By: "me" } as object)).toThrow('did you mean "by"?');
  await expect(one.remove({ by: "x".repeat(201) })).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  await expect(runtime.drain({ by: "\u001b[2J" })).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  // A listener is handed what happened.
  expect(() => (one.retryNow as (signal: string) => void)("SIGUSR1")).not.toThrow();
});
