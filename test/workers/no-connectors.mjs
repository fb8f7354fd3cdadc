/** A module that has nothing to host. */
export const answer = 42;
