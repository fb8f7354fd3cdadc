/** Brings a driven connection to where a row of the table begins. */
import { DrivenConnection } from "./driven-connection.js";
import { flags, headers, ok, rst, settings, settingsAck } from "./frames.js";
import type { Stage } from "./requirements.js";

const cancel = 8;

export function connectionAt(stage: Stage): DrivenConnection {
  const driven = new DrivenConnection();
  const owner = driven.open();
  driven.connection.flush();
  if (stage === "unsettled") return driven;
  driven.receive(Buffer.concat([settings(), settingsAck]));
  switch (stage) {
    case "open":
      return driven;
    case "answered":
      driven.receive(headers(1, ok));
      return driven;
    case "half-closed (local)":
      driven.receive(headers(1, ok));
      owner.call?.end();
      break;
    case "half-closed (remote)":
      driven.receive(headers(1, ok, flags.end));
      return driven;
    case "closed":
      driven.receive(headers(1, ok, flags.end));
      owner.call?.end();
      break;
    case "reset by us":
      owner.call?.reset(cancel);
      break;
    case "reset by the peer":
      driven.receive(rst(1, "CANCEL"));
      return driven;
  }
  driven.connection.flush();
  return driven;
}
