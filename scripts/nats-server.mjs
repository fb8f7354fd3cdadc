/**
 * The nats-server that tests of the broker on NATS start: the one in NATS_SERVER, the one on PATH, or one that is built
 * with Go once. Run by itself, it prints where that is, or says what is missing and ends with 1.
 */
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const version = "v2.15.2";
const folder = fileURLToPath(new URL("../node_modules/.cache/nats-server/", import.meta.url));
const suffix = process.platform === "win32" ? ".exe" : "";

function onPath(name) {
  for (const place of (process.env.PATH ?? "").split(delimiter)) {
    const file = join(place, name + suffix);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // The next one.
    }
  }
  return undefined;
}

function built() {
  const file = join(folder, version, `nats-server${suffix}`);
  if (existsSync(file)) return file;
  const go = onPath("go");
  if (!go) return undefined;
  mkdirSync(join(folder, version), { recursive: true });
  const env = { ...process.env, GOBIN: join(folder, version), CGO_ENABLED: "0" };
  execFileSync(go, ["install", `github.com/nats-io/nats-server/v2@${version}`], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return file;
}

/** Where it is; throws what is missing. */
export function natsServer() {
  const found = process.env.NATS_SERVER || onPath("nats-server") || built();
  if (!found)
    throw new Error(
      "There is no nats-server: put one on PATH, name it in NATS_SERVER, or install Go, with which it is built.",
    );
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  try {
    console.log(natsServer());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
