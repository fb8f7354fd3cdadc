/** In a worker thread: who asks what it has recorded is answered, whatever became of the answers before. */
import { silentLogger } from "mooring";
import { expect, it, vi } from "vitest";
import { RuntimeRecording } from "../../src/recording/runtime-recording.js";
import { RecordingAnswers } from "../../src/workers/recording-answers.js";
import type { FromWorker, RecordedPiece } from "../../src/workers/worker-messages.js";

/** Answers whose next text is given by the test. */
function answering() {
  const recording = new RuntimeRecording({ maxBytes: 100_000, keep: "tail" }, silentLogger);
  const text = vi.spyOn(recording, "text");
  const told: FromWorker[] = [];
  const answers = new RecordingAnswers(recording, (message) => told.push(message));
  const pieces = () => told.filter((message): message is RecordedPiece => message.type === "recorded");
  return { answers, text, told, pieces };
}

async function* breaking(): AsyncGenerator<string, void> {
  yield "half of it\n";
  throw new Error("The text cannot be made.");
}

it("answers the next one after an answer that failed, and says that it did", async () => {
  const { answers, text, told, pieces } = answering();
  text.mockReturnValueOnce(breaking());
  answers.answer(1);
  text.mockImplementationOnce(() => {
    throw new Error("There is no picture.");
  });
  answers.answer(2);
  answers.answer(3);
  await answers.end();
  const ends = pieces().filter((piece) => piece.text === null);
  expect(ends).toEqual(
    expect.arrayContaining([
      { type: "recorded", ask: 1, text: null, isIncomplete: true },
      { type: "recorded", ask: 2, text: null, isIncomplete: true },
      { type: "recorded", ask: 3, text: null },
      { type: "recorded", ask: null, text: null },
    ]),
  );
  expect(pieces().find(({ ask, text: one }) => ask === 3 && one !== null)?.text).toContain(
    "mooring-recording",
  );
  expect(told.filter(({ type }) => type === "log")).toHaveLength(2);
});

it("ends in order when nothing can be told any more", async () => {
  const recording = new RuntimeRecording({ maxBytes: 100_000, keep: "tail" }, silentLogger);
  const answers = new RecordingAnswers(recording, () => {
    throw new Error("The port is closed.");
  });
  answers.answer(1);
  await expect(answers.end()).resolves.toBeUndefined();
});

it("says that it leaves nothing behind when that would be too much", async () => {
  const recording = new RuntimeRecording({ maxBytes: 100_000, keep: "tail" }, silentLogger);
  vi.spyOn(recording.recorder.memory, "bytes", "get").mockReturnValue(2 ** 30);
  const told: FromWorker[] = [];
  await new RecordingAnswers(recording, (message) => told.push(message)).end();
  expect(told).toEqual([{ type: "recorded", ask: null, text: null, isIncomplete: true }]);
});
