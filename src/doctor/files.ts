/** Checks keys and saved credentials on disk: readable by their owner only, of a known kind, and complete. */
import { lstat, readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { SigningIdentity } from "../credentials/access-token.js";
import { identityNameOf } from "../credentials/file-names.js";
import { issuerOf } from "../credentials/issuing-gateway.js";
import { KeyError, loadSigningKey } from "../credentials/keys.js";
import { loadMountedKey, readMountedKeySettings, wellKnownKeyPaths } from "../credentials/mounted-key.js";
import { parseSavedCredentials } from "../credentials/store.js";
import { type Environment, given } from "../environment/environment.js";
import { codeOf } from "../errors.js";
import { readTextFile } from "../files/read-file.js";
import { Secret } from "../secret.js";
import { type Finding, findingsOf } from "./finding.js";

const files = findingsOf("files");
const keys = findingsOf("key");

/** What could be read, for the checks that use it. */
export interface FileReport {
  readonly findings: readonly Finding[];
  readonly identities: readonly SigningIdentity[];
  /** Names of registrations with credentials on disk that can be read. */
  readonly saved: readonly string[];
}

/** Of one file: with the names of the keys that were looked at. */
interface SavedReport extends FileReport {
  readonly keys: readonly string[];
}

/** What one identity's files showed. */
type Checked = Omit<FileReport, "saved">;

const isMissing = (error: unknown) => codeOf(error) === "ENOENT";

/** The rights that nobody but the owner may have, and what to do about them. */
interface ModeRule {
  readonly rights: number;
  readonly fix: (path: string) => string;
}

const ownFile: ModeRule = { rights: 0o077, fix: (path) => `chmod go-rwx ${path}` };

/** A volume with an `fsGroup` gives its files to that group to read, which is how the connector gets at them. */
const mountedFile: ModeRule = {
  rights: 0o037,
  fix: () => "mount it with mode 0440, by defaultMode for example",
};

async function checkMode(path: string, { rights, fix } = ownFile): Promise<Finding[]> {
  if (process.platform === "win32") return [];
  try {
    const { mode } = await stat(path);
    if ((mode & rights) === 0) return [];
    const octal = (mode & 0o777).toString(8);
    return [files.warn(`others have rights to ${path} (mode ${octal})`, fix(path))];
  } catch (error) {
    return isMissing(error)
      ? []
      : [files.fail(`${path} cannot be looked at (${codeOf(error)})`, "check who owns it")];
  }
}

async function namesIn(folder: string, extension: string): Promise<{ names: string[]; findings: Finding[] }> {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith(extension) && !name.startsWith("."));
    return { names: names.sort(), findings: await checkMode(folder) };
  } catch (error) {
    if (isMissing(error)) return { names: [], findings: [] };
    const finding = files.fail(`${folder} cannot be listed (${codeOf(error)})`, `check who owns ${folder}`);
    return { names: [], findings: [finding] };
  }
}

/** What is there and cannot be read, by whose name a file is looked for or made: a folder, a link to nothing, a pipe. */
async function checkReadable(path: string): Promise<Finding[]> {
  try {
    await readTextFile(path);
    return [];
  } catch (error) {
    const isGone = isMissing(error) && (await lstat(path).catch(() => undefined)) === undefined;
    if (isGone) return [];
    const why = isMissing(error) ? "a link to nothing" : codeOf(error);
    return [
      files.fail(`${path} cannot be read (${why})`, "take it away, or let the user of the connector read it"),
    ];
  }
}

/** The files of a folder that no other check reads. */
async function checkUnread(folder: string, extensions: readonly string[], read: ReadonlySet<string>) {
  const names = await readdir(folder).catch(() => []);
  const unread = names.filter(
    (name) => !name.startsWith(".") && !read.has(name) && extensions.some((one) => name.endsWith(one)),
  );
  return (await Promise.all(unread.sort().map((name) => checkReadable(join(folder, name))))).flat();
}

/** What to do about a key that does not serve: it depends on who put it there. */
interface KeyFixes {
  readonly missing: string;
  readonly unreadable: string;
  readonly unusable: string;
}

const mountedKeyFixes: KeyFixes = {
  missing: "mount the key there, or set STRIKE48_PRIVATE_KEY_PATH to where it is",
  unreadable:
    "set STRIKE48_PRIVATE_KEY_PATH to a file that the user of the connector may read, by fsGroup and mode 0440 for example",
  unusable: "mount the key that is registered for the client of STRIKE48_CLIENT_ID",
};

const savedKeyFixes = (credentials: string): KeyFixes => ({
  missing: `put it back, or move ${credentials} away to register anew`,
  unreadable: "let the user of the connector read it",
  unusable: `put back the key that its client was registered with, or move it and ${credentials} away to register anew`,
});

