/** The pages that people see when they sign in or out: plain HTML, no scripts, nothing from elsewhere. */
import { escapedHtml } from "../serving/escaped-html.js";

const style = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 12vh auto; padding: 0 1rem; }
  h1 { font-size: 1.25rem; }
  label, button { display: block; width: 100%; box-sizing: border-box; margin-top: .75rem; }
  input { display: block; width: 100%; box-sizing: border-box; padding: .5rem; font: inherit; }
  button { padding: .6rem; font: inherit; cursor: pointer; }
  .problem { color: #a00; }`;

/** A whole page; `body` is HTML. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapedHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapedHtml(title)}</h1>
${body}
</body>
</html>
`;
}

/** What every page is sent with. `formTargets`: where the page's form may lead, besides here. */
export function pageHeaders(formTargets: readonly string[] = []): Record<string, string> {
  return {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": `default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action ${["'self'", ...formTargets].join(" ")}`,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
  };
}

export interface ConsentQuestion {
  readonly clientName: string;
  readonly redirectHost: string;
  readonly scopes: readonly string[];
  /** Who is signed in already in this browser. */
  readonly account: string | undefined;
  /** The page asks for the administrators' token, too. */
  readonly asksAdminToken: boolean;
  readonly csrf: string;
  readonly problem?: string;
}

const scopeWords: ReadonlyMap<string, string> = new Map([
  ["openid", "know who you are"],
  ["profile", "read your user name"],
  ["offline_access", "stay signed in until you sign out"],
]);

/** Asks who signs in, and whether this client may act for them. */
export function consentPage(question: ConsentQuestion): string {
  const { clientName, redirectHost, scopes, account, asksAdminToken, csrf, problem } = question;
  const wishes = scopes.map((scope) => `<li>${escapedHtml(scopeWords.get(scope) ?? scope)}</li>`).join("");
  const who = account
    ? `<p>You are signed in as <strong>${escapedHtml(account)}</strong>.</p>`
    : `<label>User name <input name="account" value="developer" required autocomplete="username"></label>`;
  const token =
    asksAdminToken && !account
      ? `<label>Administrators' token <input name="admin_token" type="password" required autocomplete="off"></label>`
      : "";
  const body = `${problem ? `<p class="problem" role="alert">${escapedHtml(problem)}</p>` : ""}
<p><strong>${escapedHtml(clientName)}</strong> on this computer (${escapedHtml(redirectHost)}) wants to:</p>
<ul>${wishes}</ul>
<form method="post">
<input type="hidden" name="csrf" value="${escapedHtml(csrf)}">
${who}
${token}
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny" formnovalidate>Deny</button>
</form>`;
  return page("Sign in", body);
}

/** Says what is wrong, in the gateway's words. */
export const problemPage = (text: string): string => page("That did not work", `<p>${escapedHtml(text)}</p>`);

/** Asks whether to sign out; `form` is the provider's own form, with its own protection. */
export const signOutPage = (form: string): string =>
  page(
    "Sign out?",
    `${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
<button type="submit" form="op.logoutForm">Stay signed in</button>`,
  );

export const signedOutPage = (): string => page("Signed out", "<p>You can close this page.</p>");
