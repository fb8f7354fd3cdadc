/** `mooring run FILE --watch`: loads the module anew after a change, and hands its registrations the new code. */
import { textOf } from "../../errors.js";
import type { Registration, RegistrationOptions, Runtime } from "../../index.js";
import { loadAnew } from "../../workers/fresh-modules.js";
import type { ExportedRegistration } from "../../workers/load-module.js";
import type { RunStory } from "../run-story.js";
import { Folders } from "./folders.js";
import { isSamePicture, type Picture, pictureOf } from "./imported-files.js";
import { Reloadable } from "./reloadable.js";
import { Settling, type Timers } from "./settling.js";

/** A save of several files, or of one in several steps, is one change. */
const quietMs = 150;

export interface ReloadOptions {
  readonly path: string;
  readonly load: () => Promise<readonly ExportedRegistration[]>;
  readonly story: Pick<RunStory, "say" | "warn">;
  /** How long running requests may take before their registration is replaced, in ms. */
  readonly drainDeadline: number;
  readonly timers?: Timers;
}

interface Hosted {
  readonly options: ExportedRegistration;
  readonly reloadable: Reloadable;
  readonly handle: Registration;
}

const anew = " (events and subscriptions in its memory begin anew)";

/** Who it is. */
const identityOf = ({ tenantId, connector, instanceId }: ExportedRegistration): string =>
  JSON.stringify([tenantId, connector.connectorType, instanceId]);

/** All but the code; a registry of metrics counts as the object that it is. */
function isSameBesideCode(one: ExportedRegistration, other: ExportedRegistration): boolean {
  const plain = ({ connector: _, metrics: __, ...options }: RegistrationOptions) =>
    JSON.stringify(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)));
  return plain(one) === plain(other) && one.metrics === other.metrics;
}

function byIdentity(loaded: readonly ExportedRegistration[]): ReadonlyMap<string, ExportedRegistration> {
  const found = new Map(loaded.map((one) => [identityOf(one), one]));
  if (found.size === loaded.length) return found;
  const twice = loaded.find((one) => found.get(identityOf(one)) !== one);
  throw new Error(
    `two connectors have the type "${twice?.connector.connectorType}" and the same tenant and instance: give one another instanceId.`,
  );
}

export class Reloads {
  readonly #options: ReloadOptions;
  readonly #hosted = new Map<string, Hosted>();
  readonly #folders: Folders;
  readonly #settling: Settling;
  #runtime: Runtime | undefined;
  /** Of the files when they were last loaded, well or not. */
  #picture: Picture = new Map();

  constructor(options: ReloadOptions) {
    this.#options = options;
    const { timers, story } = options;
    this.#settling = new Settling({
      quietMs,
      act: () => this.#look(),
      ...(timers ? { timers } : {}),
    });
    this.#folders = new Folders(
      () => this.#settling.changed(),
      (words) => story.say(words),
    );
  }

  /** Before the module is loaded for the first time: a change on the way is seen. */
  async begin(): Promise<void> {
    this.#picture = await pictureOf(this.#options.path);
    this.#folders.watch(this.#picture.keys());
  }

  host(runtime: Runtime, registrations: readonly ExportedRegistration[]): void {
    this.#runtime = runtime;
    for (const one of registrations) this.#add(runtime, one);
  }

  close(): void {
    this.#settling.close();
    this.#folders.close();
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const picture = await pictureOf(this.#options.path);
    this.#folders.watch(picture.keys());
    const runtime = this.#runtime;
    if (isSamePicture(picture, this.#picture) || runtime?.status().phase !== "running") return;
    this.#picture = picture;
    try {
      loadAnew();
      await this.#take(runtime, byIdentity(await this.#options.load()));
    } catch (error) {
      this.#options.story.warn(`not reloaded: ${textOf(error)} The code from before goes on.`);
    }
  }

  async #take(runtime: Runtime, loaded: ReadonlyMap<string, ExportedRegistration>): Promise<void> {
    const replaced: string[] = [];
    for (const [identity, next] of loaded) {
      const hosted = this.#hosted.get(identity);
      if (!hosted) {
        this.#add(runtime, next);
        replaced.push(`${this.#hosted.get(identity)?.handle.key} added`);
        continue;
      }
      const { reloadable, options, handle } = hosted;
      const isOther = options.connector !== next.connector;
      replaced.push(handle.key + (isOther && reloadable.keepsEvents ? anew : ""));
      if (reloadable.fits(next.connector) && isSameBesideCode(options, next)) {
        this.#hosted.set(identity, { ...hosted, options: next });
        this.#replace(reloadable, next);
      } else await this.#addAgain(runtime, identity, hosted, next);
    }
    const gone = [...this.#hosted].filter(([identity]) => !loaded.has(identity));
    for (const [identity, { handle }] of gone) {
      replaced.push(`${handle.key} removed`);
      await this.#remove(identity);
    }
    this.#options.story.say(`reloaded: ${replaced.join(", ")}`);
  }

  #add(runtime: Runtime, options: ExportedRegistration): void {
    const reloadable = new Reloadable(options.connector);
    const handle = runtime.add({ ...options, connector: reloadable.connector });
    this.#hosted.set(identityOf(options), { options, reloadable, handle });
  }

  /** The old code ends its requests meanwhile; nobody waits for it. */
  #replace(reloadable: Reloadable, { connector }: ExportedRegistration): void {
    reloadable.replace(connector).catch((error: unknown) => {
      this.#options.story.say(`what the code from before held cannot be closed: ${textOf(error)}`);
    });
  }

  /** What was said of the registration has changed, which counts from its next stream on. */
  async #addAgain(
    runtime: Runtime,
    identity: string,
    { options, reloadable, handle }: Hosted,
    next: ExportedRegistration,
  ): Promise<void> {
    await this.#inTime(reloadable.hold());
    await handle.remove();
    this.#hosted.delete(identity);
    try {
      this.#add(runtime, next);
      await reloadable.end();
    } catch (error) {
      this.#add(runtime, options);
      throw error;
    }
  }

  async #remove(identity: string): Promise<void> {
    const hosted = this.#hosted.get(identity);
    if (!hosted) return;
    await this.#inTime(hosted.reloadable.answered());
    await hosted.handle.remove();
    this.#hosted.delete(identity);
    await hosted.reloadable.end();
  }

  async #inTime(done: Promise<void>): Promise<void> {
    let late = () => {};
    const timer = setTimeout(() => late(), this.#options.drainDeadline);
    await Promise.race([
      done,
      new Promise<void>((resolve) => {
        late = resolve;
      }),
    ]);
    clearTimeout(timer);
  }
}
