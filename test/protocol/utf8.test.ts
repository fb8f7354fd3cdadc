import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { textOfUtf8, utf8Of } from "../../src/protocol/utf8.js";

/** What a call gives, or that it throws. */
function outcome(call: () => string) {
  try {
    return { text: call() };
  } catch {
    return "invalid";
  }
}

const decoded = (bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

function bothAgree(bytes: Uint8Array): void {
  const expected = outcome(() => decoded(bytes));
  expect(outcome(() => textOfUtf8(bytes))).toEqual(expected);
  expect(outcome(() => textOfUtf8(Buffer.from(bytes)))).toEqual(expected);
}

/** Texts with what is easily got wrong in them: marks of byte order, replacement signs, half characters. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("\uFEFF", "\uFFFD", "\uD800", "\uDC00", "\u0000", "ü", "漢", "🜁"),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

describe("text from UTF-8", () => {
  it.each([
    ["nothing", []],
    ["a byte order mark", [0xef, 0xbb, 0xbf, 0x61]],
    ["two byte order marks", [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf]],
    ["a byte order mark within", [0x61, 0xef, 0xbb, 0xbf]],
    ["a replacement sign of its own", [0xef, 0xbf, 0xbd]],
    ["a half character", [0xed, 0xa0, 0x80]],
    ["a character that is cut off", [0x61, 0xe6, 0xbc]],
    ["an overlong form", [0xc0, 0x80]],
    ["beyond the last character", [0xf4, 0x90, 0x80, 0x80]],
  ])("of %s is what the decoder makes of it", (_, bytes) => {
    bothAgree(Uint8Array.from(bytes));
  });

  it("agrees with the decoder on any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 24 }), bothAgree), { numRuns: 500 });
  });

  it("agrees with the decoder on texts with a wrong byte", () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(255), fc.boolean(), (value, where, byte, isWhole) => {
        const bytes = new TextEncoder().encode(value);
        if (!isWhole && bytes.length > 0) bytes[where % bytes.length] = byte;
        bothAgree(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it("reads a part of a larger piece of memory", () => {
    const whole = new TextEncoder().encode("before ü after");
    expect(textOfUtf8(whole.subarray(7, 9))).toBe("ü");
  });
});

describe("UTF-8 of text", () => {
  it("is what the encoder makes of it", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect([...utf8Of(value)]).toEqual([...new TextEncoder().encode(value)]);
      }),
      { numRuns: 500 },
    );
  });
});
