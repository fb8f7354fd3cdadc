/** Whether two systems of actors have told the same, in the same order, down to the order of keys. Actors are compared by their place. */
import { Actor, type AnyActor, StateMachine, StateNode } from "xstate";

const sessionIds = /x:\d+/g;

const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function";

/** Which thing of the one system is which of the other. Fails with the path to the first difference. */
export class Counterparts {
  readonly #of = new WeakMap<object, object>();
  readonly #actors = new Map<object, object>();
  readonly #ids = new Map<string, string>();

  /** Undefined: they are the same; else where they differ. */
  difference(a: unknown, b: unknown, path = "it"): string | undefined {
    if (Object.is(a, b)) return undefined;
    if (typeof a === "string" && typeof b === "string") return this.#texts(a, b, path);
    if (!isObject(a) || !isObject(b)) return differ(path, a, b);
    if (this.#of.get(a) === b) return undefined;
    const found = this.#things(a, b, path);
    if (found === undefined) this.#of.set(a, b);
    return found;
  }

  /** Ids that XState gives by counting differ. */
  #texts(a: string, b: string, path: string): string | undefined {
    if (!a.includes("x:") || !b.includes("x:")) return a === b ? undefined : differ(path, a, b);
    const ofA: readonly string[] = a.match(sessionIds) ?? [];
    const ofB: readonly string[] = b.match(sessionIds) ?? [];
    if (ofA.length !== ofB.length) return differ(path, a, b);
    if (a.replace(sessionIds, "x") !== b.replace(sessionIds, "x")) return differ(path, a, b);
    for (const [index, id] of ofA.entries()) {
      const other = ofB[index] ?? "";
      const known = this.#ids.get(id) ?? other;
      this.#ids.set(id, known);
      if (known !== other) return differ(path, a, b);
    }
    return undefined;
  }

  #things(a: object, b: object, path: string): string | undefined {
    if (a instanceof Actor && b instanceof Actor) return this.#pair(a, b, path);
    if (a instanceof StateNode || a instanceof StateMachine)
      return a.id === idOf(b) ? undefined : differ(path, a, b);
    if (typeof a === "function" || typeof b === "function")
      return typeof a === typeof b && nameOf(a) === nameOf(b)
        ? undefined
        : differ(path, nameOf(a), nameOf(b));
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${path} is of another kind`;
    if (a instanceof Map && b instanceof Map) return this.difference([...a], [...b], `${path} (a map)`);
    if (a instanceof Set && b instanceof Set) return this.difference([...a], [...b], `${path} (a set)`);
    if (a instanceof Error && b instanceof Error)
      return this.difference([a.name, a.message, a.cause], [b.name, b.message, b.cause], path);
    return this.#fields(a, b, path);
  }

  #pair(a: AnyActor, b: AnyActor, path: string): string | undefined {
    const known = this.#actors.get(a) ?? b;
    this.#actors.set(a, known);
    return known === b ? this.#texts(a.id, b.id, `${path}.id`) : differ(path, a.id, b.id);
  }

  #fields(a: object, b: object, path: string): string | undefined {
    const keys = Object.keys(a);
    const others = Object.keys(b);
    if (keys.length !== others.length) return differ(path, keys, others);
    for (const [index, key] of keys.entries()) {
      const other = others[index] ?? "";
      const found =
        (key === other ? undefined : this.#texts(key, other, path)) ??
        this.difference(a[key as never], b[other as never], key);
      if (found !== undefined) return `${path}, ${found}`;
    }
    return undefined;
  }
}

const nameOf = (value: object): string => ("name" in value ? String(value.name) : typeof value);

/** Of a state or a machine. */
const idOf = (thing: object): unknown =>
  thing instanceof StateNode || thing instanceof StateMachine ? thing.id : undefined;

const shown = (value: unknown): string => {
  if (value instanceof StateNode) return `state ${value.id}`;
  if (value instanceof Actor) return `actor ${value.id}`;
  if (typeof value === "object" && value !== null) return `{${Object.keys(value).join()}}`;
  return String(value);
};

const differ = (path: string, a: unknown, b: unknown): string =>
  `${path}: plain ${shown(a)}, planned ${shown(b)}`;
