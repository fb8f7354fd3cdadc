/** The `stream` port: a session's control events go to the machine, the machine's commands to the session. */
import { ofStream, type StreamCommand, type StreamEvent, type StreamInput } from "../../machines/ports.js";
import type { ControlEvent } from "../session/control.js";
import type { StreamSession } from "../session/session.js";
import { callbackPort } from "./callback-port.js";
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

export const streamPort = (services: Services, handover: SessionHandover) =>
  callbackPort<StreamCommand, StreamInput>(({ input, sendBack }) => {
    const { key, handle, streamAttempt } = input;
    const tell = (event: StreamEvent) => sendBack(ofStream(event, input));
    const session = handover.take(handle);
    if (!session) {
      const failure = failureFrom(new Error("The opened stream is gone."));
      tell({ type: "stream.ended", streamAttempt, failure });
      return undefined;
    }
    const register = () => {
      try {
        session.register(services.registration(key).credentials.take());
      } catch {
        // Without tokens nothing is sent, and the machine's own deadline for the answer decides.
      }
    };
    const registerOutdated = () => {
      if (session.isOutdated) register();
    };
    session.listen((event) => {
      tell(streamEvent(event, streamAttempt));
      // It may have changed while the request for its former description was on its way.
      if (event.type === "stream.accepted") registerOutdated();
    });
    const forget = services.registration(key).watchDescription?.(registerOutdated);
    return {
      receive: (command) => obey(command, session, register),
      left: () => {
        forget?.();
        session.abort();
      },
    };
  });
