/**
 * The fields that a peer put into the table of its connection (RFC 7541, sections 2.3.2 and 4). The newest comes
 * first; the oldest leave when there is no room.
 */
import { fieldBytes, type HeaderField } from "./header-field.js";

export class DynamicTable {
  /** The newest stands last. Places before `#oldest` have been left. */
  #fields: HeaderField[] = [];
  #oldest = 0;
  #bytes = 0;
  #capacity: number;

  /** `capacity`: how many bytes its fields may count together; 32 for each beside its octets. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** What its fields count now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many fields it has. */
  get length(): number {
    return this.#fields.length - this.#oldest;
  }

  /** The field that `age` newer ones stand before; undefined beyond the oldest. */
  at(age: number): HeaderField | undefined {
    return age < this.length ? this.#fields[this.#fields.length - 1 - age] : undefined;
  }

  /** A field larger than the table leaves it empty, which is no fault (section 4.4). */
  add(field: HeaderField): void {
    const bytes = fieldBytes(field.name, field.value);
    this.#shrinkTo(Math.max(0, this.#capacity - bytes));
    if (bytes > this.#capacity) return;
    this.#fields.push(field);
    this.#bytes += bytes;
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#shrinkTo(capacity);
  }

  #shrinkTo(bytes: number): void {
    while (this.#bytes > bytes) {
      const { name, value } = this.#fields[this.#oldest] as HeaderField;
      this.#bytes -= fieldBytes(name, value);
      this.#oldest += 1;
    }
    // Each field is moved once for each that left: adding stays cheap however full the table is.
    if (this.#oldest * 2 >= this.#fields.length) {
      this.#fields = this.#fields.slice(this.#oldest);
      this.#oldest = 0;
    }
  }
}
