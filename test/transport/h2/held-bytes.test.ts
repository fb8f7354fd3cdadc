/** What is held during a pause comes back whole and in order, and keeps nothing else. */
import { expect, it } from "vitest";
import { HeldBytes } from "../../../src/transport/h2/held-bytes.js";

function taken(held: HeldBytes): Buffer {
  const pieces: Buffer[] = [];
  for (let piece = held.take(); piece; piece = held.take()) pieces.push(piece);
  return Buffer.concat(pieces);
}

it.each([1, 100, 16_383, 16_384, 16_385, 70_000])(
  "comes back as it was given, %i bytes at a time",
  (size) => {
    const held = new HeldBytes();
    const source = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 251));
    for (let at = 0; at < source.length; at += size) held.add(source, at, Math.min(source.length, at + size));
    expect(held.bytes).toBe(source.length);
    expect(taken(held).equals(source)).toBe(true);
    expect(held.bytes).toBe(0);
  },
);

it("may be added to between takes", () => {
  const held = new HeldBytes();
  const said: string[] = [];
  for (const word of ["one", "two", "three"]) {
    held.add(Buffer.from(word), 0, word.length);
    said.push(taken(held).toString());
  }
  expect(said).toEqual(["one", "two", "three"]);
});

it("keeps memory of its own, not that of what it was given", () => {
  const held = new HeldBytes();
  const large = Buffer.alloc(64 * 1_024, "x");
  held.add(large, 10, 11);
  large.fill("y");
  const piece = held.take();
  expect(piece?.toString()).toBe("x");
  expect(piece?.buffer).not.toBe(large.buffer);
});
