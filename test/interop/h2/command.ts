/** `npm run interop:h2`: docs/testing.md says what it does. Ends with 1 when something was not as it must be. */
import { exchanges, exchangeWith } from "./exchange.js";
import { servers } from "./servers.js";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

for (const { name, start } of servers) {
  const server = await start();
  if (!server) {
    say(`${name}: left out, the machine has not what it takes`);
    continue;
  }
  for (const exchange of exchanges) {
    const { streams, messages, bytes } = exchange;
    try {
      await exchangeWith(server.port, exchange);
      say(`${name}: ${streams} streams, ${messages} messages of ${bytes} bytes each way`);
    } catch (error) {
      process.exitCode = 1;
      say(`${name}: ${streams} streams, ${messages} messages of ${bytes} bytes: ${error}`);
    }
  }
  server.stop();
}
