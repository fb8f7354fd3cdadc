/** Ends streams and connections by the HTTP API: after the answer, which may go over one of them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { invalidConfig } from "../errors.js";
import { named } from "../options/kinds.js";
import { maxTimerMs } from "../protocol/defaults.js";
import type { GatewayCore } from "./core.js";
import type { Gateway } from "./gateway.js";
import { sendJson } from "./json-http.js";
import { readFields } from "./known-fields.js";

export type Disturbing = Pick<Gateway, "disturb" | "restart">;

type Way = Parameters<Gateway["disturb"]>[0];

const ways: readonly unknown[] = ["goaway", "reset", "cut", "close"] satisfies readonly Way[];
const isWay = (value: unknown): value is Way => ways.includes(value);

function afterwards(core: GatewayCore, response: ServerResponse, act: () => unknown): void {
  response.once("close", () => {
    core.administered("disturbed");
    act();
  });
}

/** `POST /api/disturb`: how, as for the method. */
export async function disturbRoute(
  core: GatewayCore,
  request: IncomingMessage,
  response: ServerResponse,
  gateway: Disturbing,
): Promise<void> {
  const { how } = await readFields(request, ["how"], "disturb");
  if (!isWay(how)) throw invalidConfig(`"how" must be one of ${ways.join(", ")}; got ${named(how)}.`);
  afterwards(core, response, () => gateway.disturb(how));
  sendJson(response, 202, { how });
}

/** `POST /api/restart`: `politely` and `downMs`, as for the method. */
export async function restartRoute(
  core: GatewayCore,
  request: IncomingMessage,
  response: ServerResponse,
  gateway: Disturbing,
): Promise<void> {
  const { politely = false, downMs = 0 } = await readFields(request, ["politely", "downMs"], "restart");
  if (typeof politely !== "boolean")
    throw invalidConfig(`"politely" must be true or false; got ${named(politely)}.`);
  if (typeof downMs !== "number" || !(downMs >= 0 && downMs <= maxTimerMs))
    throw invalidConfig(
      `"downMs" must be a number of milliseconds from 0 to ${maxTimerMs}; got ${named(downMs)}.`,
    );
  afterwards(core, response, () =>
    gateway.restart({ politely, downMs }).catch((error: unknown) => {
      core.options.logger?.error({ err: error }, "the gateway does not listen any more");
    }),
  );
  sendJson(response, 202, { politely, downMs });
}
