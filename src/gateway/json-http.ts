/** JSON over HTTP: reading bodies, checking fields, answering. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** A request that cannot be served; the message names the field. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const maxBodyBytes = 5 * 1024 * 1024;

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

const tooLarge = (bytes: string, limit: number): ApiError =>
  new ApiError(413, "TOO_LARGE", `The body of ${bytes} bytes is above ${limit} bytes: send less at once.`);

/**
 * The bytes of a body. One beyond the limit is refused at once and read on to nowhere, because whoever is cut off while
 * sending does not see the answer.
 */
function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) return void chunks.push(chunk);
      chunks = [];
      reject(tooLarge(`at least ${size}`, limit));
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("close", () => reject(new ApiError(400, "INCOMPLETE", "The body was cut short.")));
    const announced = Number(request.headers["content-length"]);
    if (announced > limit) reject(tooLarge(String(announced), limit));
  });
}

/** The JSON object in a request's body of at most 5 MiB, or `limit` if that is more; an empty one is an empty object. */
export async function readJson(request: IncomingMessage, limit = 0): Promise<Record<string, unknown>> {
  const text = (await readBody(request, Math.max(maxBodyBytes, limit))).toString();
  try {
    const body: unknown = text.trim() === "" ? {} : JSON.parse(text);
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return { ...body };
  } catch {
    // Said below.
  }
  throw new ApiError(400, "INVALID_JSON", "The body must be a JSON object.");
}

export function textField(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value !== "string" || value === "")
    throw new ApiError(400, "INVALID_FIELD", `"${name}" must be a non-empty text.`);
  return value;
}
