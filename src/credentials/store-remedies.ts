/** What a person can do about a store of credentials that fails, by the code of the file system. */

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full: make room.",
  EDQUOT: "The disk quota is used up: make room.",
  EFBIG: "The file size limit of this process is too low: raise it.",
  EACCES: "Permission denied: let the user of this process read and write there.",
  EPERM: "Permission denied: let the user of this process read and write there.",
  EROFS: "The file system is read-only: set credentials.directory to a place that can be written.",
  ENOTDIR: "A part of the path is a file: remove it, or set credentials.directory to another place.",
  LINK_TO_NOTHING: "There is a link to nothing where a file is expected: take it away.",
  OTHER_GATEWAY: "The store has one place for each registration, and there is what another gateway issued.",
  NOT_A_FILE: "There is a pipe or a device where a file is expected: take it away.",
  FILE_TOO_LARGE: "The file is no key and no credentials: take it away.",
  ELOOP: "There is a link to itself where a file is expected: take it away.",
  EISDIR: "There is a folder where a file is expected: move it away.",
};

/** Undefined: the code has no remedy of its own. */
export const storeRemedyFor = (code: string): string | undefined =>
  Object.hasOwn(remedies, code) ? remedies[code] : undefined;
