/** What a state says of itself to the rest of the program: view, status, reports, `explain`, the inspector's page. */
import type { Standing } from "../ports.js";
import type { RegistrationDelay } from "./delays.js";

/** What a person may be told to do in a state, whatever led there; `src/runtime/advice.ts` has the words. */
export type AdviceKey = "approval" | "credentialsDue" | "successor";

/** Each state that can be rested in has one; a state that is passed through, and a parent, has none. */
export interface StateMeta {
  /** Where the supervisor counts it. */
  readonly standing: Standing;
  /** For people, after "for 3 s:". */
  readonly meaning: string;
  /** What happens next by itself, and by which delay, from the entry of the state; null: nobody knows when. */
  readonly next: {
    /** In words, such as `tries again`. */
    readonly what: string;
    /** The name of the delay. */
    readonly after: RegistrationDelay | null;
  };
  /** What a person may do. */
  readonly advice?: AdviceKey;
  /** A step within its public state, of which people are told by `next` alone. */
  readonly isStep?: true;
}

/** What holds in a state, whatever its name is. */
export type StateTag =
  /** Registered, approved, and taking requests. */
  | "ready"
  /** Accepted on the stream that is open: its end counts as a disconnect. */
  | "registered"
  /** On its way from an anonymous registration to one that is known. */
  | "joining"
  /** Goes on when somebody has decided. */
  | "waitsForPerson"
  /** Takes no new requests, and finishes those it has. */
  | "draining"
  /** Without a stream, until the next try. */
  | "backingOff";

/** For a state that is neither ready nor draining nor waiting for a person. */
export const notServing = "not taking requests";

/** A transition without a guard is always taken. */
type IsPassedThrough<Always> = Always extends string
  ? true
  : Always extends readonly (infer Candidate)[]
    ? true extends IsPassedThrough<Candidate>
      ? true
      : false
    : Always extends { readonly guard: string | object }
      ? false
      : true;

/** The paths of all states below this one that can be rested in and say nothing of themselves. */
export type UndescribedStates<Node, Path extends string = ""> = Node extends { readonly type: "history" }
  ? never
  : Node extends { readonly states: infer States }
    ? {
        [Name in keyof States & string]: UndescribedStates<
          States[Name],
          Path extends "" ? Name : `${Path}.${Name}`
        >;
      }[keyof States & string]
    : Node extends { readonly meta: StateMeta }
      ? never
      : Node extends { readonly always: infer Always }
        ? IsPassedThrough<Always> extends true
          ? never
          : Path
        : Path;

/** The config as it is. The compiler names the states that have no `meta` and need one. */
export const described = <Config>(
  config: [UndescribedStates<Config>] extends [never]
    ? Config
    : `the state ${UndescribedStates<Config>} needs a meta`,
): Config => config as Config;
