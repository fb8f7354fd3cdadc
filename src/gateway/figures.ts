/** What the gateway counts, from zero. */
import type { GatewayStats } from "./gateway.js";

export type Figures = { -readonly [Name in keyof GatewayStats]: GatewayStats[Name] };

export const noFigures = (): Figures => ({
  connectionsAccepted: 0,
  openConnections: 0,
  streamsOpened: 0,
  activeStreams: 0,
  peakStreams: 0,
  registerRequests: 0,
  accepted: 0,
  pending: 0,
  refused: 0,
  heartbeats: 0,
  executesSent: 0,
  answersReceived: 0,
  duplicateAnswers: 0,
  unknownAnswers: 0,
  metricsReports: 0,
  overlappingStreams: 0,
  unreadMessages: 0,
  unreadableMessages: 0,
  forgottenRegistrations: 0,
});
