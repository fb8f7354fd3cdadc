/** The registrations that `mooring run` hosts: what the file exports, with what the command line and the environment add. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type ExportedRegistration, loadModule } from "../workers/load-module.js";
import { instanceIdOf } from "./instance-id.js";

type Named = ExportedRegistration & { readonly instanceId: string };

export async function loadRegistrations(
  file: string,
  defaults: { tenantId?: string; instanceId?: string },
): Promise<{ readonly module: string; readonly registrations: readonly Named[] }> {
  const module = pathToFileURL(resolve(file)).href;
  const exported = await loadModule(module);
  return {
    module,
    registrations: exported.map((one) => ({
      ...defaults,
      ...one,
      instanceId: one.instanceId ?? instanceIdOf(one.connector, defaults.instanceId),
    })),
  };
}
