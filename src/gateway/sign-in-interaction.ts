/**
 * The step of a sign-in in which a person decides: shows the consent page and takes its answer. A decision counts
 * only from the browser that began (the provider's cookie) and from our own page (a token in its form).
 */
import { createHmac, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { default as Provider } from "oidc-provider";
import { isSameSecret } from "../same-secret.js";
import { ApiError } from "../serving/api-error.js";
import { readBody } from "../serving/request-body.js";
import { consentPage, pageHeaders, problemPage } from "./sign-in-pages.js";

type Details = Awaited<ReturnType<Provider["interactionDetails"]>>;

const largestFormBytes = 8_192;

const accountForm = /^[\p{L}\p{N}._@+-]{1,100}$/u;

function send(response: ServerResponse, status: number, html: string, formTargets: readonly string[] = []) {
  response.writeHead(status, pageHeaders(formTargets)).end(html);
}

/** The form's fields; undefined when it is too large. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  try {
    return new URLSearchParams(await readBody(request, largestFormBytes));
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const scopesOf = ({ params }: Details) => text(params.scope).split(" ").filter(Boolean);

export class SignInInteraction {
  readonly #secret = randomBytes(32);
  readonly #adminToken: string | undefined;
  /** The origin of our own pages. */
  readonly #origin: string;

  constructor(adminToken: string | undefined, origin: string) {
    this.#adminToken = adminToken;
    this.#origin = origin;
  }

  async handle(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
    let details: Details;
    try {
      details = await provider.interactionDetails(request, response);
    } catch {
      const words = "This sign-in is over, or was begun in another browser. Start it again.";
      return send(response, 400, problemPage(words));
    }
    if (request.method === "GET") return this.#ask(response, details, 200);
    if (request.method !== "POST") return send(response, 405, problemPage("Only GET and POST are served."));
    await this.#decide(provider, request, response, details);
  }

  async #decide(
    provider: Provider,
    request: IncomingMessage,
    response: ServerResponse,
    details: Details,
  ): Promise<void> {
    const form = await readForm(request);
    const { origin } = request.headers;
    const isOurs = origin === undefined || origin === this.#origin;
    if (!form || !isOurs || !isSameSecret(form.get("csrf") ?? "", this.#csrf(details)))
      return send(response, 403, problemPage("This decision did not come from the sign-in page."));
    if (form.get("decision") !== "allow") {
      const refusal = { error: "access_denied", error_description: "The person denied the request." };
      return provider.interactionFinished(request, response, refusal);
    }
    const account = details.session?.accountId ?? form.get("account")?.trim() ?? "";
    const problem = details.session?.accountId ? undefined : this.#problemOf(account, form);
    if (problem) return this.#ask(response, details, 422, problem);
    const grant = new provider.Grant({ accountId: account, clientId: text(details.params.client_id) });
    grant.addOIDCScope(scopesOf(details).join(" "));
    const grantId = await grant.save();
    const result = { login: { accountId: account }, consent: { grantId } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }

  #problemOf(account: string, form: URLSearchParams): string | undefined {
    if (!accountForm.test(account)) return "A user name takes 1 to 100 letters, digits and . _ @ + -";
    if (this.#adminToken && !isSameSecret(form.get("admin_token") ?? "", this.#adminToken))
      return "That is not the administrators' token.";
    return undefined;
  }

  #ask(response: ServerResponse, details: Details, status: number, problem?: string): void {
    const redirect = new URL(text(details.params.redirect_uri));
    const html = consentPage({
      clientName: "Mooring command line",
      redirectHost: redirect.host,
      scopes: scopesOf(details),
      account: details.session?.accountId,
      asksAdminToken: this.#adminToken !== undefined,
      csrf: this.#csrf(details),
      ...(problem === undefined ? {} : { problem }),
    });
    // Browsers hold a form to its targets through redirects, too.
    send(response, status, html, [redirect.origin]);
  }

  #csrf({ uid }: Details): string {
    return createHmac("sha256", this.#secret).update(uid).digest("base64url");
  }
}
