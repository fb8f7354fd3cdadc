/** The `stream` port: a session's control events go to the machine, the machine's commands to the session. */
import { ofStream, type StreamCommand, type StreamEvent, type StreamInput } from "../../machines/ports.js";
import type { ControlEvent } from "../session/control.js";
import type { StreamSession } from "../session/session.js";
import { callbackPort, type Port } from "./callback-port.js";
import { failureFrom, failureOfFacts } from "./failures.js";
import type { SessionHandover } from "./open-stream.js";
import type { Services } from "./services.js";

/** Tags an event with its attempt and gives failures their kind. */
function streamEvent(event: ControlEvent, streamAttempt: number): StreamEvent {
  switch (event.type) {
    case "stream.rejected":
      return { type: event.type, streamAttempt, failure: failureOfFacts(event.failure, true) };
    case "stream.ended":
      return {
        type: event.type,
        streamAttempt,
        failure: failureOfFacts(event.failure, event.beforeAcceptance),
      };
    default:
      return { streamAttempt, ...event };
  }
}

/** One for each stream: an object, and not a function for each thing that it may hear. */
class StreamPort implements Port<StreamCommand> {
  readonly #services: Services;
  readonly #input: StreamInput;
  readonly #session: StreamSession;
  readonly #tell: (event: StreamEvent) => void;
  readonly #forget: (() => void) | undefined;

  constructor(
    services: Services,
    input: StreamInput,
    session: StreamSession,
    tell: (event: StreamEvent) => void,
  ) {
    this.#services = services;
    this.#input = input;
    this.#session = session;
    this.#tell = tell;
    session.listen((event) => this.#hear(event));
    this.#forget = services.registration(input.key).watchDescription?.(() => this.#registerOutdated());
  }

  receive({ type }: StreamCommand): void {
    switch (type) {
      case "register":
        return this.#register();
      case "serve":
        return this.#session.serve();
      case "pulse":
        return this.#session.startPulse();
      case "heartbeat":
        return this.#session.heartbeat();
      case "finish":
        return this.#session.finish();
    }
  }

  left(): void {
    this.#forget?.();
    this.#session.abort();
  }

  #hear(event: ControlEvent): void {
    this.#tell(streamEvent(event, this.#input.streamAttempt));
    // It may have changed while the request for its former description was on its way.
    if (event.type === "stream.accepted") this.#registerOutdated();
  }

  #registerOutdated(): void {
    if (this.#session.isOutdated) this.#register();
  }

  #register(): void {
    try {
      this.#session.register(this.#services.registration(this.#input.key).credentials.take());
    } catch {
      // Without tokens nothing is sent, and the machine's own deadline for the answer decides.
    }
  }
}

export const streamPort = (services: Services, handover: SessionHandover) =>
  callbackPort<StreamCommand, StreamInput>(({ input, sendBack }) => {
    const tell = (event: StreamEvent) => sendBack(ofStream(event, input));
    const session = handover.take(input.handle);
    if (session) return new StreamPort(services, input, session, tell);
    const failure = failureFrom(new Error("The opened stream is gone."));
    tell({ type: "stream.ended", streamAttempt: input.streamAttempt, failure });
    return undefined;
  });
