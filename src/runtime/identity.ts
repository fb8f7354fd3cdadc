/** Who a registration is, from its options and the environment. */

import type { Environment } from "../environment/environment.js";
import { invalidConfig } from "../errors.js";
import { type Identity, isBrokenText, registrationKey, sanitizeIdentifier } from "../protocol/identity.js";
import type { RegistrationOptions } from "./options.js";

/** `also`: what else may hold it, when that was looked at. */
function identifier(field: string, value: unknown, also = ""): string {
  if (typeof value !== "string" || value.trim() === "") {
    throw invalidConfig(`${field} is required: give a non-empty text, stable over restarts${also}.`);
  }
  if (isBrokenText(value))
    throw invalidConfig(
      `${field} holds half a character (a lone surrogate, or U+FFFD where bytes were no UTF-8): give whole ones.`,
    );
  return sanitizeIdentifier(value);
}

/** The sanitized triple of a registration. Throws INVALID_CONFIG that names the missing part. */
export function identityOf(options: RegistrationOptions, env: Environment): Identity {
  const { connector } = options;
  if (typeof connector !== "string" && typeof connector?.execute !== "function") {
    throw invalidConfig(
      "connector must be a connector, as toolConnector() or requestResponseConnector() return one.",
    );
  }
  const connectorType = typeof connector === "string" ? connector : connector.connectorType;
  return {
    tenantId: identifier("tenantId", options.tenantId ?? (env.TENANT_ID?.trim() || "default")),
    connectorType: identifier("connector.connectorType", connectorType),
    instanceId:
      options.instanceId === undefined
        ? identifier("instanceId", env.INSTANCE_ID, ", or set INSTANCE_ID")
        : identifier("instanceId", options.instanceId),
  };
}

/** Throws INVALID_CONFIG when the registration exists already. */
export function refuseDuplicate(identity: Identity, known: ReadonlyMap<string, unknown>): void {
  const key = registrationKey(identity);
  if (known.has(key)) {
    throw invalidConfig(
      `duplicate registration: ${key}. Tenant, type and instance together must be unique (compared as sanitized).`,
    );
  }
}
