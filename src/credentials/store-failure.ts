/** The words for a store that fails: what it was doing, where, and what a person can do about it. */

import { codeOf } from "../errors.js";
import { CredentialError } from "./credentials.js";
import { storeRemedyFor } from "./store-remedies.js";

/** The error's own code, such as ENOSPC, else STORE_FAILED. */
export function storeCode(error: unknown): string {
  return codeOf(error, "STORE_FAILED");
}

/** The path that the error names; null: none. */
export function storePath(error: unknown): string | null {
  return error instanceof Error && "path" in error && typeof error.path === "string" ? error.path : null;
}

/** A store's error as a credential failure. The remedy comes first: where there is little room, the end is cut off. */
export function storeFailure(error: unknown, doing: string): CredentialError {
  if (error instanceof CredentialError) return error;
  const code = storeCode(error);
  const path = storePath(error);
  const remedy = storeRemedyFor(code);
  const where = `The credential store failed at ${doing}${path === null ? "" : ` (${path})`}.`;
  const detail = remedy === undefined ? where : `${remedy} ${where}`;
  return new CredentialError({ cause: "credentials-unavailable", code, detail });
}
