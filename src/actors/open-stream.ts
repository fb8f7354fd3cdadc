/**
 * The `openStream` port: a stream with the register request, and the tokens at hand, as its first message. Hands the
 * session over to the `stream` port by an opaque handle; what nobody takes over is closed.
 */
import type { OpenOutcome, OpenStreamInput } from "../../machines/ports.js";
import { type Cancellable, Cancellation } from "../cancellation.js";
import type { StreamSession } from "../session/session.js";
import { failureFrom } from "./failures.js";
import { Pace } from "./pace.js";
import { promisePort } from "./promise-port.js";
import type { Services } from "./services.js";

/** Open sessions between the two ports. */
export class SessionHandover {
  readonly #sessions = new Map<string, StreamSession>();

  put(handle: string, session: StreamSession): void {
    this.#sessions.set(handle, session);
  }

  take(handle: string): StreamSession | undefined {
    const session = this.#sessions.get(handle);
    this.#sessions.delete(handle);
    return session;
  }
}

/** What is said within the limit; false when it takes longer. */
async function inTime(
  said: Promise<boolean>,
  look: Cancellation,
  signal: Cancellable,
  limitMs: number,
): Promise<boolean> {
  const giveUp = () => look.abort();
  const timer = setTimeout(giveUp, limitMs);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await said;
  } catch (error) {
    if (look.aborted && !signal.aborted) return false;
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}

/**
 * Whether the credentials need no step; a promise where a store has to be waited for. It may be the user's own: when it
 * takes longer than to connect, the answer is no, and the steps, which wait longer for it, tell what they wait for.
 */
function isAtHand(services: Services, key: string, signal: Cancellable): boolean | Promise<boolean> {
  const look = new Cancellation();
  const said = services.registration(key).credentials.isAtHand(look);
  return typeof said === "boolean" ? said : inTime(said, look, signal, services.connectTimeoutMs);
}

/**
 * After a gateway's restart, thousands open again together: so many begin in a turn of the loop. None begins in the
 * turn that asks for it, so that the end of the registration's last stream is on the wire before.
 */
const openingsPerTurn = 32;

export const openStreamPort = (services: Services, handover: SessionHandover) => {
  const pace = new Pace(openingsPerTurn);
  return promisePort<OpenOutcome, OpenStreamInput>(async ({ input, signal }) => {
    try {
      await pace.nextTurn();
      signal.throwIfAborted();
      const isReady = !input.onlyAtHand || isAtHand(services, input.key, signal);
      if (!(typeof isReady === "boolean" ? isReady : await isReady)) return { ok: false, failure: null };
      const registration = services.registration(input.key);
      const tokens = registration.credentials.take();
      const session = registration.createSession();
      const stream = await services.transport.open({
        first: session.registerMessage(tokens),
        firstOver: (kind) => session.registerMessage(tokens, kind),
        sink: session,
        signal,
        timeoutMs: services.connectTimeoutMs,
      });
      session.bind(stream);
      registration.carriedOver(stream.kind ?? services.transport.kind);
      const handle = `${input.key}#${input.streamAttempt}`;
      handover.put(handle, session);
      const orphaned = () => handover.take(handle)?.abort();
      if (signal.aborted) orphaned();
      else signal.addEventListener("abort", orphaned, { once: true });
      return {
        ok: true,
        value: { handle, credentialSource: tokens.source, hasSessionToken: !tokens.sessionToken.isEmpty },
      };
    } catch (error) {
      return { ok: false, failure: failureFrom(error) };
    }
  });
};
