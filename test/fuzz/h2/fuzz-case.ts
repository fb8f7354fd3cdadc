/**
 * A case: one connection, from its first byte. The bytes that its peer sends, what its user does meanwhile, and where
 * the bytes are cut.
 */

/** What a user does, on the call with this place among those that were opened. */
export type Doing =
  | { readonly what: "open" | "hold the wire" | "let the wire go" | "ping" }
  | { readonly what: "end" | "reset" | "stop reading" | "read on"; readonly call: number }
  | { readonly what: "send"; readonly call: number; readonly bytes: number };

export interface Action {
  /** After so many bytes. */
  readonly at: number;
  readonly doing: Doing;
}

export interface FuzzCase {
  /** `raw`: what a call carries is kept as it is; `grpc`: it is read as gRPC. */
  readonly owners: "raw" | "grpc";
  /** In order. */
  readonly actions: readonly Action[];
  /** What the peer sends. */
  readonly bytes: Buffer;
  /** Ends of the pieces in which it comes the second time, in order; the first time it comes in one between actions. */
  readonly cuts: readonly number[];
}

/** A case as text, which a file keeps. */
export const written = ({ owners, actions, bytes, cuts }: FuzzCase): string =>
  `${JSON.stringify({ owners, actions, cuts, bytes: bytes.toString("hex") })}\n`;

export function read(text: string): FuzzCase {
  const { owners, actions, cuts, bytes } = JSON.parse(text);
  return { owners, actions, cuts, bytes: Buffer.from(bytes, "hex") };
}
