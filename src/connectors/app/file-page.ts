/** A file as a page: whole, a range of it, or the word that nothing has changed. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type PagePayload, problemPage } from "../../protocol/pages.js";
import type { FoundFile } from "./folder.js";
import { base64Room, pageOf, tooLargePage } from "./page.js";
import type { PageRequest } from "./page-request.js";

/** From the first byte to the last, both included. */
interface Range {
  readonly first: number;
  readonly last: number;
}

/** Undefined: the whole file is to be sent; "none": there is no such part of it. */
function rangeOf({ headers }: PageRequest, size: number): Range | "none" | undefined {
  // Its tag is a weak one, by which no range can be made sure of.
  if (headers.has("if-range")) return undefined;
  const [, begin = "", end = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.get("range") ?? "") ?? [];
  if (begin === "" && end === "") return undefined;
  const first = begin === "" ? Math.max(0, size - Number(end)) : Number(begin);
  const last = begin === "" || end === "" ? size - 1 : Math.min(size - 1, Number(end));
  if (first >= size || (begin === "" && Number(end) === 0)) return "none";
  return last < first ? undefined : { first, last };
}

const isUnchanged = ({ headers }: PageRequest, tag: string): boolean => {
  const known = headers.get("if-none-match");
  if (known === null) return false;
  return (
    known.trim() === "*" || known.split(",").some((one) => one.trim().replace(/^W\//, "") === tag.slice(2))
  );
};

async function read(file: FileHandle, { first, last }: Range): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(last - first + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, first + length);
    // It has become shorter since.
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

async function typeOf(path: string): Promise<string> {
  const { default: mime } = await import("mime");
  return mime.getType(path) ?? "application/octet-stream";
}

async function partPage(
  file: FileHandle,
  range: Range,
  size: number,
  fields: { contentType: string; tag: string },
  room: number,
) {
  // As much as fits: whoever asked for it sees where it ends, and asks for the rest.
  const last = Math.min(range.last, range.first + base64Room(room) - 1);
  const bytes = await read(file, { first: range.first, last });
  const headers = {
    etag: fields.tag,
    "accept-ranges": "bytes",
    "content-range": `bytes ${range.first}-${last}/${size}`,
  };
  return pageOf(bytes, { contentType: fields.contentType, status: 206, headers });
}

/** `room`: bytes that the page may have as JSON. Undefined where the file cannot be read. */
export async function filePage(
  { path }: FoundFile,
  request: PageRequest,
  room: number,
): Promise<PagePayload | undefined> {
  const contentType = await typeOf(path);
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch {
    return undefined;
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return undefined;
    const { size } = stats;
    const tag = `W/"${size.toString(16)}-${Math.round(stats.mtimeMs).toString(16)}"`;
    const headers = { etag: tag };
    const without = (status: number) => pageOf(new Uint8Array(), { contentType, status, headers });
    if (isUnchanged(request, tag)) return without(304);
    if (request.method === "HEAD") return without(200);
    const range = rangeOf(request, size);
    if (range === "none") return { ...problemPage(416), headers: { "content-range": `bytes */${size}` } };
    if (range) return await partPage(file, range, size, { contentType, tag }, room);
    if (size > room) return tooLargePage(size, room);
    const bytes = await read(file, { first: 0, last: size - 1 });
    return pageOf(bytes, { contentType, status: 200, headers });
  } finally {
    await file.close();
  }
}
