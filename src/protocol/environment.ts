/** The environment's variables (`protocol/connectors.md` §2), as settings are read from them. Blank counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>;
