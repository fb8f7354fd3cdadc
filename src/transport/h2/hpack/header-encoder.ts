/**
 * Writes header blocks that any decoder reads, whatever came before them (RFC 7541): fields of the static table by
 * their index, everything else as it is. So nothing has to be remembered for a peer, and a block that was written
 * once serves every stream with the same fields.
 */
import type { HeaderField } from "./header-field.js";
import { staticFields } from "./static-table.js";

/** Nobody on the way may put these into a table, where guesses could be tried on them (section 7.1). */
const secretNames = new Set(["authorization", "proxy-authorization", "cookie"]);

const indexOfName = new Map<string, number>();
const indexOfField = new Map<string, number>();
staticFields.forEach(({ name, value }, place) => {
  if (!indexOfName.has(name)) indexOfName.set(name, place + 1);
  if (value !== "") indexOfField.set(`${name} ${value}`, place + 1);
});

/**
 * A table of 0 bytes, which is what is used here. A peer that takes less than HPACK's 4096 bytes must be told so before
 * its first field (section 4.2), and nghttp2 ends the connection otherwise; told again, it is the same.
 */
const noTable = 0b0010_0000;

/**
 * The block of `fields`, in their order. Names must be in lower case, and characters of names and values U+0000 to
 * U+00FF, which become one octet each. Neither is checked.
 */
export function encodeHeaders(fields: readonly HeaderField[]): Buffer {
  // An integer takes at most five octets, and a field has three of them.
  const most = fields.reduce((bytes, { name, value }) => bytes + name.length + value.length + 15, 1);
  const block = Buffer.allocUnsafeSlow(most);
  let at = block.writeUInt8(noTable);
  for (const { name, value } of fields) {
    const known = indexOfField.get(`${name} ${value}`);
    if (known !== undefined) {
      at = writeInteger(block, at, 0b1000_0000, 7, known);
      continue;
    }
    const nameIndex = indexOfName.get(name) ?? 0;
    at = writeInteger(block, at, secretNames.has(name) ? 0b0001_0000 : 0, 4, nameIndex);
    if (nameIndex === 0) at = writeString(block, at, name);
    at = writeString(block, at, value);
  }
  return block.subarray(0, at);
}

/** Writes an integer (section 5.1) beside the `pattern` in its first octet, and returns where it ends. */
function writeInteger(
  block: Buffer,
  start: number,
  pattern: number,
  prefixBits: number,
  value: number,
): number {
  const most = (1 << prefixBits) - 1;
  if (value < most) return block.writeUInt8(pattern | value, start);
  let at = block.writeUInt8(pattern | most, start);
  let rest = value - most;
  for (; rest > 0x7f; rest >>>= 7) at = block.writeUInt8((rest & 0x7f) | 0x80, at);
  return block.writeUInt8(rest, at);
}

function writeString(block: Buffer, start: number, text: string): number {
  const at = writeInteger(block, start, 0, 7, text.length);
  return at + block.write(text, at, "latin1");
}
