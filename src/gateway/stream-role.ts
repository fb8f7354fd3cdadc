/** What one Connect stream is to the registrations of a gateway. */
import type { Registration } from "./registry.js";

export type StreamRole =
  /** It has not asked for a registration, or stands for none any more. */
  | { readonly name: "none" }
  /** It asks, without proof, for a registration that somebody else owns: a person decides. */
  | { readonly name: "claiming"; readonly registration: Registration }
  /** It stands for the registration, and waits for a person's approval. */
  | { readonly name: "waiting"; readonly registration: Registration; readonly isProven: boolean }
  /** It was told that it is approved, and may get requests and answer them. */
  | { readonly name: "serving"; readonly registration: Registration; readonly isProven: boolean }
  /** No request goes out on it any more, and none of its answers counts. */
  | { readonly name: "dismissed"; readonly registration: Registration };

export const noRole: StreamRole = { name: "none" };

/** The registration that it stands for. */
export const representedBy = (role: StreamRole): Registration | undefined =>
  role.name === "none" || role.name === "claiming" ? undefined : role.registration;

/** Its last register request came with proof. */
export const isProvenBy = (role: StreamRole): boolean =>
  (role.name === "waiting" || role.name === "serving") && role.isProven;

/** An administrator says no, or has not said yes yet. */
export const waitingIn = (role: StreamRole): StreamRole =>
  role.name === "serving" ? { ...role, name: "waiting" } : role;

export function dismissedFrom(role: StreamRole): StreamRole {
  const registration = representedBy(role);
  return registration ? { name: "dismissed", registration } : role;
}

interface RoleHolder {
  role: StreamRole;
  /** Requests that it has not read go out on another stream. */
  takeBack(): void;
}

/** The stream is over, or its claim is: the registration is without it. What it has answered still counts. */
export function release(stream: RoleHolder): void {
  const { role } = stream;
  if (role.name === "none") return;
  const { registration } = role;
  if (registration.stream === stream) {
    registration.stream = undefined;
    registration.declared = undefined;
  }
  if (registration.claimant === stream) registration.claimant = undefined;
  if (role.name === "claiming") stream.role = noRole;
}

/** It asks for another registration now. */
export function leave(stream: RoleHolder): void {
  stream.takeBack();
  release(stream);
  stream.role = noRole;
}
