/** What others wrote, on its way to a terminal: a name or a gateway's text must not command it or turn it round. */

/** Letters, marks, digits, punctuation, symbols and spaces; anything else becomes a question mark. */
export const foreign = (text: string): string => text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, "?");
