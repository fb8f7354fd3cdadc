/** Moments in words. */

const two = (number: number): string => String(number).padStart(2, "0");

/** `28 Nov 17:48:46.266`, in the time of who looks. */
export function moment(at: number): string {
  const date = new Date(at);
  const day = date.toLocaleDateString("en", { day: "numeric", month: "short" });
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}
