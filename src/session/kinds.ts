/** Who takes a message of which kind: a table with a row for every kind of the contract, so that none is forgotten. */
import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";

type Body = StreamMessage["message"];
type Kind = NonNullable<Body["case"]>;
type ValueOf<K extends Kind> = Extract<Body, { readonly case: K }>["value"];

/** Why nobody takes a kind: a gateway has no reason to send it. It is counted. */
type Untaken = "goes the other way";

export type KindTable<Session> = {
  readonly [K in Kind]: ((session: Session, value: ValueOf<K>) => void) | Untaken;
};

/** Kinds that a connector sends and never takes. */
export const untakenKinds = {
  // Whoever is invoked gets an execute request.
  invokeRequest: "goes the other way",
  registerRequest: "goes the other way",
  executeResponse: "goes the other way",
  wsOpenResponse: "goes the other way",
  metricsReport: "goes the other way",
} as const satisfies Partial<KindTable<never>>;

/** Returns false when nobody takes it. */
export function takeByKind<Session>(table: KindTable<Session>, session: Session, message: Body): boolean {
  if (message.case === undefined) return false;
  const take = table[message.case];
  if (typeof take !== "function") return false;
  // The row of its own kind, which the compiler does not see.
  (take as (session: Session, value: unknown) => void)(session, message.value);
  return true;
}
