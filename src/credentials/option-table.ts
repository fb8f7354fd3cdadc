/** The options about keys and saved credentials: their type, and a row for each. docs/credentials.md has all ways in. */
import { having } from "../options/kinds.js";
import { type Rows, row, switchRow, textRow, textsRow } from "../options/rows.js";
import type { CredentialStore } from "./store.js";

/** Options of `credentials`: where keys are kept, and where they may be used. */
export interface CredentialOptions {
  /**
   * Folder of the files with keys and saved credentials.
   * @default `~/.strike48`
   */
  readonly directory?: string;
  /**
   * Where credentials are kept instead of files.
   * @default files in `directory`
   */
  readonly store?: CredentialStore;
  /**
   * Base of the gateway's HTTP API, where credentials are posted. Environment: `STRIKE48_API_URL`.
   * @default what the gateway says
   */
  readonly apiUrl?: string;
  /**
   * Allow plain `http` to hosts other than loopback for credential calls.
   * @default false
   */
  readonly allowInsecureHttp?: boolean;
  /**
   * Allow tokens on gRPC without TLS to hosts other than loopback. Environment:
   * `MOORING_ALLOW_INSECURE_GRPC`.
   * @default false
   */
  readonly allowInsecureGrpc?: boolean;
  /**
   * The only realms that tokens are asked of: realm URLs, or origins for all their realms.
   * @default any
   */
  readonly allowedRealms?: readonly string[];
}

const store = having("load", "readKey", "proposeKey", "save", "lock");

/** Of `credentials`. */
export const credentialOptions = {
  directory: textRow({
    says: "Folder of the files with keys and saved credentials.",
    usually: "`~/.strike48`",
  }),
  store: row(store, {
    says: "Where credentials are kept instead of files.",
    usually: "files in `directory`",
    staysHere: "Give credentials.directory; workers share it.",
  }),
  apiUrl: textRow({
    says: "Base of the gateway's HTTP API, where credentials are posted.",
    usually: "what the gateway says",
    environment: ["STRIKE48_API_URL"],
  }),
  allowInsecureHttp: switchRow({
    says: "Allow plain `http` to hosts other than loopback for credential calls.",
    usually: "false",
  }),
  allowInsecureGrpc: switchRow({
    says: "Allow tokens on gRPC without TLS to hosts other than loopback.",
    usually: "false",
    environment: ["MOORING_ALLOW_INSECURE_GRPC"],
  }),
  allowedRealms: textsRow({
    says: "The only realms that tokens are asked of: realm URLs, or origins for all their realms.",
    usually: "any",
  }),
} satisfies Rows<CredentialOptions>;
