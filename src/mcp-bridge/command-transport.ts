/**
 * A server of the Model Context Protocol as a child process, in a process group of its own: a signal from a terminal
 * goes to the program's group, and would end the server under the calls that a drain waits for.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { JSONRPCMessage, ReadBuffer, Transport } from "@modelcontextprotocol/client";
import type { ClientLibrary } from "./peer.js";

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
}

/** How long it may take to end after each of: its input is closed, SIGTERM, SIGKILL. In ms. */
const patienceMs = 2_000;

/** Those whose group may have processes. */
const groups = new Set<number>();

/** The group is there as long as one process of it is. */
function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Nobody is in it any more.
  }
}

/** Nobody is left to read of them. */
function endGroups(): void {
  for (const group of groups) signalGroup(group, "SIGKILL");
}

function remember(group: number): void {
  if (groups.size === 0) process.once("exit", endGroups);
  groups.add(group);
}

function forget(group: number): void {
  groups.delete(group);
  if (groups.size === 0) process.off("exit", endGroups);
}

/** Not for Windows, which has no process groups. */
export class CommandTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport["onmessage"];
  readonly #library: ClientLibrary;
  readonly #command: Command;
  readonly #stderr: (stream: Readable) => void;
  readonly #incoming: ReadBuffer;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #end: string | undefined;
  #closing: Promise<void> | undefined;

  /** `stderr` gets what it writes there. */
  constructor(library: ClientLibrary, command: Command, stderr: (stream: Readable) => void) {
    this.#library = library;
    this.#command = command;
    this.#stderr = stderr;
    this.#incoming = new library.ReadBuffer();
  }

  /** In words, how its process has ended; undefined while that runs. */
  get end(): string | undefined {
    return this.#end;
  }

  /** Rejects when there is no such program. */
  async start(): Promise<void> {
    const { command, args, env, cwd } = this.#command;
    const child = spawn(command, args, {
      env,
      stdio: "pipe",
      detached: true,
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.#child = child;
    this.#follow(child);
    try {
      await once(child, "spawn");
    } catch (error) {
      // There is no process to wait for.
      this.#child = undefined;
      throw error;
    }
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (!stdin?.writable) {
      const { SdkError, SdkErrorCode } = this.#library;
      throw new SdkError(SdkErrorCode.NotConnected, "Not connected");
    }
    if (stdin.write(this.#library.serializeMessage(message))) return;
    // What ends meanwhile is told by `onclose`.
    await Promise.race([once(stdin, "drain").catch(() => {}), this.#ended]);
  }

  /** Resolves when its process is gone, and whatever that has started in its group. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    child.stdin?.end();
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      if (await this.#isEndedInTime()) return;
      if (child.pid !== undefined) signalGroup(child.pid, signal);
    }
    await this.#isEndedInTime();
  }

  #follow(child: ChildProcess): void {
    const { pid } = child;
    if (pid !== undefined) remember(pid);
    const failed = (error: Error) => this.onerror?.(error);
    child.on("error", failed);
    child.stdin?.on("error", failed);
    child.stdout?.on("error", failed).on("data", (chunk: Buffer) => this.#read(chunk));
    if (child.stderr) this.#stderr(child.stderr);
    child.on("exit", (code, signal) => {
      this.#end = signal ? `its process was ended by ${signal}` : `its process ended with exit code ${code}`;
      // What it has started would hold its pipes, and serve nobody.
      if (pid !== undefined) signalGroup(pid, "SIGTERM");
    });
    this.#ended = new Promise<void>((resolve) => {
      child.on("close", () => {
        if (pid !== undefined) forget(pid);
        this.#child = undefined;
        this.#incoming.clear();
        this.onclose?.();
        resolve();
      });
    });
  }

  #read(chunk: Buffer): void {
    try {
      this.#incoming.append(chunk);
    } catch (error) {
      // Longer than any message may be.
      this.onerror?.(error as Error);
      void this.close();
      return;
    }
    for (;;)
      try {
        const message = this.#incoming.readMessage();
        if (message === null) return;
        this.onmessage?.(message);
      } catch (error) {
        // A line that is no message: the next may be one.
        this.onerror?.(error as Error);
      }
  }

  async #isEndedInTime(): Promise<boolean> {
    const late = new AbortController();
    const limit = wait(patienceMs, false, { ref: false, signal: late.signal }).catch(() => false);
    try {
      return await Promise.race([this.#ended.then(() => true), limit]);
    } finally {
      late.abort();
    }
  }
}
