/**
 * Who a registration is: the (tenant, type, instance) triple, in the sanitized form that travels on the
 * wire and serves as the only key inside Mooring (docs/protocol.md, "Identities").
 */

/** A registration's identity; all three parts are sanitized. */
export interface Identity {
  /** The tenant, such as a customer. */
  readonly tenantId: string;
  /** The type of the connector. */
  readonly connectorType: string;
  /** Which of several of that type. */
  readonly instanceId: string;
}

/**
 * Whether a text has lost a character: half of a surrogate pair, or the sign that decoders put in place of bytes that
 * are no UTF-8. In UTF-8 all such texts look the same, so they cannot tell identities apart.
 */
export const isBrokenText = (text: string): boolean => /[\p{Cs}\ufffd]/u.test(text);

/** Replaces the characters that gateways refuse in identifiers by `-`. */
export function sanitizeIdentifier(text: string): string {
  return text.replace(/[.: \t\n\r]/g, "-");
}

/** `tenant.type.instance`: the registration's key, also the wire's `gateway_id`. */
export function registrationKey(identity: Identity): string {
  return `${identity.tenantId}.${identity.connectorType}.${identity.instanceId}`;
}

/** `matrix:tenant:type:instance`: the address gateways give a registration. */
export function connectorArn(identity: Identity): string {
  return `matrix:${identity.tenantId}:${identity.connectorType}:${identity.instanceId}`;
}

/** The parts of such an address, as peers write it: further colons belong to the instance. Undefined: it is none. */
export function partsOfArn(arn: string): { readonly key: string; readonly instanceId: string } | undefined {
  const [scheme, tenant, type, ...instance] = arn.split(":");
  const instanceId = instance.join(":");
  if (scheme !== "matrix" || instanceId === "") return undefined;
  return { key: `${tenant}.${type}.${instanceId}`, instanceId };
}
