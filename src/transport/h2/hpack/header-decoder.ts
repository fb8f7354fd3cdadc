/** Makes header lists of a peer's header blocks (RFC 7541). One for each connection. */
import { BlockReader } from "./block-reader.js";
import { DynamicTable } from "./dynamic-table.js";
import { HpackError } from "./error.js";
import { fieldBytes, type HeaderField } from "./header-field.js";
import { staticFields } from "./static-table.js";

/** The size of a dynamic table that nobody has spoken of (RFC 9113, section 6.5.2). */
const unspokenTableBytes = 4096;

export interface HeaderDecoderOptions {
  /** SETTINGS_HEADER_TABLE_SIZE as announced to the peer, in bytes. 0 by default: no dynamic table. */
  readonly tableBytes?: number;
  /**
   * SETTINGS_MAX_HEADER_LIST_SIZE as announced: names, values and 32 bytes for each field (RFC 9113, section
   * 6.5.2). 16 KiB by default.
   */
  readonly maxListBytes?: number;
}

export class HeaderDecoder {
  readonly #maxTableBytes: number;
  readonly #maxListBytes: number;
  readonly #table: DynamicTable;
  readonly #block = new BlockReader();

  constructor({ tableBytes = 0, maxListBytes = 16 * 1024 }: HeaderDecoderOptions = {}) {
    this.#maxTableBytes = tableBytes;
    this.#maxListBytes = maxListBytes;
    // A peer that was offered more says so when it uses more; one that was offered less has read that before its
    // first block, because a client's settings come before everything else.
    this.#table = new DynamicTable(Math.min(tableBytes, unspokenTableBytes));
  }

  /** What the fields of the dynamic table count now: never more than `tableBytes`. */
  get tableBytes(): number {
    return this.#table.bytes;
  }

  /**
   * Reads the block `bytes[start, end)`, which must be whole. `"too-large"` is a list beyond `maxListBytes`: it was
   * read to its end and not kept, so the connection may go on. Throws {@link HpackError}; the connection may not
   * go on then.
   */
  decode(bytes: Buffer, start: number, end: number): HeaderField[] | "too-large" {
    const block = this.#block;
    block.begin(bytes, start, end);
    try {
      this.#resize();
      const fields: HeaderField[] = [];
      let listBytes = 0;
      while (!block.isAtEnd) {
        const field = this.#field();
        listBytes += fieldBytes(field.name, field.value);
        if (listBytes <= this.#maxListBytes) fields.push(field);
      }
      return listBytes <= this.#maxListBytes ? fields : "too-large";
    } finally {
      block.finish();
    }
  }

  /** New sizes of the table, which stand before all fields (section 4.2). */
  #resize(): void {
    const block = this.#block;
    while (!block.isAtEnd && block.peek >>> 5 === 0b001) {
      const bytes = block.integer(5);
      if (bytes > this.#maxTableBytes) {
        throw new HpackError(`a table of ${bytes} bytes, where ${this.#maxTableBytes} were announced`);
      }
      this.#table.resize(bytes);
    }
  }

  /** One field (section 6): the first bits tell how it is written. */
  #field(): HeaderField {
    const block = this.#block;
    const first = block.peek;
    if (first >= 0b1000_0000) return this.#indexed(block.integer(7));
    if (first >= 0b0100_0000) {
      const field = this.#literal(6);
      this.#table.add(field);
      return field;
    }
    if (first >= 0b0010_0000) throw new HpackError("a new table size stands after a field");
    // Never to be indexed, or not this time: to whom passes nothing on, it is the same.
    return this.#literal(4);
  }

  #literal(prefixBits: number): HeaderField {
    const index = this.#block.integer(prefixBits);
    const name = index === 0 ? this.#block.string() : this.#indexed(index).name;
    return { name, value: this.#block.string() };
  }

  #indexed(index: number): HeaderField {
    if (index === 0) throw new HpackError("index 0 stands for no field");
    const field =
      index <= staticFields.length
        ? staticFields[index - 1]
        : this.#table.at(index - staticFields.length - 1);
    if (field === undefined) {
      throw new HpackError(
        `index ${index} is beyond the tables, which have ${staticFields.length + this.#table.length} fields`,
      );
    }
    return field;
  }
}
