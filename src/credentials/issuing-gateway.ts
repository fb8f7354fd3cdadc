/**
 * Owns by which gateway credentials were issued: the names that a gateway has, made alike whatever its address was
 * written like, and whether saved credentials are of this one (docs/credentials.md).
 */
import { isLoopbackHost } from "../network/loopback.js";
import { type Identity, registrationKey } from "../protocol/identity.js";
import { deriveBase, parseHttpUrl } from "./callback-base.js";
import type { SavedCredentials } from "./store.js";

/**
 * A base of an API as a name: lower case, without a default port, a trailing slash or a dot after the host. All ways
 * to write this computer are one. Undefined for what is no HTTP(S) URL.
 */
export function gatewayName(base: string): string | undefined {
  const url = parseHttpUrl(base.trim());
  if (!url) return undefined;
  const host = isLoopbackHost(url.hostname) ? "localhost" : url.hostname.replace(/\.$/, "");
  const port = url.port === "" ? "" : `:${url.port}`;
  return `${url.protocol}//${host}${port}${url.pathname.replace(/\/+$/, "")}`;
}

/** The names of the gateway that is dialled, the one that its credentials are kept under first: the API's, and that of the address. */
export function namesOfGateway(inputs: {
  readonly apiUrl: string | undefined;
  readonly dialled: { readonly authority: string; readonly tls: boolean };
}): readonly string[] {
  const { authority, tls } = inputs.dialled;
  const bases = [inputs.apiUrl, deriveBase(authority.toLowerCase(), tls)?.url];
  const names = bases.flatMap((base) => (base === undefined ? [] : (gatewayName(base) ?? [])));
  return [...new Set(names)];
}

/** `unknown`: kept before Mooring noted it, or by another connector of this protocol. */
export type Issuer = "here" | "elsewhere" | "unknown";

export function issuerOf({ gateways = [] }: SavedCredentials, here: readonly string[]): Issuer {
  if (gateways.length === 0 || here.length === 0) return "unknown";
  const isHere = gateways.some((one) => here.includes(gatewayName(one) ?? ""));
  return isHere ? "here" : "elsewhere";
}

/** Told of saved credentials that are not used, because another gateway issued them. */
export type TellOther = (identity: Identity, credentials: SavedCredentials) => void;

/** Which registrations have credentials of another gateway and none of this one. */
export class OtherGateways {
  readonly #known = new Map<string, string>();

  note(identity: Identity, { gateways = [] }: SavedCredentials): boolean {
    const [gateway = ""] = gateways;
    const key = registrationKey(identity);
    const isNew = this.#known.get(key) !== gateway;
    this.#known.set(key, gateway);
    return isNew;
  }

  forget(identity: Identity): void {
    if (this.#known.size > 0) this.#known.delete(registrationKey(identity));
  }

  /** The other gateway, by its name; null: there is none. */
  of(identity: Identity): string | null {
    return this.#known.get(registrationKey(identity)) ?? null;
  }
}
