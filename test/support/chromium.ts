/**
 * A real browser, out of a package: the binary, and the libraries and the font that a bare machine lacks. Unpacked
 * into a folder of its own for each launch, since a half-unpacked one of another process would be taken for whole.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
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
async function unpack(folder: string): Promise<string> {
  const before = own.map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, { TMPDIR: folder, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" });
  try {
    const { default: chromium } = await import("@sparticuz/chromium");
    return await chromium.executablePath();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** Without a font texts have no size, and nothing can be clicked. The package's own file names folders of its provider. */
async function fontSettings(folder: string): Promise<string> {
  const path = join(folder, "fonts.conf");
  const places = `<dir>${join(folder, "fonts")}</dir><cachedir>${join(folder, "font-cache")}</cachedir>`;
  await writeFile(path, `<?xml version="1.0"?>\n<fontconfig>${places}</fontconfig>\n`);
  return path;
}

/** `names` resolve to 127.0.0.1 in it, whatever a name server says. */
export async function launchChromium(...names: readonly string[]): Promise<Browser & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "mooring-chromium-"));
  const executablePath = await unpack(folder);
  const { chromium } = await import("playwright-core");
  const rules = names.map((name) => `MAP ${name} 127.0.0.1`).join(", ");
  const browser = await chromium.launch({
    executablePath,
    // Not the package's own arguments: they switch off what keeps origins apart.
    args: ["--no-sandbox", "--disable-gpu", `--host-resolver-rules=${rules}`],
    env: {
      ...process.env,
      HOME: folder,
      LD_LIBRARY_PATH: join(folder, "al2023", "lib"),
      FONTCONFIG_FILE: await fontSettings(folder),
    },
  });
  return Object.assign(browser, {
    async [Symbol.asyncDispose]() {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  });
}
