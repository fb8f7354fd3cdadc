/** Declares the commands of an administrator: names, arguments, options. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { defaultRequestMs } from "../protocol/defaults.js";
import { calledElse, key } from "./arguments.js";

/** `name=value`, collected. */
function named(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [name, ...value] = text.split("=");
  if (!name || value.length === 0) throw new InvalidArgumentError("Expected NAME=VALUE.");
  return { ...before, [name]: value.join("=") };
}

interface Shared {
  /** Reads a number of them. */
  readonly milliseconds: (text: string) => number;
  /** The same from 1 on. */
  readonly timeLimit: (text: string) => number;
  /** What `--gateway` takes. */
  readonly gatewayHelp: string;
}

export function administerCommands(mooring: Command, { milliseconds, timeLimit, gatewayHelp }: Shared): void {
  const command = (name: string, description: string) =>
    mooring
      .command(name)
      .description(description)
      .option("--gateway <url>", gatewayHelp)
      .addOption(calledElse("--url <url>", "--gateway: the gateway's HTTP API, or what connectors dial"));
  const waiting = (one: Command) =>
    one.option("--wait <ms>", "how long to wait for it to register; 0 = not at all", milliseconds, 5_000);

  const decisions = [
    ["approve", "let a connector that waits for approval serve"],
    ["reject", "refuse a connector until it is approved"],
    ["retry", "have a connector register again, now"],
  ] as const;
  for (const [action, description] of decisions)
    waiting(command(action, description))
      .argument("<key>", "tenant.type.instance", key)
      .action(async (one: string, options) => (await import("./administer.js")).decide(action, one, options));

  command("list", "the connectors that a gateway knows")
    .option("--json", "print them as JSON")
    .action(async (options) => (await import("./administer.js")).list(options));

  waiting(command("call", "send a request to a connector and print the answer"))
    .argument("<key>", "tenant.type.instance", key)
    .argument("[payload]", "JSON; with --tool, the tool's parameters")
    .option("--tool <name>", "the tool to call")
    .addOption(
      new Option(
        "--capability <name>",
        "what the connector shall do, such as subscribe of an event connector; the payload goes as it is",
      ).conflicts("tool"),
    )
    .option("--context <name=value>", "an entry of the request's context; may be repeated", named, {})
    .option("--timeout <ms>", "how long to wait for the answer", timeLimit, defaultRequestMs)
    .action(async (one: string, payload: string | undefined, options) =>
      (await import("./administer.js")).call(one, payload, options),
    );

  command("tokens", "issue a one-time token, for a connector to get its credentials with")
    .argument("<owner>", "tenant.type.instance, or tenant.type for any instance, once")
    .option("--ttl <ms>", "how long it counts", timeLimit)
    .action(async (owner: string, options) => (await import("./administer.js")).tokens(owner, options));
}
