/** The error codes of HTTP/2 (RFC 9113, section 7), by the names that people look for in logs. */

const names = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
] as const;

export type Http2CodeName = (typeof names)[number];

/** `ENHANCE_YOUR_CALM` for 11, and so on; an unknown code as a number. */
export const http2CodeName = (code: number): string => names[code] ?? String(code);

/** The other way round; Node tells codes by their number or their name. */
export function http2Code(text: string): number {
  const known = (names as readonly string[]).indexOf(text);
  return known === -1 ? Number(text) : known;
}
