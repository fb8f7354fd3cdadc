/** The environment variables that a runtime reads (`protocol/connectors.md` §2). Blank counts as unset. */
export interface Environment {
  readonly [name: string]: string | undefined;
}

/** Every name read anywhere in the runtime, with what it stands for; the README's table is checked against it. */
export const environmentNames = {
  STRIKE48_URL: "url",
  MATRIX_HOST: "url, when STRIKE48_URL is unset",
  STRIKE48_HOST: "url, when both above are unset",
  TENANT_ID: "tenantId",
  INSTANCE_ID: "instanceId",
  STRIKE48_PRIVATE_KEY_PATH: "mounted key: its file",
  STRIKE48_CLIENT_ID: "mounted key: its client",
  STRIKE48_AUTH_URL: "mounted key: the full URL of its realm",
  STRIKE48_REGISTRATION_TOKEN: "one-time token",
  STRIKE48_REGISTRATION_TOKEN_FILE: "file of a one-time token",
  AUTH_TOKEN: "access token, when nothing above is there",
  HOME: "folder of `.strike48` and `.matrix/registration-token`",
  CONNECTOR_DISPLAY_NAME: "displayName",
  CONNECTOR_TAGS: "tags, separated by commas",
  MATRIX_TLS_CA_CERT: "tls.caFile",
  MATRIX_TLS_INSECURE: "tls.insecure, when `true` or `1`",
  MOORING_TRANSPORT: "transport",
  STRIKE48_METRICS_ENABLED: "`false` or `0` turns metrics reports off",
  STRIKE48_METRICS_INTERVAL_MS: "metricsIntervalMs",
  STRIKE48_API_URL: "credentials.apiUrl",
  STRIKE48_KEYS_DIR: "folder of generated keys",
} as const;
