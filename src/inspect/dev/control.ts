/**
 * What the page may ask of the runtime, where it may: the commands of a registration, and to drain. Each goes through
 * the runtime's public methods, with who asked.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { codeOf, textOf } from "../../errors.js";
import { isObject } from "../../is-object.js";
import { ApiError } from "../../serving/api-error.js";
import { sendJson } from "../../serving/http-server.js";
import { readBody } from "../../serving/request-body.js";
import type { AskedBy, ControlledRuntime, InspectedControl } from "../controlled.js";

const ofRegistration = ["retryNow", "pause", "resume", "restart", "remove"] as const;
const commands: readonly string[] = [...ofRegistration, "drain"];

const maxBodyBytes = 4_096;
/** An error that lists thousands of registrations is not read. */
const maxErrorLength = 1_000;

const invalid = (code: string, message: string) =>
  new ApiError(
    400,
    code,
    message.length > maxErrorLength ? `${message.slice(0, maxErrorLength)} …` : message,
  );

const howToAsk = 'Send { "command": "pause", "key": "tenant.type.instance" }';

async function fieldsOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const [type = ""] = (request.headers["content-type"] ?? "").split(";");
  const text = await readBody(request, maxBodyBytes);
  switch (type.trim().toLowerCase()) {
    case "application/x-www-form-urlencoded":
      return Object.fromEntries(new URLSearchParams(text));
    case "application/json":
      try {
        const body: unknown = JSON.parse(text);
        if (isObject(body)) return body;
      } catch {}
      throw invalid("INVALID_BODY", `The body is no JSON object. ${howToAsk}.`);
    default:
      throw new ApiError(
        415,
        "INVALID_CONTENT_TYPE",
        "Send Content-Type: application/json, or application/x-www-form-urlencoded.",
      );
  }
}

interface Order {
  readonly command: string;
  /** Undefined for the runtime as a whole. */
  readonly key: string | undefined;
}

function orderOf({ command, key, ...others }: Readonly<Record<string, unknown>>): Order {
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw invalid(
      "UNKNOWN_FIELD",
      `"${other.slice(0, 100)}" is no field of a command: there are command and key.`,
    );
  if (typeof command !== "string" || !commands.includes(command)) {
    const given = typeof command === "string" ? `"${command.slice(0, 100)}"` : "none";
    throw invalid(
      "UNKNOWN_COMMAND",
      `command must be one of ${commands.join(", ")}; got ${given}. ${howToAsk}.`,
    );
  }
  if (command === "drain") {
    if (key === undefined || key === "") return { command, key: undefined };
    throw invalid("UNKNOWN_FIELD", "drain takes no key: it drains the runtime with all its registrations.");
  }
  if (typeof key === "string" && key !== "") return { command, key };
  throw invalid("KEY_MISSING", `key is missing: which registration is to ${command}? ${howToAsk}.`);
}

/**
 * A browser adds the cookie to whatever is sent here, so a cookie alone does not change anything: a page says from
 * which origin it asks, which was compared before, and a program gives the token itself.
 */
function refuseCookieAlone({ headers }: IncomingMessage, target: URL): void {
  if (headers.origin !== undefined || target.searchParams.has("token")) return;
  throw new ApiError(
    403,
    "FORBIDDEN",
    "A program that asks for something gives the token in the address: ?token=….",
  );
}

const askerOf = ({ headers, socket }: IncomingMessage): string =>
  `${headers.origin === undefined ? "a program over the inspector" : "the inspector's page"} at ${socket.remoteAddress ?? "an unknown address"}`;

export class PageControl {
  readonly #runtime: ControlledRuntime | undefined;

  constructor(runtime: ControlledRuntime | undefined) {
    this.#runtime = runtime;
  }

  /** GET: what may be asked. POST: to do it; answered when it was asked, not when it is done. */
  async answer(request: IncomingMessage, response: ServerResponse, target: URL): Promise<void> {
    if (request.method === "GET") return sendJson(response, 200, this.#state());
    if (request.method !== "POST")
      throw new ApiError(405, "METHOD_NOT_ALLOWED", "GET says what may be asked, POST asks for it.");
    refuseCookieAlone(request, target);
    if (!this.#runtime)
      throw new ApiError(
        403,
        "CONTROL_OFF",
        "This inspector only watches. Start with --inspect --control, or give startInspectorServer the runtime as control.",
      );
    const order = orderOf(await fieldsOf(request));
    this.#obey(this.#runtime, order, { by: askerOf(request) });
    sendJson(response, 202, { asked: order.command, key: order.key ?? null });
  }

  #state(): InspectedControl {
    return this.#runtime ? { isOn: true, commands } : { isOn: false, commands: [] };
  }

  #obey(runtime: ControlledRuntime, { command, key }: Order, asked: AskedBy): void {
    if (key === undefined) return void runtime.drain(asked);
    const one = ofRegistration.find((name) => name === command);
    if (one === undefined) return;
    try {
      void runtime.registration(key)[one](asked);
    } catch (error) {
      if (codeOf(error) !== "INVALID_CONFIG") throw error;
      throw invalid("UNKNOWN_KEY", textOf(error, "There is no such registration."));
    }
  }
}