/** The key's text when it is usable, and what was found. */
async function checkKey(
  path: string,
  fixes: KeyFixes,
): Promise<{ readonly pem: Secret | undefined; readonly finding: Finding }> {
  try {
    const pem = new Secret(await readTextFile(path));
    const { algorithm } = await loadSigningKey(pem);
    return { pem, finding: keys.ok(`${path} is a key for ${algorithm}`) };
  } catch (error) {
    if (error instanceof KeyError)
      return { pem: undefined, finding: keys.fail(`${path}: ${error.message}`, fixes.unusable) };
    if (isMissing(error))
      return { pem: undefined, finding: keys.fail(`the key ${path} does not exist`, fixes.missing) };
    const what = `the key ${path} cannot be read (${codeOf(error)})`;
    return { pem: undefined, finding: keys.fail(what, fixes.unreadable) };
  }
}

/** As the runtime finds it; settings that do not go together are judged by the check of sources. */
async function checkMountedKey(env: Environment): Promise<Checked> {
  const reading = readMountedKeySettings(env);
  if (reading.is === "absent") return { findings: [], identities: [] };
  const named = given(env.STRIKE48_PRIVATE_KEY_PATH);
  if (reading.is === "wrong") {
    const findings = named === undefined ? [] : [(await checkKey(named, mountedKeyFixes)).finding];
    return { findings, identities: [] };
  }
  const identity = await loadMountedKey(reading.settings, wellKnownKeyPaths).catch(() => undefined);
  if (identity && identity.privateKeyPem === undefined && named === undefined) {
    const what = `no mounted key: ${identity.location} does not exist`;
    return { findings: [keys.fail(what, "mount one, or set STRIKE48_PRIVATE_KEY_PATH")], identities: [] };
  }
  const path = identity?.location ?? named ?? "";
  const { pem, finding } = await checkKey(path, mountedKeyFixes);
  return {
    findings: [...(await checkMode(path, mountedFile)), finding],
    identities: pem === undefined || !identity ? [] : [identity],
  };
}

/** `here`: the names of the gateway that is dialled. */
async function checkSaved(
  folder: string,
  name: string,
  keyFolder: string,
  here: readonly string[],
): Promise<SavedReport> {
  const path = join(folder, name);
  const findings = await checkMode(path);
  const text = await readTextFile(path).catch(() => "");
  const credentials = parseSavedCredentials(text);
  if (!credentials) {
    const what = `${path} cannot be read as saved credentials`;
    return {
      findings: [...findings, files.fail(what, "move it away: the connector then registers anew")],
      identities: [],
      keys: [],
      saved: [],
    };
  }
  const stem = name.replace(/\.json$/, "");
  const keyPath = join(keyFolder, `${stem}.pem`);
  const { pem, finding } = await checkKey(keyPath, savedKeyFixes(path));
  const identity = { kind: "saved", credentials, privateKeyPem: pem, location: path } as const;
  const isOther = issuerOf(credentials, here) === "elsewhere";
  const whose = isOther
    ? ` of another gateway, ${credentials.gateways?.[0]}: they are not used for this one`
    : "";
  return {
    findings: [
      ...findings,
      ...(await checkMode(keyPath)),
      files.ok(`${path} holds credentials${whose}`),
      finding,
    ],
    identities: pem === undefined || isOther ? [] : [identity],
    keys: [stem],
    saved: isOther ? [] : [identityNameOf(stem)],
  };
}

/** Checks the mounted key, and everything in the folders of keys, credentials and sign-ins. `here`: the gateway's names. */
export async function checkFiles(env: Environment, here: readonly string[]): Promise<FileReport> {
  const base = join(given(env.HOME) ?? homedir(), ".strike48");
  const keyFolder = given(env.STRIKE48_KEYS_DIR) ?? join(base, "keys");
  const folder = join(base, "credentials");
  const mounted = await checkMountedKey(env);
  const listed = await namesIn(folder, ".json");
  const saved = await Promise.all(listed.names.map((name) => checkSaved(folder, name, keyFolder, here)));
  const signInFolder = join(base, "sign-in");
  const signIns = await namesIn(signInFolder, ".json");
  const ownKeys = new Set(saved.flatMap((one) => one.keys.map((name) => `${name}.pem`)));
  const findings = [
    ...mounted.findings,
    ...listed.findings,
    ...(await namesIn(keyFolder, ".pem")).findings,
    ...(await checkUnread(keyFolder, [".pem", ".pem.new", ".lock"], ownKeys)),
    ...saved.flatMap((one) => one.findings),
    ...signIns.findings,
    ...(await checkUnread(signInFolder, [".json"], new Set())),
    ...(await Promise.all(signIns.names.map((name) => checkMode(join(signInFolder, name))))).flat(),
  ];
  if (listed.names.length === 0 && mounted.findings.length === 0)
    findings.push(files.ok(`no saved credentials in ${folder}`));
  return {
    findings,
    identities: [...mounted.identities, ...saved.flatMap((one) => one.identities)],
    saved: saved.flatMap((one) => one.saved),
  };
}
