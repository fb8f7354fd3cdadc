/** When recordings are written, and to which files. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, requestResponseConnector } from "mooring";
import { replay, startTestBench } from "mooring/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { RecordingFile, writeRecording } from "../../src/recording/recording-file.js";
import { echo } from "../support/connectors.js";
import { untilStatus } from "../support/until.js";
import { textOf } from "./texts.js";

const posix = process.platform !== "win32";

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "mooring-recording-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function* pieces(...texts: readonly string[]): AsyncGenerator<string, void> {
  yield* texts;
}

describe("a recording's file", () => {
  it("is for its owner only, whole, and alone in its folder", async () => {
    const path = join(await folder(), "deep", "outage.jsonl");
    await writeRecording(path, pieces("a\n", "b\n"));
    expect(await readFile(path, "utf8")).toBe("a\nb\n");
    if (posix) expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(path, ".."))).toEqual(["outage.jsonl"]);
  });

  it("stays what it was when the next cannot be written, and nothing is left behind", async () => {
    const path = join(await folder(), "outage.jsonl");
    await writeRecording(path, pieces("first"));
    const failing = (async function* () {
      yield "half";
      throw new Error("gone");
    })();
    await expect(writeRecording(path, failing)).rejects.toThrow("gone");
    expect(await readFile(path, "utf8")).toBe("first");
    expect(await readdir(join(path, ".."))).toEqual(["outage.jsonl"]);
  });

  it("keeps the three before it, and replaces one of the same minute", async () => {
    const path = join(await folder(), "outage.jsonl");
    let now = 0;
    const file = new RecordingFile(path, () => now);
    for (let number = 1; number <= 6; number += 1) {
      await file.write(pieces(`trouble ${number}`));
      now += 59_999;
      await file.write(pieces(`trouble ${number}, later`));
      now += 60_000;
    }
    const names = (await readdir(join(path, ".."))).sort();
    expect(names).toEqual(["outage.jsonl", "outage.jsonl.1", "outage.jsonl.2", "outage.jsonl.3"]);
    const texts = await Promise.all(names.map((name) => readFile(join(path, "..", name), "utf8")));
    expect(texts).toEqual(["trouble 6, later", "trouble 5, later", "trouble 4, later", "trouble 3, later"]);
  });
});

describe("a fault", () => {
  it("has what led to it written, when a registration stops because of a failure", async () => {
    const file = join(await folder(), "outage.jsonl");
    const runtime = createRuntime({
      url: "grpc://127.0.0.1:1",
      env: {},
      reconnect: false,
      recording: { file },
    });
    runtime.add({ tenantId: "t", instanceId: "one", connector: echo });
    await runtime.start();
    await runtime.closed;
    const result = await replay(file);
    expect(result).toMatchObject({ divergence: null, states: { "t.echo_test.one": "stopped" } });
    expect(JSON.parse((await readFile(file, "utf8")).split("\n", 1)[0] ?? "")).toMatchObject({
      occasion: "fault",
    });
  });

  it("is none when a gateway goes away, and without a file nothing is written", async () => {
    const file = join(await folder(), "outage.jsonl");
    await using bench = await startTestBench({
      registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
      runtime: { recording: { file } },
    });
    await bench.gateway.restart();
    await bench.runtime.close();
    expect(await readdir(join(file, ".."))).toEqual([]);
  });

  it.skipIf(!posix || process.getuid?.() === 0)(
    "whose recording cannot be written is logged, and everything goes on",
    async () => {
      const directory = await folder();
      await chmod(directory, 0o500);
      await expectLogged(join(directory, "outage.jsonl"), "EACCES");
    },
  );

  it("whose recording has no place is logged, and everything goes on", async () => {
    const directory = await folder();
    await writeFile(join(directory, "file"), "");
    await expectLogged(join(directory, "file", "outage.jsonl"), expect.any(String));
    await mkdir(join(directory, "outage.jsonl"));
    await expectLogged(join(directory, "outage.jsonl"), "EISDIR");
    expect((await readdir(directory)).sort()).toEqual(["file", "outage.jsonl"]);
  });

  async function expectLogged(file: string, code: unknown): Promise<void> {
    const errors: unknown[] = [];
    const ignore = () => {};
    const logger = {
      debug: ignore,
      info: ignore,
      warn: ignore,
      error: (...said: unknown[]) => errors.push(said),
    };
    const runtime = createRuntime({
      url: "grpc://127.0.0.1:1",
      env: {},
      reconnect: false,
      recording: { file },
      logger,
    });
    runtime.add({ tenantId: "t", instanceId: "one", connector: echo });
    await runtime.start();
    await runtime.closed;
    expect(errors).toContainEqual([
      { path: file, code },
      "The recording of a fault could not be written (option recording.file).",
    ]);
  }
});

describe("runtime.recording()", () => {
  it("is what there was when it was called, and stays so", async () => {
    await using bench = await startTestBench({
      registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
    });
    const earlier = bench.runtime.recording();
    await bench.runtime.drain();
    expect((await replay(await textOf(earlier))).states).toEqual({ "t.echo_test.one": "streaming.serving" });
    expect((await replay(await textOf(bench.runtime.recording()))).states).toEqual({
      "t.echo_test.one": "stopped",
    });
  });

  it("throws where nothing is recorded, and nothing is made then", () => {
    const runtime = createRuntime({ env: {}, recording: { maxBytes: 0 } });
    expect(() => runtime.recording()).toThrow("Nothing is recorded: recording.maxBytes is 0");
    const before = globalThis.replays.recorders.size;
    runtime.add({ tenantId: "t", instanceId: "one", connector: echo });
    void runtime.start({ timeoutMs: 1 });
    expect(globalThis.replays.recorders.size).toBe(before);
    return runtime.close();
  });

  it("refuses options that are none", () => {
    expect(() => createRuntime({ env: {}, recording: { maxBytes: -1 } })).toThrow("recording.maxBytes");
    // @ts-expect-error No such way to keep.
    expect(() => createRuntime({ env: {}, recording: { keep: "some" } })).toThrow("recording.keep");
    // @ts-expect-error Misspelt.
    expect(() => createRuntime({ env: {}, recording: { maxbytes: 1 } })).toThrow("recording.maxBytes");
  });
});

it("a handler's arguments, results and errors never come into a recording", async () => {
  const secret = "planted-secret-in-a-request";
  const failing = requestResponseConnector({
    type: "failing",
    version: "1.0.0",
    execute: (request) => {
      throw new Error(`no ${request.json()}`);
    },
  });
  await using bench = await startTestBench({
    registrations: [
      { tenantId: "t", instanceId: "one", connector: echo },
      { tenantId: "t", instanceId: "one", connector: failing },
    ],
  });
  const two = { tenantId: "t", instanceId: "two", connector: echo, authToken: "planted-secret-token" };
  const { key } = bench.runtime.add(two);
  await untilStatus(bench.runtime, key, ({ cause }) => cause !== null);
  await bench.gateway.execute("t.echo_test.one", { payload: secret });
  await bench.gateway.execute("t.failing.one", { payload: secret }).catch(() => {});
  await bench.gateway.restart();
  await bench.runtime.close();
  expect(await textOf(bench.runtime.recording())).not.toContain("planted-secret");
});
