/**
 * What is kept from a peer and sent back to one, and how much of it at most, in characters: more would stick, because
 * whoever refuses it is asked with it again. docs/credentials.md has the table.
 */
export const keptBounds = {
  /** A longer one is not kept; the one before it stays. */
  sessionToken: 16_384,
  /** An offer with a longer one, or with a longer address, is no offer. */
  oneTimeToken: 16_384,
  registerUrl: 2_048,
  apiUrl: 2_048,
  /** A longer one counts as an answer without the expected members. */
  accessToken: 32_768,
  clientId: 1_024,
  realmUrl: 2_048,
  tenantId: 1_024,
  keyId: 1_024,
  /** Instead of a longer one goes the one made from the registration's own identity. */
  connectorArn: 1_024,
} as const;

/** Whether a text may be kept. */
export const isKept = (what: keyof typeof keptBounds, text: string): boolean =>
  text.length <= keptBounds[what];
