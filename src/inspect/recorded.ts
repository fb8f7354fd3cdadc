/**
 * What the server of the page gives of a runtime's recording: `recording`, with what the page may show; the same with
 * `?whole`, as a file that replays; `test`, the Vitest file of a moment.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { MooringError } from "../errors.js";
import type { WantedMoment } from "../recording/moment.js";
import { ApiError } from "../serving/api-error.js";
import { redactedRecording } from "./redacted-recording.js";

/** What is recorded now, as `runtime.recording()` gives it. */
export type RecordingSource = () => AsyncIterable<string>;

type Headers = Readonly<Record<string, string>>;

const nothing = (message: string): ApiError => new ApiError(404, "NOT_RECORDED", message);

function piecesOf(source: RecordingSource | undefined): AsyncIterable<string> {
  if (!source)
    throw nothing(
      "This page was given no recording: startInspectorServer needs recording: () => runtime.recording().",
    );
  try {
    return source();
  } catch (error) {
    throw error instanceof MooringError ? nothing(error.message) : error;
  }
}

function momentOf(search: URLSearchParams): WantedMoment {
  const [at, nth] = [search.get("at"), search.get("nth")];
  if (at !== null && !/^\d{1,15}(\.\d+)?$/.test(at))
    throw new ApiError(400, "INVALID_ARGUMENT", "at must be a time in ms since 1970.");
  if (nth !== null && !/^\d{1,9}$/.test(nth))
    throw new ApiError(400, "INVALID_ARGUMENT", "nth must be a number of steps at that time.");
  return {
    key: search.get("key") ?? undefined,
    at: at === null ? undefined : Number(at),
    nth: nth === null ? undefined : Number(nth),
  };
}

async function testOf(pieces: AsyncIterable<string>, search: URLSearchParams): Promise<string> {
  // Few ever ask for it.
  const { MomentPicker, NoMoment } = await import("../recording/moment.js");
  const picker = new MomentPicker(momentOf(search));
  try {
    for await (const piece of pieces) for (const line of piece.split("\n")) picker.take(line);
    return picker.test();
  } catch (error) {
    throw error instanceof NoMoment ? nothing(error.message) : error;
  }
}

/** The answer for a path of its own; false for any other. */
export async function answerRecorded(
  { pathname, searchParams }: URL,
  request: IncomingMessage,
  response: ServerResponse,
  headers: Headers,
  source: RecordingSource | undefined,
): Promise<boolean> {
  if (pathname === "/test") {
    const body = await testOf(piecesOf(source), searchParams);
    response.writeHead(200, { ...headers, "content-type": "text/plain; charset=utf-8" }).end(body);
    return true;
  }
  if (pathname !== "/recording") return false;
  const pieces = piecesOf(source);
  const isWhole = searchParams.has("whole");
  response.writeHead(200, {
    ...headers,
    "content-type": "application/jsonl",
    ...(isWhole ? { "content-disposition": 'attachment; filename="mooring.recording.jsonl"' } : {}),
  });
  if (request.method === "HEAD") {
    response.end();
    return true;
  }
  // A viewer that leaves ends it, and needs no answer.
  await pipeline(Readable.from(isWhole ? pieces : redactedRecording(pieces)), response).catch(() => {});
  return true;
}
