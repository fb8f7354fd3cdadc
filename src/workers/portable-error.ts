/** An error as another thread can take it: its name, message and stack. What hangs on it may not cross. */
export function portableError(error: unknown): Error | undefined {
  if (error === undefined) return undefined;
  if (!(error instanceof Error)) return new Error(String(error));
  const { name, message, stack } = error;
  return Object.defineProperties(new Error(message), {
    name: { value: name },
    stack: { value: stack },
  });
}
