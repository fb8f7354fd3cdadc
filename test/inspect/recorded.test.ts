/** What the server of the page gives of a recording: by the allow-list, as a file, as a test; and to whom it gives nothing. */
import { type InspectorServer, startInspectorServer } from "mooring";
import { startTestBench, type TestBench } from "mooring/testing";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { readRecording } from "../../src/recording/read.js";
import { replayRecording } from "../../src/recording/replay.js";
import { echo } from "../support/connectors.js";
import { untilStatus } from "../support/until.js";
import { passes } from "./run-test-file.js";

const key = "acme.echo_test.one";

async function serve(recording: boolean): Promise<{ bench: TestBench; server: InspectorServer }> {
  const bench = await startTestBench({
    registrations: [{ tenantId: "acme", instanceId: "one", connector: echo }],
    gateway: { approval: "manual" },
    runtime: { inspect: true },
  });
  onTestFinished(() => bench[Symbol.asyncDispose]());
  const { runtime, gateway } = bench;
  const server = await startInspectorServer({
    feed: runtime.inspection,
    status: () => runtime.status(),
    ...(recording ? { recording: () => runtime.recording() } : {}),
  });
  onTestFinished(() => server.close());
  gateway.approve(key);
  await untilStatus(runtime, key, ({ child }) => child === "serving");
  return { bench, server };
}

describe("the recording at the inspector's server", () => {
  let server: InspectorServer;
  const ask = (path: string, init?: RequestInit): Promise<Response> => {
    const address = new URL(server.url);
    const [pathname = "", search = ""] = path.split("?");
    address.pathname = pathname;
    for (const [name, value] of new URLSearchParams(search)) address.searchParams.set(name, value);
    return fetch(address, init);
  };
  beforeEach(async () => {
    ({ server } = await serve(true));
  });

  it("has what may be shown, in the form of a recording", async () => {
    const [shown, whole] = [
      await (await ask("/recording")).text(),
      await (await ask("/recording?whole=1")).text(),
    ];
    const recording = readRecording(shown);
    expect(recording.lines.length).toBe(readRecording(whole).lines.length);
    expect(recording.lines.map(({ actor, at }) => [actor, at])).toEqual(
      readRecording(whole).lines.map(({ actor, at }) => [actor, at]),
    );
    // The opaque name of an offer is on the list; what a gateway says in words is not.
    expect(whole).toContain('"spec":{');
    expect(shown).not.toContain('"held":[]');
    expect(shown).toContain('"held":"[redacted]"');
    for (const text of [shown, whole])
      expect(text).not.toMatch(/planted-secret|PRIVATE KEY|eyJ[A-Za-z0-9_-]{17}/);
  });

  it("is a file that replays, when the whole of it is asked for", async () => {
    const answer = await ask("/recording?whole=1");
    expect(answer.headers.get("content-disposition")).toContain("mooring.recording.jsonl");
    const replayed = replayRecording(readRecording(await answer.text()), {});
    expect(replayed.divergences).toEqual([]);
    expect(replayed.registrations.get(key)).toBe("streaming.serving");
  });

  it("is a test of any moment, which passes", async () => {
    const whole = readRecording(await (await ask("/recording?whole=1")).text());
    const pending = whole.lines.find((line) => line.kind === "step" && line.event.type === "stream.accepted");
    const answer = await ask(`/test?key=${key}&at=${pending?.at}`);
    const text = await answer.text();
    expect(text).toContain(`{"${key}":"streaming.pendingApproval"}`);
    expect(await passes("asked", text)).toBe(true);
    expect(await (await ask(`/test?key=${key}`)).text()).toContain(`{"${key}":"streaming.serving"}`);
  });

  it.each([
    ["/test?key=nobody.here.one", 404, "nobody.here.one is not in the recording at that time."],
    ["/test?at=noon", 400, "at must be a time in ms since 1970."],
    ["/test?at=1795888126266&nth=first", 400, "nth must be a number of steps at that time."],
  ])("says what is wrong with %s", async (path, status, words) => {
    const answer = await ask(path);
    expect(answer.status).toBe(status);
    expect((await answer.text()).trim()).toBe(words);
  });

  it("is for nobody without the token, from another page or by another name", async () => {
    for (const path of ["/recording", "/recording?whole=1", `/test?key=${key}`]) {
      const refused = [
        await ask(`${path}${path.includes("?") ? "&" : "?"}token=wrong`),
        await ask(path, { headers: { origin: "https://elsewhere.example", "sec-fetch-site": "cross-site" } }),
        await ask(path, { method: "POST" }),
      ];
      for (const answer of refused) {
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(await answer.text()).not.toContain(key);
      }
    }
  });
});

it("a server that was given no recording says how to give it one", async () => {
  const { server } = await serve(false);
  const answer = await fetch(server.url.replace("/?", "/recording?"));
  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain("recording: () => runtime.recording()");
});
