/** Whether a process of this host is gone for certain. */
import { codeOf } from "../errors.js";

export function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}
