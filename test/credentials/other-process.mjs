// One process of two that register the same identity: its log lines and what it came to, as JSON lines on stdout.
import { createCredentialService } from "../../build/src/credentials/create.js";
import { Secret } from "../../build/src/secret.js";

const { authority, directory, oneTimeToken, identity } = JSON.parse(process.argv[2] ?? "{}");
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const at = (level) => (_fields, message) => say({ level, message });
const credentials = createCredentialService({
  dialled: { authority, tls: false },
  stepTimeoutMs: 20_000,
  directory,
  logger: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
});
const registration = credentials.for(identity, undefined);
const offerId = registration.deposit({ oneTimeToken: new Secret(oneTimeToken), registerUrl: "", apiUrl: "" });
const { signal } = new AbortController();
const { source } = await registration.find({ offerId, renew: false }, signal);
await registration.registerKey(offerId, signal);
await registration.mint({ ahead: false, isNewClient: true }, signal);
say({ done: source });
await credentials.close();
