/** Page requests and responses of apps, as they travel in payloads (docs/protocol.md, "Apps"). */

/** A page, as the gateway gets it. */
export interface PagePayload {
  readonly content_type: string;
  readonly body: string;
  readonly status: number;
  readonly encoding: "utf8" | "base64";
  /** One value a name; left out where there are none. */
  readonly headers?: Readonly<Record<string, string>>;
}

const reasons: Readonly<Record<number, string>> = {
  400: "Bad Request",
  404: "Not Found",
  413: "Content Too Large",
  416: "Range Not Satisfiable",
  500: "Internal Server Error",
};

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text as it may stand in HTML, also within quotes. */
export const escapedHtml = (text: string): string => text.replace(/[&<>"']/g, (one) => escapes[one] ?? one);

/** A page that says what is wrong. */
export function problemPage(status: number, words = ""): PagePayload {
  const title = `${status} ${reasons[status] ?? "Error"}`;
  const sentence = words ? `<p>${escapedHtml(words)}</p>` : "";
  const body = `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${sentence}`;
  return { content_type: "text/html", body, status, encoding: "utf8" };
}
