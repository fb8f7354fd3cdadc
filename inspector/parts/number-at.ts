/** Numbers in what is known of an actor. */
import type { Fields } from "../feed/told.js";

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;

/** 0 where there is none. */
export const numberAt = (context: Fields, ...path: readonly string[]): number => {
  const found = path.reduce<unknown>(fieldOf, context);
  return typeof found === "number" ? found : 0;
};
