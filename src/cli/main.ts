#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { MooringError } from "../errors.js";
/** The command `mooring`: parses arguments and hands over to one file per command. */
import {
  defaultDrainMs,
  defaultPort,
  defaultSignInMs,
  defaultStartMs,
  highestPort,
  maxTimerMs,
} from "../protocol/defaults.js";
import { packageVersion } from "../version.js";
import { administerCommands } from "./administer-commands.js";
import { calledElse, key, refuseEmpty, wholeNumber } from "./arguments.js";
import { outliveOutput } from "./closed-output.js";
import { controlOption, describedOption } from "./control-option.js";
import { endProcess } from "./end-process.js";
import { exitCodes, exitHelp } from "./exit-codes.js";
import { foreign } from "./foreign-text.js";
import { complain, writeText } from "./lines.js";
import { recordingCommands } from "./recording-commands.js";
import { watchingCommands } from "./watching-commands.js";

function approval(text: string): string {
  if (text === "automatic" || text === "manual") return text;
  throw new InvalidArgumentError("Expected automatic or manual.");
}

const port = wholeNumber(0, highestPort);
const milliseconds = wholeNumber(0, maxTimerMs);
/** With 0 it would be over before it began. */
const timeLimit = wholeNumber(1, maxTimerMs);

const gatewayHelp = "the gateway's HTTP API or what connectors dial (STRIKE48_API_URL, STRIKE48_URL)";

