/** What is told when nothing came for too long: how long that was, and what to look at. Pure. */
import { type Failure, failureOf } from "./failure.js";
import { answerDeadlineMs, openingDeadlineMs, type RegistrationPolicy } from "./policy.js";

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;

const silence = (cause: Failure["cause"], ms: number, what: string): Failure =>
  failureOf(cause, { code: "SILENCE", detail: `Nothing came for ${seconds(ms)}: ${what}` });

export const openingSilence = (policy: RegistrationPolicy): Failure =>
  silence("open-timeout", openingDeadlineMs(policy), "neither a stream nor an error of the connection.");

export const registerSilence = (policy: RegistrationPolicy): Failure =>
  silence("register-timeout", answerDeadlineMs(policy), "no answer to the register request.");

export const heartbeatSilence = ({ heartbeat }: RegistrationPolicy): Failure =>
  silence("heartbeat-timeout", heartbeat.timeoutMs, "no answer to a heartbeat.");
