/** Opens an address in the person's browser, by the platform's opener and without a shell. */

import { spawn } from "node:child_process";
import type { Environment } from "../environment/environment.js";

/** The opener and its arguments; undefined where no browser can be expected. */
export function browserCommand(
  url: string,
  platform: NodeJS.Platform,
  env: Environment,
): { readonly command: string; readonly args: readonly string[] } | undefined {
  if (platform === "darwin") return { command: "open", args: [url] };
  if (platform === "win32") return { command: "rundll32", args: ["url.dll,FileProtocolHandler", url] };
  const hasScreen = Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME);
  return hasScreen ? { command: "xdg-open", args: [url] } : undefined;
}

/** True when an opener was started. Only http(s) addresses are given to it. */
export async function openBrowser(
  url: string,
  platform: NodeJS.Platform = process.platform,
  env: Environment = process.env,
): Promise<boolean> {
  const opener = browserCommand(new URL(url).href, platform, env);
  if (!opener || !/^https?:/.test(url)) return false;
  return new Promise((resolve) => {
    const child = spawn(opener.command, opener.args, { stdio: "ignore", detached: true, shell: false });
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}
