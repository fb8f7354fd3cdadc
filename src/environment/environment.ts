/** The environment's variables (docs/protocol.md, "Environment"). Blank counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>;
