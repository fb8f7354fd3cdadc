/** Interactive sign-in of people at a gateway, for the command line. */
export { becauseOf, createHttpClient, type HttpClient, HttpError } from "../credentials/http.js";
export { SignInError } from "./errors.js";
export { gatewayHttpUrl } from "./gateway-address.js";
export { httpTls, httpTrust, httpWays } from "./http-trust.js";
export { openBrowser } from "./open-browser.js";
export { freshSignIn, signOut, whoAmI } from "./session.js";
export { signIn } from "./sign-in.js";
export { TokenFile } from "./token-file.js";
