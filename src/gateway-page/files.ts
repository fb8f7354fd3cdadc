/** The page's files. */
import type { ServerResponse } from "node:http";
import { pageFile } from "../serving/page-file.js";
import { securityHeaders } from "../serving/page-headers.js";

interface PageFile {
  readonly name: string;
  readonly type: string;
}

const files: ReadonlyMap<string, PageFile> = new Map([
  ["/", { name: "index.html", type: "text/html; charset=utf-8" }],
  ["/page.css", { name: "page.css", type: "text/css; charset=utf-8" }],
  ["/page.js", { name: "page.js", type: "text/javascript; charset=utf-8" }],
  // The drawings are those of the inspector's own page.
  ["/charts.json", { name: "../inspector/charts.json", type: "application/json" }],
]);

/** The page frames those of apps, which this server has, too. */
const framing = {
  "content-security-policy": `${securityHeaders["content-security-policy"]}; frame-src 'self'`,
};

/** False when the page has no such file. */
export async function sendFile(folder: string, pathname: string, response: ServerResponse): Promise<boolean> {
  const file = files.get(pathname);
  if (!file) return false;
  const body = await pageFile(folder, file.name);
  const headers = file.name === "index.html" ? { ...securityHeaders, ...framing } : securityHeaders;
  response.writeHead(200, { ...headers, "content-type": file.type }).end(body);
  return true;
}
