/** The registrations that `mooring run` hosts: what the file exports, with what the command line and the environment add. */
import { hostname } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type ExportedRegistration, loadModule } from "../workers/load-module.js";

type Named = ExportedRegistration & { readonly instanceId: string };

export async function loadRegistrations(
  file: string,
  defaults: { tenantId?: string; instanceId?: string },
): Promise<{ readonly module: string; readonly registrations: readonly Named[] }> {
  const module = pathToFileURL(resolve(file)).href;
  const instanceId = defaults.instanceId ?? (process.env.INSTANCE_ID?.trim() || undefined);
  const exported = await loadModule(module);
  return {
    module,
    registrations: exported.map((one) => ({
      ...defaults,
      ...one,
      instanceId: one.instanceId ?? instanceId ?? `${one.connector.connectorType}-${hostname()}`,
    })),
  };
}
