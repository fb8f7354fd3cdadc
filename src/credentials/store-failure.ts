/** The words for a store that fails: what it was doing, where, and what a person can do about it. */

import { codeOf } from "../errors.js";
import { CredentialError } from "./credentials.js";

/** What helps, by the code of the file system. */
const remedies: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full: make room.",
  EDQUOT: "The disk quota is used up: make room.",
  EFBIG: "The file size limit of this process is too low: raise it.",
  EACCES: "Let the user of this process read and write there.",
  EPERM: "Let the user of this process read and write there.",
  EROFS: "The file system is read-only: set credentials.directory to a place that can be written.",
  ENOTDIR: "A part of the path is a file: remove it, or set credentials.directory to another place.",
  LINK_TO_NOTHING: "There is a link to nothing where a file is expected: take it away.",
  OTHER_GATEWAY: "It has one place for each registration, and there is what another gateway issued.",
  NOT_A_FILE: "There is a pipe or a device where a file is expected: take it away.",
  FILE_TOO_LARGE: "The file is no key and no credentials: take it away.",
  ELOOP: "There is a link to itself where a file is expected: take it away.",
  EISDIR: "There is a folder where a file is expected: move it away.",
};

/** The error's own code, such as ENOSPC, else STORE_FAILED. */
export function storeCode(error: unknown): string {
  return codeOf(error, "STORE_FAILED");
}

/** The path that the error names; null: none. */
export function storePath(error: unknown): string | null {
  return error instanceof Error && "path" in error && typeof error.path === "string" ? error.path : null;
}

/** A store's error as a credential failure: its code, its path when it names one, and the remedy. */
export function storeFailure(error: unknown, doing: string): CredentialError {
  if (error instanceof CredentialError) return error;
  const code = storeCode(error);
  const path = storePath(error);
  const remedy = Object.hasOwn(remedies, code) ? ` ${remedies[code]}` : "";
  const detail = `The credential store failed at ${doing}${path === null ? "" : ` (${path})`}.${remedy}`;
  return new CredentialError({ cause: "credentials-unavailable", code, detail });
}
