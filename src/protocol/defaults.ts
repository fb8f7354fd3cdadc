/** What holds where nobody says otherwise, for settings that several parts take, or a function and a command. */

/** Where a gateway listens and is dialled. */
export const defaultPort = 50_061;

export const highestPort = 65_535;

/** How long a caller waits for an answer, and a handler may take. */
export const defaultRequestMs = 30_000;

/** How long to wait until everything is ready. */
export const defaultStartMs = 30_000;

/** How long running requests may take once a drain began. */
export const defaultDrainMs = 30_000;

/** How long to wait for somebody to sign in. */
export const defaultSignInMs = 300_000;

/** How long an access token lives whose server does not say. */
export const defaultLifetimeSeconds = 300;

/** The longest timer Node can hold. */
export const maxTimerMs = 2 ** 31 - 1;
