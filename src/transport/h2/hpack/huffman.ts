/**
 * Reads strings in HPACK's Huffman code, four bits at a time: a table says for each inner node of the code's tree
 * where four more bits lead. No code is shorter than five bits, so they complete one octet at most.
 */
import { HpackError } from "./error.js";
import { endOfString, huffmanCodes } from "./huffman-code.js";

/** An entry has the next node in its low eight bits (the tree has 256 inner nodes), an octet above, and these. */
const completes = 1 << 16;
const isEnd = 1 << 17;

interface Tables {
  /** The step from `node` with four bits stands at `node * 16 + bits`. */
  readonly steps: Uint32Array;
  /** 1 for nodes where a string may end: at the root, or at most seven ones after it (section 5.2). */
  readonly mayEnd: Uint8Array;
}

type Node = { readonly index: number; readonly children: [Child, Child] };
type Child = Node | number | undefined;

function buildTables(): Tables {
  const nodes: Node[] = [];
  const grow = (): Node => {
    const node: Node = { index: nodes.length, children: [undefined, undefined] };
    nodes.push(node);
    return node;
  };
  const root = grow();
  const child = (node: Node, bit: number): Child => node.children[bit & 1];
  for (const { symbol, bits, length } of huffmanCodes()) {
    let node = root;
    for (let left = length - 1; left > 0; left--) {
      const bit = (bits >>> left) & 1;
      let next = child(node, bit);
      if (typeof next !== "object") {
        next = grow();
        node.children[bit] = next;
      }
      node = next;
    }
    node.children[bits & 1] = symbol;
  }

  const steps = new Uint32Array(nodes.length * 16);
  for (const from of nodes) {
    for (let bits = 0; bits < 16; bits++) {
      let node = from;
      let entry = 0;
      for (let left = 3; left >= 0; left--) {
        const next = child(node, bits >>> left);
        if (typeof next === "object") node = next;
        else {
          entry = next === endOfString ? isEnd : completes | ((next ?? 0) << 8);
          node = root;
        }
        if (entry === isEnd) break;
      }
      steps[from.index * 16 + bits] = entry | node.index;
    }
  }

  const mayEnd = new Uint8Array(nodes.length);
  let ones: Child = root;
  for (let padding = 0; padding <= 7 && typeof ones === "object"; padding++) {
    mayEnd[ones.index] = 1;
    ones = child(ones, 1);
  }
  return { steps, mayEnd };
}

/** Built when the first such string arrives: a peer need not send any. */
let tables: Tables | undefined;

/** Strings become whole here, one after the other. */
const scratch = Buffer.alloc(512);

/** Reads `bytes[start, end)`; each octet becomes one character. */
export function readHuffman(bytes: Buffer, start: number, end: number): string {
  tables ??= buildTables();
  const { steps, mayEnd } = tables;
  // The shortest code has five bits.
  const most = Math.ceil(((end - start) * 8) / 5);
  // A long string gets memory of its own, which is not kept.
  const text = most <= scratch.length ? scratch : Buffer.allocUnsafe(most);
  let length = 0;
  let node = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    let step = steps[node * 16 + (byte >>> 4)] as number;
    if (step >= completes) {
      if (step >= isEnd) throw new HpackError("the end-of-string symbol stands in a Huffman string");
      text[length++] = (step >>> 8) & 0xff;
    }
    node = step & 0xff;
    step = steps[node * 16 + (byte & 15)] as number;
    if (step >= completes) {
      if (step >= isEnd) throw new HpackError("the end-of-string symbol stands in a Huffman string");
      text[length++] = (step >>> 8) & 0xff;
    }
    node = step & 0xff;
  }
  if (mayEnd[node] !== 1) {
    throw new HpackError("a Huffman string does not end with at most seven bits of padding, all ones");
  }
  return text.toString("latin1", 0, length);
}
