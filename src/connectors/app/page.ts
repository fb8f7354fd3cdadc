/** How bytes become a page that fits into a message. */
import { type PagePayload, problemPage } from "../../protocol/pages.js";

/** Bytes of JSON for a UTF-16 unit, at most: `\u0000`. */
const jsonBytesPerUnit = 6;

/** Bytes of a page besides its body and its headers, at most. */
const pageEnvelopeBytes = 256;

const textTypes =
  /^(?:text\/[^;]+|[^;]+\+(?:json|xml)|application\/(?:javascript|ecmascript|json|xml|x-www-form-urlencoded|graphql))(?:;|$)/i;
const otherCharset = /;\s*charset\s*=\s*"?(?!utf-?8|us-ascii)/i;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array, contentType: string): string | undefined {
  if (!textTypes.test(contentType) || otherCharset.test(contentType)) return undefined;
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

export interface PageFields {
  readonly contentType: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Texts go as UTF-8, everything else in base64. */
export function pageOf(bytes: Uint8Array, { contentType, status, headers = {} }: PageFields): PagePayload {
  const text = textOf(bytes, contentType);
  const body = text ?? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  const page: PagePayload = {
    content_type: contentType,
    body,
    status,
    encoding: text === undefined ? "base64" : "utf8",
  };
  return Object.keys(headers).length > 0 ? { ...page, headers } : page;
}

/** Bytes that fit into a page in base64. */
export const base64Room = (room: number): number =>
  Math.max(0, Math.floor((room - pageEnvelopeBytes) / 4) * 3);

/** A page that says why another one cannot be sent. */
export const tooLargePage = (bytes: number | undefined, room: number): PagePayload =>
  problemPage(
    413,
    `${bytes === undefined ? "This page" : `This page of ${bytes} bytes`} does not fit into a message: with its body as text or in base64, a page may have ${room} bytes. Make it smaller, or raise maxMessageBytes of the connector and of the gateway.`,
  );

/** Bytes of JSON around a header's name and value. */
const headerEnvelopeBytes = 6;

/** Bytes of JSON that its headers have, at most. */
function headerBytes({ headers = {} }: PagePayload): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers))
    bytes += headerEnvelopeBytes + jsonBytesPerUnit * (name.length + value.length);
  return bytes;
}

/** The page, or where it is too large one that says so. It is written out for that only where its lengths do not tell. */
export function fitting(page: PagePayload, room: number): PagePayload {
  const perUnit = page.encoding === "base64" ? 1 : jsonBytesPerUnit;
  const texts = perUnit * page.body.length + jsonBytesPerUnit * page.content_type.length;
  if (pageEnvelopeBytes + texts + headerBytes(page) <= room) return page;
  const bytes = Buffer.byteLength(JSON.stringify(page));
  return bytes <= room ? page : tooLargePage(bytes, room);
}
