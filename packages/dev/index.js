/** What `mooring` cannot find beside itself, it asks for here: an install with strict folders hides the one from the other. */
export const tools = {
  jiti: () => import("jiti"),
  "oidc-provider": () => import("oidc-provider"),
  pino: () => import("pino"),
};
