/** The control socket, as a program asks for it: what answers there is loaded then. */
import type { Controllable, ControlServer } from "./server.js";

/**
 * Answers `mooring status` and `mooring explain` for a runtime, until closed. `path` defaults to the socket of
 * this process in the user's control folder. Rejects with IO_ERROR when it cannot listen there, because another process
 * does for example, and when the default folder may be somebody else's; with INVALID_CONFIG for a path or a
 * runtime that is none.
 *
 * @example
 * ```ts
 * import { createRuntime, serveControl } from "mooring";
 *
 * const runtime = createRuntime();
 * const control = await serveControl(runtime);
 * await runtime.closed;
 * await control.close();
 * ```
 */
export async function serveControl(runtime: Controllable, path?: string): Promise<ControlServer> {
  const { answerCommands } = await import("./server.js");
  return answerCommands(runtime, path);
}