function program(): Command {
  const mooring = new Command("mooring")
    .description("Connectors that dial out: a runtime, an embedded gateway, and what to ask them.")
    .version(packageVersion)
    // Commands added below inherit both.
    .exitOverride()
    .configureHelp({ optionDescription: describedOption })
    .configureOutput({
      writeOut: (text) => writeText(text.trimEnd()),
      writeErr: (text) => complain(text.trimEnd()),
      outputError: (text, put) =>
        put(
          text
            .replace(/^error: /, "mooring: ")
            .trimEnd()
            .replace(/\n/g, " "),
        ),
    });

  mooring
    .command("dev")
    .description("run the embedded gateway")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <number>", "port to listen on; 0 picks one", port, defaultPort)
    .option("--allowed-hosts <names>", "other names that HTTP requests may call it by, separated by commas")
    .option("--approval <how>", "automatic or manual", approval, "manual")
    .option("--tls-cert <file>", "certificate (PEM); TLS is on when given with --tls-key")
    .option("--tls-key <file>", "private key (PEM)")
    .option(
      "--admin-token <text>",
      "bearer token for the HTTP API; required outside loopback (or MOORING_ADMIN_TOKEN)",
    )
    .option("--state <folder>", "keep approvals, clients and keys there, over restarts")
    .option("--quiet", "print no line for each request")
    .option("--no-page", "serve no page")
    .option("--page-port <number>", "port of the page; 0 picks one", port, 0)
    .option("--inspector <url>", "show this runtime's charts on the page: what --inspect has printed there")
    .action(async (options) => (await import("./dev.js")).dev(options));

  mooring
    .command("run")
    .description("host the connectors that a module exports, or the tools of an MCP server")
    .argument("[file]", "a .js, .mjs or .ts module; may be left out with --mcp")
    .option("--watch", "load the module anew when it or what it imports changes")
    .option(
      "--mcp <server>",
      "serve the tools of this MCP server: its command in quotes, or its http(s) address",
    )
    .option("--type <name>", "connector type of the MCP server (default: by its name)")
    .option("--url <url>", "the gateway, e.g. grpc://localhost:50061 (STRIKE48_URL)")
    .addOption(calledElse("--gateway <url>", "--url: what connectors dial"))
    .option("--tenant <id>", "tenant of every registration (TENANT_ID)")
    .option("--instance <id>", "instance id of every registration (INSTANCE_ID)")
    .option(
      "--start-timeout <ms>",
      "how long to wait before saying what is not ready",
      milliseconds,
      defaultStartMs,
    )
    .option(
      "--drain-deadline <ms>",
      "time for running requests at the first signal",
      milliseconds,
      defaultDrainMs,
    )
    .option(
      "--workers <number>",
      "host them in so many worker threads, auto = one a processor; 0 = in the main one",
      wholeNumber(0, 256, "auto"),
      0,
    )
    .option("--health <port>", "serve /livez, /readyz and /metrics; 0 picks a port", port)
    .option("--health-host <address>", "address to serve them on (default: 127.0.0.1)")
    .option("--inspect", "serve the inspector on loopback")
    .option("--inspect-port <number>", "its port; 0 picks one", port, 0)
    .addOption(controlOption())
    .option("--recording <file>", "write a recording there after a fault and on SIGUSR2")
    .option("--json", "print JSON on a terminal too, as elsewhere")
    .action(async (file: string | undefined, options) => (await import("./run.js")).run(file, options));

  mooring
    .command("new")
    .description("make a project: a connector with its test, in a new folder")
    .argument("<name>", "of the folder, the package and the connector's type")
    .option("--kind <kind>", "which connector: tool, app, source, sink, request-response, events or mcp")
    .action(async (name: string, options) => (await import("./new.js")).newProject(name, options));

  mooring
    .command("mcp-serve")
    .description(
      "offer the tools of the connectors that a module exports to an MCP client, on stdin and stdout",
    )
    .argument("<file>", "a .js, .mjs or .ts module")
    .action(async (file: string) => (await import("./mcp-serve.js")).mcpServe(file));

  mooring
    .command("status")
    .description("how a running runtime's registrations stand; exits with 0 ready, 1 not ready, 2 cannot ask")
    .argument("[key]", "tenant.type.instance; without it, every registration", key)
    .option("--pid <number>", "the process to ask, when several run", wholeNumber(1, 2 ** 31 - 1))
    .option("--control <path>", "path of its control socket")
    .option("--json", "print the whole status as JSON, with a key that of the registration")
    .action(async (key: string | undefined, options) => (await import("./ask.js")).status(key, options));

  mooring
    .command("explain")
    .description("why a registration is where it is, and what happens next; exits as status does")
    .argument("[key]", "tenant.type.instance; without it, every registration that is not ready", key)
    .option("--pid <number>", "the process to ask, when several run", wholeNumber(1, 2 ** 31 - 1))
    .option("--control <path>", "path of its control socket")
    .option("--all", "the whole history, instead of its newest lines")
    .action(async (key: string | undefined, options) => (await import("./ask.js")).explain(key, options));

  recordingCommands(mooring);
  watchingCommands(mooring, gatewayHelp);

  mooring
    .command("machines")
    .description("list the statecharts, or print them for other tools, such as Stately's editor")
    .argument("[name]", "a machine, such as registration; with --format and without it: all of them")
    .addOption(
      new Option("--format <how>", "code for Stately, data, or a diagram (default: stately)").choices([
        "stately",
        "json",
        "mermaid",
      ]),
    )
    .action(async (name: string | undefined, options) =>
      (await import("./print-machines.js")).printMachines(name, options),
    );

  mooring
    .command("demo")
    .description("gateway, registrations, requests, an approval and a gateway restart, all in this process")
    .option("--once", "go through it once, print what was seen, and exit")
    .option("--inspect", "serve the inspector on loopback")
    .option("--inspect-port <number>", "its port; 0 picks one", port, 0)
    .option("--control", "let the inspector's page pause, resume, restart, retry, remove and drain")
    .action(async (options) => (await import("./demo.js")).demo(options));

  mooring
    .command("login")
    .description("sign in at a gateway, in your browser")
    .option("--gateway <url>", gatewayHelp)
    .option("--no-browser", "print the address instead of opening a browser")
    .option("--timeout <ms>", "how long to wait for the browser", timeLimit, defaultSignInMs)
    .action(async (options) => (await import("./login.js")).login(options));

  mooring
    .command("logout")
    .description("revoke and delete a sign-in")
    .option("--gateway <url>", gatewayHelp)
    .action(async (options) => (await import("./logout.js")).logout(options));

  mooring
    .command("whoami")
    .description("who is signed in at a gateway")
    .option("--gateway <url>", gatewayHelp)
    .option("--json", "print it as JSON")
    .action(async (options) => (await import("./whoami.js")).whoami(options));

  administerCommands(mooring, { milliseconds, timeLimit, gatewayHelp });

  mooring
    .command("doctor")
    .description("check settings, keys, files, clocks, the way to the gateway and the token server")
    .option("--url <url>", "the gateway that connectors dial (STRIKE48_URL)")
    .addOption(calledElse("--gateway <url>", "--url: what connectors dial"))
    .option("--json", "print the checks as JSON")
    .action(async (options) => (await import("./doctor.js")).doctor(options));
  refuseEmpty(mooring);
  for (const command of mooring.commands) command.addHelpText("after", () => exitHelp(command.name()));
  return mooring;
}

/** Says what is wrong, unless that has been said; returns the exit code. */
function failed(error: unknown): number {
  // Of a wrong command line Commander has told; 0 is --help and --version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wronglyCalled;
  const unknown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  complain(`mooring: ${error instanceof MooringError ? foreign(error.message) : unknown}`);
  return exitCodes.failed;
}

/** What is done beside printing: these go on without output. */
const serving = new Set(["dev", "run", "demo"]);
let running = "";

outliveOutput(() => serving.has(running));
// Node would print its text as it is. A program that listens itself decides itself.
process.on("uncaughtException", (error) => {
  if (process.listenerCount("uncaughtException") > 1) return;
  failed(error);
  process.exit(exitCodes.failed);
});
try {
  await program()
    .hook("preAction", (_mooring, command) => {
      running = command.name();
    })
    .parseAsync();
} catch (error) {
  const code = failed(error);
  // A command may have set its own.
  process.exitCode ||= code;
  endProcess();
}
