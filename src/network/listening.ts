/** Starts a server, or says in one sentence why it cannot listen and what to do. */
import type { Server } from "node:net";
import { codeOf, invalidConfig, MooringError } from "../errors.js";
import { nodeWorkerThreads } from "../late-modules.js";
import { number, shown } from "../options/kinds.js";
import { highestPort } from "../protocol/defaults.js";

/** Where to listen, and the setting that said so, as people know it: `port (--port)`. */
export type ListenAddress = { readonly setting: string } & (
  | { readonly host: string; readonly port: number }
  | { readonly path: string }
);

interface Refusal {
  readonly why: string;
  readonly fix: string;
}

const unknown: Refusal = { why: "the system refuses", fix: "Look up the code." };

function portRefusal(code: string, setting: string): Refusal {
  const otherHost = "Set host (--host) to an address of this machine, such as 127.0.0.1.";
  const refusals: Readonly<Record<string, Refusal>> = {
    EADDRINUSE: {
      why: "something else listens there",
      fix: `End it, or set ${setting} to another; 0 picks a free one.`,
    },
    EACCES: {
      why: "this user may not listen there",
      fix: `Set ${setting} to one from 1024 on; 0 picks a free one.`,
    },
    EADDRNOTAVAIL: { why: "the address is not one of this machine's", fix: otherHost },
    ENOTFOUND: { why: "no such host is known", fix: otherHost },
    EAI_AGAIN: { why: "the name server does not answer", fix: otherHost },
  };
  return refusals[code] ?? unknown;
}

function pathRefusal(code: string, setting: string): Refusal {
  const elsewhere = `Set ${setting} to another.`;
  const refusals: Readonly<Record<string, Refusal>> = {
    EADDRINUSE: { why: "something else listens there", fix: `End it, or set ${setting} to another.` },
    EEXIST: { why: "there is a file that is no socket", fix: elsewhere },
    EACCES: { why: "this user may not make a socket there", fix: elsewhere },
    EPERM: { why: "this user may not make a socket there", fix: elsewhere },
    EROFS: { why: "the disk is read-only", fix: elsewhere },
    ENOENT: { why: "its folder does not exist", fix: `Make it, or set ${setting} to another.` },
    ENOTDIR: { why: "a part of the path is no folder", fix: elsewhere },
    EINVAL: { why: "the path is too long for a socket", fix: `Set ${setting} to a shorter one.` },
    ENAMETOOLONG: { why: "the path is too long for a socket", fix: `Set ${setting} to a shorter one.` },
  };
  return refusals[code] ?? unknown;
}

function addressOf(address: ListenAddress): string {
  if ("path" in address) return address.path;
  return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

/** What kept a server from listening, by Node's code of the error. */
export function cannotListen(address: ListenAddress, cause: unknown): MooringError {
  const code = codeOf(cause);
  const { why, fix } =
    "path" in address ? pathRefusal(code, address.setting) : portRefusal(code, address.setting);
  return new MooringError("IO_ERROR", `Cannot listen at ${addressOf(address)}: ${why} (${code}). ${fix}`, {
    cause,
  });
}

/** Node would throw a RangeError that names no setting. */
function refuseNoPort({ port, setting }: Extract<ListenAddress, { port: number }>): void {
  if (Number.isInteger(port) && port >= 0 && port <= highestPort) return;
  throw invalidConfig(
    `${setting} must be a whole number from 0 to ${highestPort}; got ${shown(port, number)}.`,
  );
}

/**
 * Resolves when the server listens. Rejects with IO_ERROR that names the address and the fix, and with INVALID_CONFIG
 * for a port that is none.
 */
export async function startListening(server: Server, address: ListenAddress): Promise<void> {
  if ("port" in address) refuseNoPort(address);
  await new Promise<void>((resolve, reject) => {
    // Stays: later errors are those of single connections that could not be accepted, and must not end the process.
    server.on("error", (error) => reject(cannotListen(address, error)));
    server.once("listening", resolve);
    if ("path" in address) listenPrivately(server, address.path);
    else server.listen({ host: address.host, port: address.port });
  });
}

/**
 * A socket in the file system has the rights that the process gives to new files, and is there before they can be
 * taken away again. The call makes it at once, so that nothing else is made meanwhile.
 */
function listenPrivately(server: Server, path: string): void {
  // Threads share the mask and may not change it.
  if (!nodeWorkerThreads().isMainThread) return void server.listen({ path });
  const before = process.umask(0o077);
  try {
    server.listen({ path });
  } finally {
    process.umask(before);
  }
}
