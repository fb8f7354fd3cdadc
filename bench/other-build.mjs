// Another commit of this repository, built in a temporary folder of its own, to be measured beside what lies here.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "./usage-error.mjs";

const lockfile = "package-lock.json";

function git(root, ...args) {
  const { status, stdout, stderr, error } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  if (error) throw new UsageError(`--compare needs git: ${error.message}`);
  return { done: status === 0, text: stdout.trim(), fault: stderr.trim() };
}

function must({ done, text, fault }) {
  if (!done) throw new UsageError(`--compare: git failed: ${fault}`);
  return text;
}

/** The short id of a commit. */
function commitOf(root, ref) {
  // A ref that looks like an option is none.
  const { done, text } = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`);
  if (!done) throw new UsageError(`--compare must name a commit of this repository; got "${ref}".`);
  return must(git(root, "rev-parse", "--short", text));
}

function build(folder, commit) {
  const { status, error } = spawnSync(process.execPath, [join(folder, "scripts", "build.mjs")], {
    cwd: folder,
    stdio: ["ignore", process.stderr, process.stderr],
  });
  if (status !== 0)
    throw new UsageError(`--compare: ${commit} cannot be built${error ? `: ${error.message}` : ""}.`);
}

/**
 * Checks a commit out, and builds it with the packages that are installed here. Its benchmark is replaced by the one
 * here, so that both builds run the same programs. `remove` takes it away again, as does the end of this process.
 */
export function otherBuild(root, ref, say) {
  const commit = commitOf(root, ref);
  const home = mkdtempSync(join(tmpdir(), "mooring-compare-"));
  const folder = join(home, commit);
  let isThere = true;
  const remove = () => {
    if (!isThere) return;
    isThere = false;
    git(root, "worktree", "remove", "--force", folder);
    rmSync(home, { recursive: true, force: true });
  };
  process.once("exit", remove);
  try {
    say(`checking out ${commit}`);
    must(git(root, "worktree", "add", "--detach", folder, commit));
    const theirs = join(folder, lockfile);
    if (existsSync(theirs) && readFileSync(theirs, "utf8") !== readFileSync(join(root, lockfile), "utf8"))
      say(`${commit} has another ${lockfile}: it is measured with the packages that are installed here`);
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    rmSync(join(folder, "bench"), { recursive: true, force: true });
    cpSync(join(root, "bench"), join(folder, "bench"), { recursive: true });
    build(folder, commit);
  } catch (error) {
    remove();
    throw error;
  }
  return { commit, bench: pathToFileURL(join(folder, "bench/")).href, remove };
}
