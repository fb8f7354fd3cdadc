/** Asks a running runtime over its control socket. */
import { MooringError } from "../errors.js";
import type { JournalEntry } from "../runtime/journal.js";
import type { RuntimeStatus } from "../runtime/status.js";
import type { RuntimeDoor } from "./doors.js";
import type { Explained, Snapshot, Source } from "./source.js";

const withKey = (path: string, key: string): string => `${path}?key=${encodeURIComponent(key)}`;

export class RuntimeSource implements Source {
  readonly #door: RuntimeDoor;

  constructor(door: RuntimeDoor) {
    this.#door = door;
  }

  async snapshot(): Promise<Snapshot> {
    const { registrations, phase, gateway, channels } = (await this.#ask("/status")) as RuntimeStatus;
    const connections = channels.map(
      ({ id, state, streams, capacity, unreadable }) =>
        `${id}: ${state}, ${streams} of ${capacity} streams${unreadable > 0 ? `, ${unreadable} unreadable messages dropped` : ""}`,
    );
    return { source: "a running runtime", at: Date.now(), phase, gateway, registrations, connections };
  }

  async explain(key: string): Promise<Explained> {
    return (await this.#ask(withKey("/explain", key))) as Explained;
  }

  async journal(key: string): Promise<readonly JournalEntry[]> {
    return (await this.#ask(withKey("/journal", key))) as readonly JournalEntry[];
  }

  async #ask(path: string): Promise<unknown> {
    const { status, body } = await this.#door.ask(path);
    if (status === 200) return body;
    const { error } = body as { readonly error?: string };
    throw new MooringError("NOT_RUNNING", error ?? `The runtime answered ${status}.`);
  }
}
