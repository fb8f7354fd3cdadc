/** What every broker says, so that callers need not know which one they have. */
import { MooringError } from "../../errors.js";
import { badRequest } from "../bad-request.js";

export const brokerClosed = (): MooringError =>
  new MooringError("NOT_RUNNING", "This broker is closed: make another one.");

export const tooManySubscriptions = (most: number): MooringError =>
  badRequest(`there are ${most} subscriptions already (maxSubscriptions): end one.`);

/** `where` it must be. */
export const unknownFromId = (where = "kept"): MooringError =>
  badRequest(`fromId must be the id of an event that is ${where}: begin with fromTimestamp, or without.`);

/** `pattern` as JSON. */
export const groupReadsAnother = (pattern: string): MooringError =>
  badRequest(`the group reads ${pattern} already: give it the same pattern, or another group.`);
