/** A gateway in a process of its own, told what to do by messages. */
import { startGateway } from "../../dist/gateway.js";

try {
  await startGateway(JSON.parse(process.argv[2] ?? "{}"));
  process.send?.({ started: true });
} catch (error) {
  process.send?.({ started: false, message: String(error) });
}
