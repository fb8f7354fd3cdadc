/** A secret as Kubernetes mounts it: files are links into `..data`, a link that one rename turns to the next version. */
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export interface MountedSecret {
  readonly directory: string;
  /** The next version of all files, at once. */
  rotate(files: Readonly<Record<string, string>>): Promise<void>;
}

export async function mountSecret(files: Readonly<Record<string, string>>): Promise<MountedSecret> {
  const directory = await mkdtemp(join(tmpdir(), "mooring-mounted-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  let version = 0;
  const rotate = async (next: Readonly<Record<string, string>>) => {
    version += 1;
    const folder = `..version_${version}`;
    await mkdir(join(directory, folder));
    for (const [name, text] of Object.entries(next))
      await writeFile(join(directory, folder, name), text, { mode: 0o440 });
    await symlink(folder, join(directory, "..data_tmp"));
    await rename(join(directory, "..data_tmp"), join(directory, "..data"));
    if (version > 1) await rm(join(directory, `..version_${version - 1}`), { recursive: true });
  };
  await rotate(files);
  for (const name of Object.keys(files)) await symlink(join("..data", name), join(directory, name));
  return { directory, rotate };
}
