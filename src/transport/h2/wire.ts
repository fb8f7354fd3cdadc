/** What an HTTP/2 connection runs on: a socket (`dial.ts`), or whatever takes bytes and brings some. */
export interface Wire {
  /**
   * Takes bytes, in order. Calls `taken` once, when the system has them or never will: they are written anew from
   * then on.
   */
  write(bytes: Buffer, taken: () => void): void;
  /** Ends it, after what was written if that can go at once. What it still brings may come, and is not looked at. */
  destroy(): void;
}
