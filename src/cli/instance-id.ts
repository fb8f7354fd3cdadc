/** Which instance a connector is, where its module does not say: the option, the environment, then TYPE-HOSTNAME. */
import { hostname } from "node:os";

export const instanceIdOf = (
  { connectorType }: { readonly connectorType: string },
  given: string | undefined,
): string => given ?? (process.env.INSTANCE_ID?.trim() || `${connectorType}-${hostname()}`);
