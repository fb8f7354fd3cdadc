/** Page requests without a gateway. */
import { type Connector, type ConnectorRequest, PayloadEncoding, type RequestContext } from "mooring";
import { expect } from "vitest";
import { requestContext } from "../support/request-context.js";

export interface TestPage {
  readonly content_type: string;
  readonly body: string;
  readonly status: number;
  readonly encoding: "utf8" | "base64";
  readonly headers?: Readonly<Record<string, string>>;
}

export const asked = (payload: unknown, capabilityId?: string): ConnectorRequest => ({
  requestId: "r",
  capabilityId,
  encoding: PayloadEncoding.JSON,
  bytes: new Uint8Array(),
  json: () => {
    if (payload instanceof Error) throw payload;
    return payload;
  },
});

export async function page(
  app: Connector,
  payload: unknown,
  context: Partial<RequestContext> = {},
): Promise<TestPage> {
  const made = await app.execute(asked(payload), requestContext(context));
  expect(made).toMatchObject({
    content_type: expect.any(String),
    body: expect.any(String),
    status: expect.any(Number),
  });
  return made as TestPage;
}

export const bytesOf = ({ body, encoding }: TestPage): Buffer =>
  Buffer.from(body, encoding === "base64" ? "base64" : "utf8");
