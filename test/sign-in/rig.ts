/** A gateway, a home of its own, and a sign-in whose browser is a script. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, type GatewayOptions, startGateway } from "mooring/gateway";
import { onTestFinished } from "vitest";
import { createHttpClient, signIn, TokenFile } from "../../src/sign-in/index.js";
import type { SignInOptions } from "../../src/sign-in/sign-in.js";
import { tlsMaterial } from "../../src/transport/tls.js";
import { Browser, type Page } from "./browser.js";

export async function folder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "mooring-sign-in-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export function httpClient(ca?: string) {
  const http = createHttpClient({
    timeoutMs: 60_000,
    ...(ca === undefined ? {} : { tls: () => tlsMaterial({ ca }) }),
  });
  onTestFinished(() => http.close());
  return http;
}

export interface SignInRig {
  readonly gateway: Gateway;
  readonly directory: string;
  readonly file: TokenFile;
  readonly http: ReturnType<typeof httpClient>;
  readonly browser: Browser;
  /** Signs in; `visit` is what the person does with the address. */
  signIn(
    visit: (url: string, browser: Browser) => Promise<unknown>,
    more?: Partial<SignInOptions>,
  ): ReturnType<typeof signIn>;
}

export async function signInRig(options: GatewayOptions = {}, ca?: string): Promise<SignInRig> {
  const gateway = await startGateway(options);
  onTestFinished(() => gateway.close());
  const directory = await folder();
  const http = httpClient(ca);
  const file = new TokenFile(gateway.httpUrl, directory);
  const browser = new Browser(ca);
  return {
    gateway,
    directory,
    file,
    http,
    browser,
    signIn: async (visit, more = {}) => {
      let visited: Promise<unknown> = Promise.resolve();
      try {
        return await signIn({
          gatewayUrl: gateway.httpUrl,
          http,
          file,
          timeoutMs: 60_000,
          visit: async (url) => {
            visited = visit(url, browser);
            await visited;
          },
          ...more,
        });
      } finally {
        // The sign-in may end before the script has read the last page.
        await visited.catch(() => {});
      }
    },
  };
}

/** An HTTP client whose token calls wait: `asked` says that one came, `release` lets it go on. */
export function gated(http: SignInRig["http"]) {
  let release = () => {};
  let arrive = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const fetch: typeof http.fetch = async (url, init) => {
    if (String(url).endsWith("/token")) {
      arrive();
      await released;
    }
    return http.fetch(url, init);
  };
  return { http: { fetch, close: () => http.close() }, asked, release: () => release() };
}

/** Follows the pages to the end and allows. */
export async function allow(url: string, browser: Browser): Promise<Page> {
  return browser.submit(await browser.open(url), { account: "ada", decision: "allow" });
}

export async function deny(url: string, browser: Browser): Promise<Page> {
  return browser.submit(await browser.open(url), { decision: "deny" });
}

/** The way back that the address names, with an answer of our own making. */
export function wayBack(url: string, answer: Readonly<Record<string, string>>): URL {
  const asked = new URL(url).searchParams;
  const target = new URL(asked.get("redirect_uri") ?? "");
  for (const [name, value] of Object.entries(answer)) target.searchParams.set(name, value);
  return target;
}

export const stateOf = (url: string) => new URL(url).searchParams.get("state") ?? "";
