/** The `stream` port: a session's control events go to the machine, the machine's commands to the session. */
import { type StreamCommand, type StreamEvent, type StreamLogic, streamActor } from "../../machines/ports.js";
import type { ControlEvent } from "../session/control.js";
import type { StreamSession } from "../session/session.js";
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

function obey(command: StreamCommand, session: StreamSession, register: () => void): void {
  switch (command.type) {
    case "register":
      return register();
    case "serve":
      return session.serve();
    case "pulse":
      return session.startPulse();
    case "heartbeat":
      return session.heartbeat();
    case "finish":
      return session.finish();
  }
}

export const streamPort = (services: Services, handover: SessionHandover) => {
  const logic: StreamLogic = ({ input, sendBack, receive }) => {
    const session = handover.take(input.handle);
    if (!session) {
      const failure = failureFrom(new Error("The opened stream is gone."));
      sendBack({ type: "stream.ended", streamAttempt: input.streamAttempt, failure });
      return;
    }
    const register = () => {
      try {
        session.register(services.registration(input.key).credentials.take());
      } catch {
        // Without tokens nothing is sent, and the machine's own deadline for the answer decides.
      }
    };
    const registerOutdated = () => {
      if (session.isOutdated) register();
    };
    session.listen((event) => {
      sendBack(streamEvent(event, input.streamAttempt));
      // It may have changed while the request for its former description was on its way.
      if (event.type === "stream.accepted") registerOutdated();
    });
    receive((command) => obey(command, session, register));
    const leave = services.registration(input.key).watchDescription?.(registerOutdated);
    return () => {
      leave?.();
      session.abort();
    };
  };
  return streamActor(logic);
};
