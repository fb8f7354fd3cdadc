/**
 * What a gateway keeps over its restart: who was approved or rejected, the clients of its token server, its keys, and
 * what it issued. One write at a time; a write that begins covers all that was changed before.
 */
import type { JWK } from "jose";
import { isObject } from "../is-object.js";
import type { SavedClient } from "./clients.js";
import type { SavedObject } from "./issued-objects.js";
import type { SavedToken } from "./one-time-tokens.js";
import type { SavedRegistration } from "./registry.js";
import type { SavedSessionTokens } from "./session-tokens.js";
import { StateFile } from "./state-file.js";

export interface KeptState {
  /** Stands for the administrators' token under which people signed in. */
  readonly administrators: string;
  readonly signingKey: JWK | undefined;
  readonly sessionTokens: SavedSessionTokens;
  readonly registrations: readonly SavedRegistration[];
  readonly clients: readonly SavedClient[];
  readonly oneTimeTokens: readonly SavedToken[];
  readonly issued: readonly SavedObject[];
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const isTextOrNone = (value: unknown) => value === undefined || isText(value);
const isFlag = (value: unknown) => typeof value === "boolean";
const isTime = (value: unknown) => typeof value === "number" && Number.isFinite(value);
const isTimeOrNone = (value: unknown) => value === undefined || isTime(value);
const isRevocations = (value: unknown) =>
  Array.isArray(value) &&
  value.every((one) => Array.isArray(one) && isText(one[0]) && typeof one[1] === "number");
const isStanding = (value: unknown) => value === "approved" || value === "rejected";
const isOrigin = (value: unknown) => value === "one-time-token" || value === "mounted-key";
const isOwner = (value: unknown) =>
  isObject(value) && isText(value.tenantId) && isText(value.connectorType) && isTextOrNone(value.instanceId);

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

/** What each item of a list must look like. Members that are not named here are left alone. */
const shapes: Readonly<Record<"registrations" | "clients" | "oneTimeTokens" | "issued", Shape>> = {
  registrations: { tenantId: isText, connectorType: isText, instanceId: isText, state: isStanding },
  clients: {
    registrationKey: isText,
    clientId: isText,
    kid: isTextOrNone,
    publicKey: isObject,
    origin: isOrigin,
    revoked: isFlag,
  },
  oneTimeTokens: { token: isText, owner: isOwner, expiresAt: isTime, used: isFlag },
  issued: { model: isText, id: isText, payload: isObject, expiresAt: isTimeOrNone },
};

function fits(value: unknown, shape: Shape): boolean {
  return isObject(value) && Object.entries(shape).every(([name, is]) => is(value[name]));
}

function checked(file: StateFile, members: Readonly<Record<string, unknown>>): KeptState {
  const { signingKey, sessionTokens } = members;
  if (signingKey !== undefined && !isObject(signingKey)) throw file.damaged('is damaged at "signingKey"');
  if (!isObject(sessionTokens) || !isText(sessionTokens.secret) || !isRevocations(sessionTokens.revokedAt))
    throw file.damaged('is damaged at "sessionTokens"');
  if (!isText(members.administrators)) throw file.damaged('is damaged at "administrators"');
  for (const [name, shape] of Object.entries(shapes)) {
    const list = members[name];
    if (!Array.isArray(list)) throw file.damaged(`is damaged at "${name}"`);
    const wrong = list.findIndex((item) => !fits(item, shape));
    if (wrong >= 0) throw file.damaged(`is damaged at "${name}[${wrong}]"`);
  }
  return members as unknown as KeptState; // every member was looked at above
}

export class StateKeeper {
  readonly #file: StateFile;
  /** Undefined when the folder has none yet. */
  readonly #found: KeptState | undefined;
  #snapshot: () => KeptState = () => {
    throw new Error("Nothing to keep yet.");
  };
  #written = "";
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  private constructor(file: StateFile, found: KeptState | undefined) {
    this.#file = file;
    this.#found = found;
  }

  /** Rejects with INVALID_CONFIG for a file that is damaged or somebody else's. */
  static async open(folder: string): Promise<StateKeeper> {
    const file = new StateFile(folder);
    const members = await file.read();
    return new StateKeeper(file, members && checked(file, members));
  }

  /** Restores what was found by `restore`, and keeps what `snapshot` says from now on. */
  async begin(restore: (found: KeptState) => Promise<void>, snapshot: () => KeptState): Promise<void> {
    this.#snapshot = snapshot;
    if (!this.#found) return;
    try {
      await restore(this.#found);
    } catch {
      throw this.#file.damaged("is damaged: a key in it cannot be read");
    }
  }

  /** Resolves when everything until now is on the disk. Rejects with IO_ERROR. */
  save(): Promise<void> {
    this.#next ??= this.#writing
      .catch(() => {}) // told to those who waited for it
      .then(() => {
        this.#next = undefined;
        this.#writing = this.#write();
        return this.#writing;
      });
    return this.#next;
  }

  async #write(): Promise<void> {
    const text = JSON.stringify(this.#snapshot());
    if (text === this.#written) return;
    if (this.#written === "") await this.#file.tidy();
    await this.#file.write(text);
    this.#written = text;
  }
}
