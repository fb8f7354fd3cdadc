/** Waits for a state without asking again and again. */
import { isPublicState, publicStates } from "../../machines/public-states.js";
import { invalidConfig, MooringError } from "../errors.js";
import type { RegistrationStatus, Runtime } from "../index.js";
import { checkOptions } from "../options/check.js";
import { bounded } from "../options/ranges.js";
import { reachesCall } from "./option-table.js";

/** Options of {@link reaches}. */
export interface ReachesOptions {
  /**
   * How long to wait.
   * @default 10,000 ms
   */
  readonly timeoutMs?: number;
}

/** Such as `streaming`, or with its child `streaming.serving`. */
export type ReachedState = RegistrationStatus["state"] | `${RegistrationStatus["state"]}.${string}`;

const outside = ["paused", "parked"];

function checkState(state: unknown): asserts state is string {
  const [name = ""] = typeof state === "string" ? state.split(".", 1) : [];
  if (isPublicState(name) || outside.includes(name)) return;
  throw invalidConfig(
    `state must be one of ${[...publicStates, ...outside].join(", ")}, alone or with a child: "streaming.serving".`,
  );
}

const stands = ({ state, child }: RegistrationStatus, wanted: string): boolean =>
  wanted === state || wanted === `${state}.${child}`;

/**
 * Resolves with the status as soon as a registration is in a state: at once, when it is there already. Rejects with
 * TIMEOUT, which says where it is and why, and with INVALID_CONFIG for an unknown key or state.
 *
 * @example
 * ```ts
 * import { requestResponseConnector } from "mooring";
 * import { reaches, startTestBench } from "mooring/testing";
 *
 * const connector = requestResponseConnector({ type: "echo", version: "1.0.0", execute: (request) => request.json() });
 * await using bench = await startTestBench({
 *   registrations: [{ tenantId: "acme", instanceId: "1", connector }],
 *   gateway: { approval: "manual" },
 * });
 * await reaches(bench.runtime, "acme.echo.1", "streaming.pendingApproval");
 * bench.gateway.approve("acme.echo.1");
 * await reaches(bench.runtime, "acme.echo.1", "streaming.serving");
 * ```
 */
export async function reaches(
  runtime: Runtime,
  key: string,
  state: ReachedState,
  options: ReachesOptions = {},
): Promise<RegistrationStatus> {
  checkState(state);
  checkOptions(options, reachesCall);
  const { timeoutMs: row } = reachesCall.table;
  const timeoutMs = bounded("timeoutMs", options.timeoutMs ?? row.default, row);
  const registration = runtime.registration(key);
  const changes = runtime.changes();
  const late = setTimeout(() => void changes.return?.(), timeoutMs);
  try {
    const now = registration.status();
    if (stands(now, state)) return now;
    for await (const { key: moved, status } of changes)
      if (moved === key && stands(status, state)) return status;
  } finally {
    clearTimeout(late);
    await changes.return?.();
  }
  const end = runtime.status().phase === "stopped" ? "before the runtime closed" : `within ${timeoutMs} ms`;
  const { state: last, child, detail } = registration.status();
  throw new MooringError(
    "TIMEOUT",
    `Timeout: ${key} did not reach "${state}" ${end}. It is in "${child === null ? last : `${last}.${child}`}"${detail ? `: ${detail}` : "."}`,
  );
}
