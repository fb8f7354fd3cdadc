/** Holds the one-time tokens of one registration, bounded, and gives opaque ids for them. */
import { Secret } from "../secret.js";
import type { CredentialOffer } from "./credentials.js";

/** A one-time token in custody; once it has become credentials its text is forgotten. */
export interface HeldOffer {
  readonly id: string;
  readonly offer: CredentialOffer;
  registered: boolean;
}

const mostOffers = 16;

export class Custody {
  readonly #offers = new Map<string, HeldOffer>();
  #last = 0;

  /** Takes an offer; with more than 16 the oldest is dropped. */
  deposit(offer: CredentialOffer): string {
    this.#last += 1;
    const id = `offer-${this.#last}`;
    this.#offers.set(id, { id, offer: { ...offer }, registered: false });
    for (const oldest of this.#offers.keys()) {
      if (this.#offers.size <= mostOffers) break;
      this.#offers.delete(oldest);
    }
    return id;
  }

  find(id: string): HeldOffer | undefined {
    return this.#offers.get(id);
  }

  /** The offer has become credentials: only that is remembered, not its text. */
  markRegistered(id: string): void {
    const held = this.#offers.get(id);
    if (held)
      this.#offers.set(id, { id, offer: { ...held.offer, oneTimeToken: new Secret("") }, registered: true });
  }
}
