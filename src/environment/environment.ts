/** The environment's variables (docs/protocol.md, "Environment"). Blank counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a variable says; undefined when it is unset or blank. */
export const given = (text: string | undefined): string | undefined => text?.trim() || undefined;
