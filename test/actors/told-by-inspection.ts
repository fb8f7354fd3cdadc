/** What XState's inspection tells, in one shape for all its events. */
import type { InspectionEvent } from "xstate";

interface Inspected {
  readonly type: string;
  readonly actorRef?: { readonly id: string };
  readonly event?: unknown;
  readonly sourceRef?: { readonly id: string };
  readonly snapshot?: Readonly<Record<string, unknown>>;
}

export function toldByInspection(one: InspectionEvent): object {
  const { type, actorRef, event, sourceRef, snapshot = {} } = one as unknown as Inspected;
  const { status, output, error, input } = snapshot;
  return { told: type, id: actorRef?.id, event, source: sourceRef?.id, status, output, error, input };
}
