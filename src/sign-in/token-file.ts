/** Keeps one sign-in per gateway: a file that only its owner may read, in a folder of the same kind. */
import { createHash } from "node:crypto";
import { unlink } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { ModeWatch, readPrivateFile, replacePrivateFile } from "../credentials/private-files.js";
import { codeOf } from "../errors.js";
import { type Logger, silentLogger } from "../logger.js";
import { Secret } from "../secret.js";
import { SignInError } from "./errors.js";
import type { TokenSet } from "./oauth.js";
import { type OidcConfig, parseOidcConfig } from "./oidc-config.js";

/** Who is signed in, where, and with what. */
export interface SavedSignIn {
  readonly gatewayUrl: string;
  readonly subject: string;
  readonly config: OidcConfig;
  readonly tokens: TokenSet;
}

/** One name per gateway; the digest keeps apart what the readable part does not. */
function fileName(gatewayUrl: string): string {
  const digest = createHash("sha256").update(gatewayUrl).digest("hex").slice(0, 16);
  return `${new URL(gatewayUrl).host.replace(/[^a-z0-9.-]/gi, "_").slice(0, 100)}-${digest}.json`;
}

function format({ gatewayUrl, subject, config, tokens }: SavedSignIn): string {
  const members = {
    gateway: gatewayUrl,
    subject,
    oidc_config: {
      authorization_endpoint: config.authorizationEndpoint,
      token_endpoint: config.tokenEndpoint,
      issuer: config.issuer,
      client_id: config.clientId,
      scopes: config.scopes,
      userinfo_endpoint: config.userinfoEndpoint,
      revocation_endpoint: config.revocationEndpoint,
    },
    access_token: tokens.accessToken.reveal(),
    refresh_token: tokens.refreshToken?.reveal(),
    expires_at: tokens.expiresAt,
  };
  return `${JSON.stringify(members, null, 2)}\n`;
}

function parse(json: string, gatewayUrl: string): SavedSignIn | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== "object" || value === null) return undefined;
    const { gateway, subject, oidc_config, access_token, refresh_token, expires_at } = value as Record<
      string,
      unknown
    >; // narrowed member by member below
    if (gateway !== gatewayUrl || typeof subject !== "string" || typeof access_token !== "string")
      return undefined;
    if (typeof expires_at !== "number") return undefined;
    const refreshToken = typeof refresh_token === "string" ? new Secret(refresh_token) : undefined;
    const tokens = { accessToken: new Secret(access_token), refreshToken, expiresAt: expires_at };
    return { gatewayUrl, subject, config: parseOidcConfig(oidc_config), tokens };
  } catch {
    return undefined;
  }
}

export class TokenFile {
  readonly path: string;
  readonly #gatewayUrl: string;
  readonly #modes: ModeWatch;

  /** `directory`: default `$HOME/.strike48`. */
  constructor(gatewayUrl: string, directory = join(homedir(), ".strike48"), logger: Logger = silentLogger) {
    this.#gatewayUrl = gatewayUrl;
    this.path = join(directory, "sign-in", fileName(gatewayUrl));
    this.#modes = new ModeWatch(logger);
  }

  /** Undefined when nobody is signed in. Rejects with STORE for a file that cannot be used. */
  async read(): Promise<SavedSignIn | undefined> {
    let json: string | undefined;
    try {
      json = await readPrivateFile(this.path, this.#modes);
    } catch (cause) {
      throw new SignInError("STORE", `The saved sign-in ${this.path} cannot be read.`, { cause });
    }
    if (json === undefined) return undefined;
    const saved = parse(json, this.#gatewayUrl);
    if (saved) return saved;
    throw new SignInError("STORE", `The saved sign-in ${this.path} is damaged: run "mooring login" again.`);
  }

  async write(saved: SavedSignIn): Promise<void> {
    try {
      await replacePrivateFile(this.path, format(saved), this.#modes);
    } catch (cause) {
      throw new SignInError("STORE", `The sign-in cannot be saved to ${this.path}.`, { cause });
    }
  }

  /** False when there was nothing to delete. */
  async delete(): Promise<boolean> {
    try {
      await unlink(this.path);
      return true;
    } catch (cause) {
      if (codeOf(cause) === "ENOENT") return false;
      throw new SignInError("STORE", `The saved sign-in ${this.path} cannot be deleted.`, { cause });
    }
  }
}
