/** What is asked of the gateway: the calls of its HTTP API, which the page's server answers at the same paths. */

export interface Action {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
}

export type Answer =
  | { readonly isDone: true; readonly body: unknown }
  | { readonly isDone: false; readonly words: string };

function problemIn(text: string, status: number): string {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown; hint?: unknown } };
    const said = [error?.message, error?.hint].filter((one) => typeof one === "string");
    if (said.length > 0) return said.join(" Perhaps: ");
  } catch {
    // No JSON: the status says what there is to say.
  }
  return `The page's server answered ${status}.`;
}

export async function ask({ method, path, body }: Action, signal?: AbortSignal): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  try {
    const init = { method, ...(body ? { headers, body: JSON.stringify(body) } : {}) };
    const response = await fetch(path.slice(1), { ...init, ...(signal ? { signal } : {}) });
    const text = await response.text();
    if (!response.ok) return { isDone: false, words: problemIn(text, response.status) };
    return { isDone: true, body: JSON.parse(text) };
  } catch {
    return { isDone: false, words: signal?.aborted ? "taken back" : "mooring dev does not answer." };
  }
}

const at = (key: string, action: string) => `/api/registrations/${encodeURIComponent(key)}/${action}`;

export const approve = (key: string): Action => ({ method: "POST", path: at(key, "approve") });
export const reject = (key: string): Action => ({ method: "POST", path: at(key, "reject") });
export const retry = (key: string): Action => ({ method: "POST", path: at(key, "retry") });
export const deregister = (key: string): Action => ({ method: "POST", path: at(key, "deregister") });
export const capabilitiesOf = (key: string): Action => ({ method: "GET", path: at(key, "capabilities") });
/** Where its app's pages are, of the page's server alone. */
export const placeOfApp = (key: string): Action => ({
  method: "GET",
  path: `/gateway/app/${encodeURIComponent(key)}`,
});
export const execute = (key: string, body: object): Action => ({
  method: "POST",
  path: at(key, "execute"),
  body,
});
export const setFaults = (body: object): Action => ({ method: "POST", path: "/api/faults", body });
export const disturb = (how: string): Action => ({ method: "POST", path: "/api/disturb", body: { how } });
export const restart = (downMs: number): Action => ({
  method: "POST",
  path: "/api/restart",
  body: { downMs },
});
export const issueToken = (body: object): Action => ({ method: "POST", path: "/api/one-time-tokens", body });
