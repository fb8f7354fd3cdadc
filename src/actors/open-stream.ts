/**
 * The `openStream` port: a stream with the register request, and the tokens at hand, as its first message. Hands the
 * session over to the `stream` port by an opaque handle; what nobody takes over is closed.
 */
import type { OpenedStream, OpenOutcome, OpenStreamInput } from "../../machines/ports.js";
import { type Cancellable, Cancellation } from "../cancellation.js";
import type { RegisterTokens } from "../credentials/credentials.js";
import type { StreamSession } from "../session/session.js";
import type { TransportStream } from "../transport/transport.js";
import { failureFrom } from "./failures.js";
import { Pace } from "./pace.js";
import { promisePort } from "./promise-port.js";
import type { RegistrationServices, Services } from "./services.js";

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
      const begun = begin(services, input.key, signal);
      const stream = await begun.stream;
      const outcome = handOver(handover, input, signal, begun, stream);
      begun.registration.carriedOver(stream.kind ?? services.transport.kind);
      return outcome;
    } catch (error) {
      return { ok: false, failure: failureFrom(error) };
    }
  });
};

interface BegunStream {
  readonly registration: RegistrationServices;
  readonly session: StreamSession;
  readonly tokens: RegisterTokens;
  readonly stream: Promise<TransportStream>;
}

/** A function of its own, as is `handOver`: V8 takes long to compile one large function that all registrations go through. */
function begin(services: Services, key: string, signal: Cancellable): BegunStream {
  const registration = services.registration(key);
  const tokens = registration.credentials.take();
  const session = registration.createSession();
  const stream = services.transport.open({
    first: session.registerMessage(tokens),
    firstOver: (kind) => session.registerMessage(tokens, kind),
    sink: session,
    signal,
    timeoutMs: services.connectTimeoutMs,
  });
  return { registration, session, tokens, stream };
}

function handOver(
  handover: SessionHandover,
  { key, streamAttempt }: OpenStreamInput,
  signal: Cancellable,
  { session, tokens }: BegunStream,
  stream: TransportStream,
): OpenOutcome {
  session.bind(stream);
  const handle = `${key}#${streamAttempt}`;
  handover.put(handle, session);
  const orphaned = () => handover.take(handle)?.abort();
  if (signal.aborted) orphaned();
  else signal.addEventListener("abort", orphaned, { once: true });
  return new OpenedOutcome(new Opened(handle, tokens));
}

/** Of classes, because a recording keeps them: `NotedStep` tells why. */
class OpenedOutcome {
  readonly ok = true;
  readonly value: OpenedStream;

  constructor(value: OpenedStream) {
    this.value = value;
  }
}

class Opened implements OpenedStream {
  readonly handle: string;
  readonly credentialSource: OpenedStream["credentialSource"];
  readonly hasSessionToken: boolean;

  constructor(handle: string, { source, sessionToken }: RegisterTokens) {
    this.handle = handle;
    this.credentialSource = source;
    this.hasSessionToken = !sessionToken.isEmpty;
  }
}
