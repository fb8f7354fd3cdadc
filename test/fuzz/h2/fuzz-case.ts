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
  /** Those of the product, or `small-limits.ts`. */
  readonly limits: "real" | "small";
  /** `raw`: what a call carries is kept as it is; `grpc`: it is read as gRPC. */
  readonly owners: "raw" | "grpc";
  /** In order. */
  readonly actions: readonly Action[];
  /** What the peer sends. */
  readonly bytes: Buffer;
  /** Ends of the pieces in which it comes, in order, besides those where the user does something. */
  readonly cuts: readonly number[];
  /** Runs again without cuts, and must be alike. */
  readonly isRunTwice: boolean;
}

/** A case as text, which a file keeps. */
export const written = ({ bytes, ...others }: FuzzCase): string =>
  `${JSON.stringify({ ...others, bytes: bytes.toString("hex") })}\n`;

export function read(text: string): FuzzCase {
  const { bytes, ...others } = JSON.parse(text);
  return { ...others, bytes: Buffer.from(bytes, "hex") };
}
