/** Who is asked, who is missing: threads that end, die or never answer, in any order. */
import { silentLogger } from "mooring";
import { expect, it } from "vitest";
import { pictureOf } from "../../src/recording/picture.js";
import { readHeader } from "../../src/recording/read.js";
import { Recorder } from "../../src/recording/recorder.js";
import { recordingText } from "../../src/recording/write.js";
import { PoolRecording } from "../../src/workers/pool-recording.js";
import type { ToWorker } from "../../src/workers/worker-messages.js";
import { createRig } from "../machines/rig.js";
import { textOf } from "../recording/texts.js";

/** What a thread with one registration has recorded. */
async function textOfThread(key: string): Promise<string> {
  const recorder = new Recorder({ maxBytes: 100_000, keep: "tail" });
  const rig = createRig({ key, recorder });
  const text = await textOf(recordingText(pictureOf(recorder, "asked")));
  rig.actor.stop();
  return text;
}

/** A pool of two threads that do as the test says. */
function pool() {
  const asked: { readonly number: number; readonly command: ToWorker }[] = [];
  const threads = [1, 2].map((number) => ({
    number,
    post: (command: ToWorker) => void asked.push({ number, command }),
  }));
  const recording = new PoolRecording({
    settings: { maxBytes: 1_000_000, keep: "tail" },
    workers: 2,
    threads: () => threads,
    logger: silentLogger,
  });
  const tell = (worker: number, ask: number | null, text: string) => {
    recording.heard(worker, { type: "recorded", ask, text });
    recording.heard(worker, { type: "recorded", ask, text: null });
  };
  const askOf = (number: number): number => {
    const found = asked.findLast((one) => one.number === number)?.command;
    if (found?.type !== "record") throw new Error(`Thread ${number} is not asked.`);
    return found.ask;
  };
  const end = (worker: number, how: "ended" | "died") => {
    threads.splice(
      threads.findIndex(({ number }) => number === worker),
      1,
    );
    recording.gone(worker, how);
  };
  return { recording, tell, askOf, end };
}

const headerOf = async (text: Promise<string>) => readHeader((await text).split("\n")[0] ?? "");

it("takes what a thread left behind when it ends after it was asked", async () => {
  const { recording, tell, askOf, end } = pool();
  const text = textOf(recording.text());
  await Promise.resolve();
  tell(1, askOf(1), await textOfThread("t.echo.one"));
  tell(2, null, await textOfThread("t.echo.two"));
  end(2, "ended");
  expect((await headerOf(text)).missing).toEqual([]);
  expect(await text).toContain("t.echo.two");
});

it("does not ask a thread that has left all of it behind and is not gone yet", async () => {
  const { recording, tell, askOf, end } = pool();
  tell(2, null, await textOfThread("t.echo.two"));
  const text = textOf(recording.text());
  await Promise.resolve();
  expect(() => askOf(2)).toThrow("Thread 2 is not asked");
  end(2, "ended");
  tell(1, askOf(1), await textOfThread("t.echo.one"));
  expect((await headerOf(text)).missing).toEqual([]);
  expect((await text).split("t.echo.two").length).toBeGreaterThan(1);
});

it("names a thread that dies while it is asked, and goes on with the others", async () => {
  const { recording, tell, askOf, end } = pool();
  const text = textOf(recording.text());
  await Promise.resolve();
  recording.heard(2, { type: "recorded", ask: askOf(2), text: "half of it\n" });
  end(2, "died");
  tell(1, askOf(1), await textOfThread("t.echo.one"));
  expect((await headerOf(text)).missing).toEqual([2]);
  expect(await text).not.toContain("half of it");
  expect(await text).toContain("t.echo.one");
});

it("keeps what a thread left behind beside the recording of the one in its place", async () => {
  const { recording, tell, askOf } = pool();
  tell(1, null, await textOfThread("t.echo.before"));
  recording.gone(1, "ended");
  const text = textOf(recording.text());
  await Promise.resolve();
  tell(1, askOf(1), await textOfThread("t.echo.after"));
  tell(2, askOf(2), await textOfThread("t.echo.two"));
  expect((await headerOf(text)).missing).toEqual([]);
  for (const key of ["before", "after", "two"]) expect(await text).toContain(`t.echo.${key}`);
});
