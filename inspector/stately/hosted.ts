/**
 * Stately's hosted inspector, in a window of this browser. The protocol is that of `@statelyai/inspect`: the window that
 * was opened says that it is there, and is sent messages from then on. Only that window is listened to, only its own
 * address is spoken to, and nothing is opened or sent before somebody asks for it.
 */
import { signal } from "@preact/signals";
import { messagesOf, type ShownActor, type ShownStep, startOf } from "./messages.js";

export type HostedState =
  | "closed"
  /** Opened, and it has not said yet that it is there. */
  | "opening"
  | "connected"
  /** The browser did not open it. */
  | "blocked"
  /** It is gone, and never answered. */
  | "unanswered";

interface Machines {
  readonly [machine: string]: { readonly definition: unknown };
}

/** How often is looked whether the window is still there. */
const lookAtWindowMs = 1_000;

/** The one address that this page can send a browser to; index.html names it. */
export const hostedAddress = (): string =>
  document.querySelector<HTMLMetaElement>('meta[name="stately-inspector"]')?.content ?? location.origin;

/** The address' own origin, or one below its name: a page may send visitors on to one. */
function isOf(address: string, origin: string): boolean {
  const [wanted, said] = [new URL(address), new URL(origin)];
  if (said.origin === wanted.origin) return true;
  return said.protocol === wanted.protocol && said.hostname.endsWith(`.${wanted.hostname}`);
}

const isNamed = (data: unknown, type: string): boolean =>
  typeof data === "object" && data !== null && "type" in data && data.type === type;

export class HostedInspector {
  readonly state = signal<HostedState>("closed");
  /** Whom to tell of at the beginning. */
  readonly #present: () => readonly ShownActor[];
  #window: Window | null = null;
  #origin = "";
  #looking: ReturnType<typeof setInterval> | undefined;
  #definitions: Promise<Machines> | undefined;
  #machines: Machines = {};
  readonly #told = new Set<string>();

  constructor(present: () => readonly ShownActor[]) {
    this.#present = present;
    addEventListener("message", (message) => void this.#answered(message));
    addEventListener("pagehide", () => this.#say({ type: "@statelyai.disconnected" }));
  }

  /** Within a click, or the browser blocks it. */
  open(): void {
    this.#told.clear();
    this.#window = window.open(hostedAddress(), "mooring-stately");
    this.state.value = this.#window ? "opening" : "blocked";
    this.#definitions ??= fetch("machines.json").then((answer) => answer.json());
    clearInterval(this.#looking);
    this.#looking = setInterval(() => this.#look(), lookAtWindowMs);
  }

  /** Once for each; its parent comes first. */
  tell(actor: ShownActor): void {
    if (this.state.value !== "connected" || this.#told.has(actor.id)) return;
    this.#told.add(actor.id);
    const definition = actor.machine === undefined ? undefined : this.#machines[actor.machine]?.definition;
    this.#say(startOf(actor, definition === undefined ? undefined : JSON.stringify(definition), Date.now()));
  }

  /** A step that led to where the actor stands. */
  step(actor: ShownActor, step: ShownStep): void {
    if (this.#told.has(actor.id)) for (const message of messagesOf(actor, step)) this.#say(message);
    else this.tell(actor);
  }

  /** It says so each time that its page is loaded, and knows nothing then. */
  async #answered({ source, origin, data }: MessageEvent): Promise<void> {
    const opened = this.#window;
    if (!opened || source !== opened || !isNamed(data, "@statelyai.connected")) return;
    if (!isOf(hostedAddress(), origin)) return;
    const machines = await this.#definitions?.catch(() => undefined);
    if (opened !== this.#window) return;
    this.#machines = machines ?? {};
    this.#origin = origin;
    this.#told.clear();
    this.state.value = "connected";
    for (const actor of this.#present()) this.tell(actor);
  }

  #say(message: object): void {
    if (this.state.value === "connected") this.#window?.postMessage(message, this.#origin);
  }

  #look(): void {
    if (this.#window && !this.#window.closed) return;
    clearInterval(this.#looking);
    this.#window = null;
    this.#told.clear();
    if (this.state.value === "opening") this.state.value = "unanswered";
    else if (this.state.value === "connected") this.state.value = "closed";
  }
}
