// Who is connected and registered, who waits for that, and the storms.
import { clock } from "../clock.mjs";

export class Board {
  /** The load that answers go to; undefined between measurements. */
  load;
  /** The same for relayed WebSockets. */
  relay;
  #streams = new Set();
  #sessions = new Set();
  #registered = 0;
  #accepted = 0;
  #mostOpen = 0;
  #waiting = [];

  get registered() {
    return [...this.#streams].filter((stream) => stream.registered);
  }

  connected(session) {
    this.#sessions.add(session);
    this.#accepted += 1;
    this.#mostOpen = Math.max(this.#mostOpen, this.#sessions.size);
    session.on("close", () => this.#sessions.delete(session));
  }

  opened(stream) {
    this.#streams.add(stream);
  }

  arrived(stream) {
    if (!stream.registered) this.#registered += 1;
    stream.registered = true;
    this.#tell();
  }

  left(stream) {
    this.#streams.delete(stream);
    this.#forget(stream);
  }

  /** Resolves when so many are registered, with when that was and how many connections it took. */
  until(count) {
    return new Promise((tell) => {
      this.#waiting.push({ count, tell });
      this.#tell();
    });
  }

  /** Ends every stream, or every connection, and waits until as many are registered again. */
  async storm(what) {
    const count = this.#registered;
    this.#accepted = 0;
    this.#mostOpen = 0;
    const begun = clock();
    const streams = [...this.#streams];
    for (const stream of streams) this.#forget(stream);
    if (what === "connections") for (const session of [...this.#sessions]) session.destroy();
    else for (const stream of streams) stream.end();
    const { at, accepted, mostOpen } = await this.until(count);
    return { ms: at - begun, accepted, mostOpen: Math.max(mostOpen, this.#sessions.size) };
  }

  #tell() {
    const now = this.#waiting.filter(({ count }) => this.#registered >= count);
    if (now.length === 0) return;
    this.#waiting = this.#waiting.filter((one) => !now.includes(one));
    const found = { at: clock(), accepted: this.#accepted, mostOpen: this.#mostOpen };
    for (const { tell } of now) tell(found);
  }

  #forget(stream) {
    if (stream.registered) this.#registered -= 1;
    stream.registered = false;
  }
}
