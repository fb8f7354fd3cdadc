/** Handlers that do not let go of their processor. */
import { threadId } from "node:worker_threads";
import { RawAnswer, requestResponseConnector, ToolError } from "mooring";

async function burn(request, context) {
  const { burnMs = 0, fail, slip, exit, crash, untilDrained, untilAborted } = request.json();
  const { length, raw } = request.json();
  if (raw) return new RawAnswer(new Uint8Array(raw), 2);
  if (length) return "x".repeat(length);
  if (exit) process.exit(1);
  if (slip) throw new TypeError(slip);
  if (crash) {
    setImmediate(() => {
      throw new RangeError(crash);
    });
    await new Promise(() => {});
  }
  if (fail) throw new ToolError("BURNT", fail);
  if (untilDrained) await new Promise((resolve) => context.draining.addEventListener("abort", resolve));
  if (untilAborted) {
    await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
    context.logger.info({ reason: context.signal.reason.message }, "noticed");
  }
  const begun = performance.now();
  while (performance.now() - begun < burnMs);
  return { threadId, capability: context.capabilityId ?? null, user: context.context.user_id ?? null };
}

export const burner = requestResponseConnector({
  type: "burner",
  version: "1.2.3",
  timeoutMs: 4_000,
  execute: burn,
});

export const hasty = requestResponseConnector({
  type: "hasty",
  version: "1.2.3",
  timeoutMs: 1_000,
  execute: burn,
});
