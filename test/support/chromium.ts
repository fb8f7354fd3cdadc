/**
 * A real browser, out of a package: the binary, and the libraries and the font that a bare machine lacks. Unpacking takes
 * seconds of computing, so that it is done once for all launches, and kept where the packages are.
 */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";

/** The package has no other binary. */
export const hasChromium = process.platform === "linux" && process.arch === "x64";

const own = ["TMPDIR", "AWS_EXECUTION_ENV", "LD_LIBRARY_PATH", "FONTCONFIG_PATH"] as const;

/**
 * The package unpacks into the folder for temporary files, its libraries only where it believes to be at a provider's,
 * and changes the environment.
 */
async function unpack(folder: string): Promise<void> {
  const before = own.map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, { TMPDIR: folder, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" });
  try {
    const { default: chromium } = await import("@sparticuz/chromium");
    await chromium.executablePath();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** The folder with all that is unpacked. It gets its name when it is whole: other processes unpack at the same time. */
async function unpacked(): Promise<string> {
  const home =
    createRequire(import.meta.url)
      .resolve("@sparticuz/chromium")
      .split("/build/")[0] ?? "";
  const { version }: { version: string } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
  const cache = join(home, "../../.cache");
  const place = join(cache, `chromium-${version}`);
  if (existsSync(place)) return place;
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "chromium-"));
  try {
    await unpack(folder);
    await rename(folder, place);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    // Another was faster.
    if (!existsSync(place)) throw error;
  }
  return place;
}

/** Without a font texts have no size, and nothing can be clicked. The package's own file names folders of its provider. */
async function fontSettings(fonts: string, folder: string): Promise<string> {
  const path = join(folder, "fonts.conf");
  const places = `<dir>${fonts}</dir><cachedir>${join(folder, "font-cache")}</cachedir>`;
  await writeFile(path, `<?xml version="1.0"?>\n<fontconfig>${places}</fontconfig>\n`);
  return path;
}

/** `names` resolve to 127.0.0.1 in it, whatever a name server says. */
export async function launchChromium(...names: readonly string[]): Promise<Browser & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "mooring-chromium-"));
  const place = await unpacked();
  const { chromium } = await import("playwright-core");
  const rules = names.map((name) => `MAP ${name} 127.0.0.1`).join(", ");
  const browser = await chromium.launch({
    executablePath: join(place, "chromium"),
    // Not the package's own arguments: they switch off what keeps origins apart.
    args: ["--no-sandbox", "--disable-gpu", `--host-resolver-rules=${rules}`],
    env: {
      ...process.env,
      HOME: folder,
      LD_LIBRARY_PATH: join(place, "al2023", "lib"),
      FONTCONFIG_FILE: await fontSettings(join(place, "fonts"), folder),
    },
  });
  return Object.assign(browser, {
    async [Symbol.asyncDispose]() {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  });
}
