/**
 * Packs header lists in every way that HPACK has, as whoever asks chooses: with Huffman code and a dynamic table.
 * The table is kept here as the RFC tells it, by plain lists.
 */

import type { HeaderField } from "../../../../src/transport/h2/hpack/header-field.js";
import { huffmanCodes } from "../../../../src/transport/h2/hpack/huffman-code.js";
import { staticFields } from "../../../../src/transport/h2/hpack/static-table.js";

const codeOf = new Map(
  huffmanCodes().map((code) => [code.symbol, code.bits.toString(2).padStart(code.length, "0")]),
);

export function huffman(text: string): Buffer {
  let bits = [...Buffer.from(text, "latin1")].map((octet) => codeOf.get(octet)).join("");
  bits += "1".repeat((8 - (bits.length % 8)) % 8);
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)));
}

export function integer(pattern: number, prefixBits: number, value: number): number[] {
  const most = 2 ** prefixBits - 1;
  if (value < most) return [pattern + value];
  const octets = [pattern + most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) + 128);
  return [...octets, rest];
}

/** How one field is to be written. */
export interface Choice {
  readonly how: "index" | "add" | "once" | "never";
  /** Refers to the name where a table has it. */
  readonly refers: boolean;
  readonly huffmanName: boolean;
  readonly huffmanValue: boolean;
}

export class AnyEncoder {
  #dynamic: HeaderField[] = [];
  #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** A change of the table's size, which begins a block. */
  resize(capacity: number): Buffer {
    this.#capacity = capacity;
    this.#evict();
    return Buffer.from(integer(0x20, 5, capacity));
  }

  field(field: HeaderField, choice: Choice): Buffer {
    const all = [...staticFields, ...this.#dynamic];
    const whole = all.findIndex(({ name, value }) => name === field.name && value === field.value);
    if (choice.how === "index" && whole !== -1) return Buffer.from(integer(0x80, 7, whole + 1));
    const name = choice.refers ? all.findIndex((one) => one.name === field.name) : -1;
    const [pattern, bits] = { index: [0x40, 6], add: [0x40, 6], once: [0, 4], never: [0x10, 4] }[
      choice.how
    ] as [number, number];
    if (pattern === 0x40) {
      this.#dynamic.unshift(field);
      this.#evict();
    }
    return Buffer.concat([
      Buffer.from(integer(pattern, bits, name + 1)),
      name === -1 ? this.#string(field.name, choice.huffmanName) : Buffer.alloc(0),
      this.#string(field.value, choice.huffmanValue),
    ]);
  }

  #string(text: string, isHuffman: boolean): Buffer {
    const octets = isHuffman ? huffman(text) : Buffer.from(text, "latin1");
    return Buffer.concat([Buffer.from(integer(isHuffman ? 0x80 : 0, 7, octets.length)), octets]);
  }

  #evict(): void {
    const bytes = () =>
      this.#dynamic.reduce((sum, { name, value }) => sum + name.length + value.length + 32, 0);
    while (bytes() > this.#capacity) this.#dynamic.pop();
  }
}
