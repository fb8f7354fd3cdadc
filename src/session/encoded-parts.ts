/**
 * Parts of messages that are the same in thousands of them, encoded once and carried as fields that are bytes already:
 * Protobuf-ES writes a message's `$unknown` out as it is, after the known ones. A storm of 2,000 register requests took
 * 8 % of its processor time and 13 % of its garbage to encode the same capabilities and facts again.
 */
import {
  create,
  type DescMessage,
  type MessageInitShape,
  toBinary,
  type UnknownField,
} from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";

/** All fields of an encoded message as one: the tag of the first, and everything behind it. */
function asOneField(bytes: Uint8Array): UnknownField[] {
  if (bytes.length === 0) return [];
  const reader = new BinaryReader(bytes);
  const [no, wireType] = reader.tag();
  return [{ no, wireType, data: bytes.subarray(reader.pos) }];
}

/**
 * A function of `source` to the fields of a message that has only what `part` makes of it. Remembered for as long as
 * the source lives, which must not change.
 */
export function encodedOnce<Desc extends DescMessage, Source extends object>(
  schema: Desc,
  part: (source: Source) => MessageInitShape<Desc>,
): (source: Source) => UnknownField[] {
  const known = new WeakMap<Source, UnknownField[]>();
  return (source) => {
    const before = known.get(source);
    if (before) return before;
    const fields = asOneField(toBinary(schema, create(schema, part(source))));
    known.set(source, fields);
    return fields;
  };
}
