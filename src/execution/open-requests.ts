/** The requests of a registration that have no answer, oldest first. */
import type { RequestQueue } from "./request-queue.js";
import type { OpenRequest } from "./request-tap.js";
import type { RunningRequest } from "./running-request.js";

/** At most so many: those that run, then those that wait. */
export function openRequests(
  running: readonly RunningRequest[],
  queue: RequestQueue,
  most: number,
): readonly OpenRequest[] {
  const open: OpenRequest[] = [];
  for (const request of running) {
    if (open.length === most) return open;
    open.push(request);
  }
  for (const { requestId, capabilityId } of queue.first(most - open.length))
    open.push({ requestId, capabilityId: capabilityId || undefined, startedAt: undefined });
  return open;
}
