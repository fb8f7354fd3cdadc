/** Functions of an author that are told of each request, around the handler. */
import type { Connector, ConnectorRequest, RequestContext } from "../connector.js";
import { isThenable } from "../thenable.js";
import { unexpectedFacts } from "../unexpected-error.js";
import type { RequestResponseOptions } from "./request-response.js";

type Execute = Connector["execute"];
type Hook = () => void | Promise<void>;

function tell(hook: Hook, { requestId, logger }: RequestContext): void {
  const log = (error: unknown) =>
    logger.error(unexpectedFacts(requestId, error) ?? { requestId }, "a hook after a request failed");
  try {
    const told = hook();
    if (isThenable(told)) told.then(undefined, log);
  } catch (error) {
    log(error);
  }
}

/** What came first counts: the handler's end, or that nobody waits any more. */
class Told {
  readonly #options: RequestResponseOptions;
  readonly #request: ConnectorRequest;
  readonly #context: RequestContext;
  #isOver = false;

  constructor(options: RequestResponseOptions, request: ConnectorRequest, context: RequestContext) {
    this.#options = options;
    this.#request = request;
    this.#context = context;
  }

  /** It takes time. */
  watch(): void {
    const { signal } = this.#context;
    signal.addEventListener("abort", () => this.failed(signal.reason), { once: true });
  }

  succeeded(result: unknown): unknown {
    if (!this.#isOver)
      tell(() => this.#options.afterSuccess?.(result, this.#request, this.#context), this.#context);
    this.#isOver = true;
    return result;
  }

  failed(error: unknown): void {
    if (!this.#isOver)
      tell(() => this.#options.afterFailure?.(error, this.#request, this.#context), this.#context);
    this.#isOver = true;
  }
}

/** The handler with its hooks; without any it is the handler itself. A result that is there needs no promise. */
export function hooked(options: RequestResponseOptions): { readonly execute: Execute } {
  const { before, afterSuccess, afterFailure } = options;
  if (!before && !afterSuccess && !afterFailure)
    return { execute: (request, context) => options.execute(request, context) };
  const run: Execute = (request, context) => {
    const first = options.before?.(request, context);
    return isThenable(first)
      ? first.then(() => options.execute(request, context))
      : options.execute(request, context);
  };
  const execute: Execute = (request, context) => {
    const told = new Told(options, request, context);
    const failed = (error: unknown): never => {
      told.failed(error);
      throw error;
    };
    let result: unknown;
    try {
      result = run(request, context);
    } catch (error) {
      return failed(error);
    }
    if (!isThenable(result)) return told.succeeded(result);
    told.watch();
    return result.then((value) => told.succeeded(value), failed);
  };
  return { execute };
}
