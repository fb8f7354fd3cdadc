/** Page requests and responses of apps, as they travel in payloads (docs/protocol.md, "Apps"). */
import { isObject } from "../is-object.js";
import { escapedHtml } from "../serving/escaped-html.js";

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

/** A page that says what is wrong. */
export function problemPage(status: number, words = ""): PagePayload {
  const title = `${status} ${reasons[status] ?? "Error"}`;
  const sentence = words ? `<p>${escapedHtml(words)}</p>` : "";
  const body = `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${sentence}`;
  return { content_type: "text/html", body, status, encoding: "utf8" };
}

export const isTexts = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every((one) => typeof one === "string");

/** A page as a connector has sent it; undefined for what is none. */
export function pageIn(value: unknown): PagePayload | undefined {
  if (!isObject(value)) return undefined;
  const { content_type, body, status = 200, encoding = "utf8", headers = {} } = value;
  if (typeof content_type !== "string" || typeof body !== "string" || !isTexts(headers)) return undefined;
  if (encoding !== "utf8" && encoding !== "base64") return undefined;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599)
    return undefined;
  return { content_type, body, status, encoding, headers };
}
