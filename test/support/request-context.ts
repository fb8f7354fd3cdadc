/** A request's context, for handlers that are called without a runtime. */
import { createMetrics, type RequestContext, silentLogger } from "mooring";

export const requestContext = (fields: Partial<RequestContext> = {}): RequestContext => ({
  requestId: "r",
  capabilityId: undefined,
  context: {},
  tenantId: undefined,
  tenantSlug: undefined,
  subject: undefined,
  agentContext: undefined,
  deadline: Date.now() + 30_000,
  remainingMs: 30_000,
  invoke: () => Promise.reject(new Error("Nothing is invoked here.")),
  signal: new AbortController().signal,
  draining: new AbortController().signal,
  logger: silentLogger,
  metrics: createMetrics(),
  ...fields,
});
