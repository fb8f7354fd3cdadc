// All row groups, in the order in which they run.
import * as adaptive from "./adaptive.mjs";
import * as cold from "./cold.mjs";
import * as fairness from "./fairness.mjs";
import * as halfLoad from "./half-load.mjs";
import * as idle from "./idle.mjs";
import * as inspection from "./inspection.mjs";
import * as invoke from "./invoke.mjs";
import * as kinds from "./kinds.mjs";
import * as micro from "./micro.mjs";
import * as recording from "./recording.mjs";
import * as relay from "./relay.mjs";
import * as startup from "./startup.mjs";
import * as storm from "./storm.mjs";
import * as throughput from "./throughput.mjs";
import * as websocket from "./websocket.mjs";
import * as workers from "./workers.mjs";

export const rows = [
  throughput,
  halfLoad,
  fairness,
  idle,
  cold,
  storm,
  websocket,
  inspection,
  recording,
  startup,
  micro,
  adaptive,
  kinds,
  relay,
  invoke,
  workers,
];
