/** The fields that every HPACK decoder knows from the start (RFC 7541, appendix A), in the order of their index. */
import type { HeaderField } from "./header-field.js";

/** Names that stand there with values. */
const withValues: readonly (readonly [string, ...string[]])[] = [
  [":authority", ""],
  [":method", "GET", "POST"],
  [":path", "/", "/index.html"],
  [":scheme", "http", "https"],
  [":status", "200", "204", "206", "304", "400", "404", "500"],
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
];

/** Names that stand there with an empty value, from index 17. */
const namesAlone =
  "accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control " +
  "content-disposition content-encoding content-language content-length content-location content-range " +
  "content-type cookie date etag expect expires from host if-match if-modified-since if-none-match if-range " +
  "if-unmodified-since last-modified link location max-forwards proxy-authenticate proxy-authorization range " +
  "referer refresh retry-after server set-cookie strict-transport-security transfer-encoding user-agent vary " +
  "via www-authenticate";

/** The field with index i stands at i - 1: there is no index 0. */
export const staticFields: readonly HeaderField[] = [
  ...withValues.flatMap(([name, ...values]) => values.map((value) => ({ name, value }))),
  ...namesAlone.split(" ").map((name) => ({ name, value: "" })),
];
