/** `mooring top`: hands to the code of mooring-dev whom it may ask. */

import { isSilentProcess } from "../control/client.js";
import type { RuntimeStatus } from "../index.js";
import { loadCommand } from "../tools.js";
import type { top as Top } from "../top/index.js";
import { ask } from "./ask.js";
import { exitCodes } from "./exit-codes.js";

import { type Target, whomToAsk } from "./target.js";

interface TopCommand extends Target {
  readonly interval: number;
  readonly once?: boolean;
  readonly json?: boolean;
}

export async function top({ interval, once = false, json = false, ...target }: TopCommand): Promise<void> {
  const { top: run } = (await loadCommand("top")) as { readonly top: typeof Top };
  // Stays when nobody can be asked, or nobody any more.
  process.exitCode = exitCodes.cannotAsk;
  const asked = await whomToAsk(target);
  const whom = typeof asked === "number" ? { pid: asked } : { control: asked };
  process.exitCode = await run(
    {
      ask: async () => (await ask(whom, "/status")) as RuntimeStatus,
      isSilent: isSilentProcess,
      input: process.stdin,
      output: process.stdout,
      env: process.env,
    },
    { intervalMs: interval, once, json },
  );
}
