/** A function from a request to a value. */
import { requestResponseConnector } from "mooring";

export default requestResponseConnector({
  type: "my-connector",
  version: "0.1.0",
  execute: (request) => {
    const number = Number(request.json());
    if (Number.isNaN(number)) throw new Error("send a number");
    return { square: number ** 2 };
  },
});
