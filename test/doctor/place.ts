/** Runs the doctor at one address, with an authority that is trusted by the environment. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type DoctorOptions, type Finding, runChecks } from "../../src/doctor/index.js";
import { type Authority, authority } from "../support/certificates.js";

let root: Promise<Authority> | undefined;

/** One authority for all tests of a file. */
export const trusted = (): Promise<Authority> => (root ??= authority("CN=Doctor CA"));

/** A home without anything in it but the file of the authority. */
export async function trustingHome(ca?: string): Promise<Readonly<Record<string, string>>> {
  const home = await mkdtemp(join(tmpdir(), "mooring-doctor-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const file = join(home, "ca.pem");
  await writeFile(file, ca ?? (await trusted()).ca);
  return { HOME: home, MATRIX_TLS_CA_CERT: file };
}

/** What was found on the way to the gateway. */
export async function wayTo(
  url: string,
  { env = {}, ...more }: Partial<DoctorOptions> = {},
): Promise<readonly Finding[]> {
  const findings = await runChecks({ ...more, url, env: { ...(await trustingHome()), ...env } });
  return findings.filter(({ check }) => check === "gateway" || check === "clock");
}

/** Each step with its verdict, such as `tcp ok`. */
export const verdicts = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ step, level }) => `${step} ${level}`);

export const stepOf = (findings: readonly Finding[], step: Finding["step"]): Finding | undefined =>
  findings.find((one) => one.step === step);
