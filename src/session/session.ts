/**
 * One stream of one registration: splits what arrives into control (for the machine) and work (for the
 * execution), matches heartbeats with their answers, and sends what the machine commands.
 *
 * Control events wait until somebody listens; work never waits. Knows no machine.
 */

import type { RegisterTokens } from "../credentials/credentials.js";
import { isKept } from "../credentials/kept-bounds.js";
import type { MessageSender } from "../doors/outlet.js";
import type { AnswerSender } from "../execution/execution.js";
import type {
  ApprovalNotification,
  CredentialsIssued,
  ExecuteRequest,
  HeartbeatResponse,
  InvokeCapabilityResponse,
  RegisterConnectorResponse,
  StreamMessage,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { safeText } from "../protocol/gateway-text.js";
import { connectorArn } from "../protocol/identity.js";
import { maxUnanswered } from "../protocol/limits.js";
import { Secret } from "../secret.js";
import type { StreamEnding, StreamSink, TransportStream, WireKind } from "../transport/transport.js";
import { answerRefusal } from "./answer-refusal.js";
import { approvalOf } from "./approval.js";
import type { ControlEvent, ControlListener } from "./control.js";
import { ControlOutlet } from "./control-outlet.js";
import { heartbeatRequest, heartbeatResponse, type SentHeartbeat } from "./heartbeats.js";
import { judged } from "./judged-ending.js";
import { counted, type KindCounts, noKinds } from "./kind-counts.js";
import { type KindTable, takeByKind, untakenKinds } from "./kinds.js";
import {
  acceptedBy,
  ended,
  finished,
  isAccepted,
  type Life,
  opened,
  unansweredSince,
  unbound,
} from "./life.js";
import { metricsReport } from "./metrics-report.js";
import { offerIn } from "./offered-credentials.js";
import { Outbound } from "./outbound.js";
import { Pulse, type PulseListener } from "./pulse.js";
import { SendingTurns } from "./sending-turns.js";
import type { SessionOptions } from "./session-options.js";
import type { Seat, TickerMember } from "./ticker.js";
import { type Sharer, TurnShare } from "./turn-share.js";

export class StreamSession
  implements StreamSink, AnswerSender, MessageSender, PulseListener, Sharer, TickerMember
{
  readonly #options: SessionOptions;
  readonly #outbound = new Outbound();
  readonly #outlet = new ControlOutlet();
  #life: Life = unbound;
  #heartbeats: SentHeartbeat[] = [];
  /** Whom the gateway has accepted, by its own words. */
  #arn: string | undefined;
  readonly #pulse: Pulse;
  /** What the last register request on this stream said of the connector. */
  #told: object | undefined;
  /** Where it sits at the ticker of the reports. */
  #seat: Seat;
  /** Made with the first want of room, and with the first request. */
  #turns: SendingTurns | undefined;
  #share: TurnShare | undefined;
  #ignored: KindCounts | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#pulse = new Pulse(options.pulse, this, options.now);
  }

  /** The stream is open. Answers may go out from now on, those kept from earlier streams once it serves. */
  bind(stream: TransportStream): void {
    this.#life = opened(this.#life, this.#options.now());
    if (this.#outbound.bind(stream)) this.#options.execution.writable();
    if (this.#options.execution.saturated) stream.pause();
  }

  /** Control events from now on, those that came before first. One listener per session. */
  listen(listener: ControlListener): void {
    this.#outlet.listen(listener);
  }

  registerMessage(tokens: RegisterTokens, kind?: WireKind): StreamMessage {
    this.#told = this.#options.described?.();
    return this.#options.registerMessage(tokens, kind);
  }

  /** Registers again on this stream. */
  register(tokens: RegisterTokens): void {
    this.post(this.registerMessage(tokens, this.#outbound.stream?.kind));
  }

  /** Whether the gateway has accepted a description of the connector that is not the newest. */
  get isOutdated(): boolean {
    return this.#life.name === "accepted" && this.#told !== this.#options.described?.();
  }

  /** Accepted and approved: unconfirmed answers go out, then new ones; reports begin. Idempotent. */
  serve(): void {
    this.#options.execution.attach(this);
    if (this.#life !== ended) this.#options.doors.serve(this);
    this.#seat ??= this.#options.ticker.join(this);
  }

  /** Messages of kinds that no part of this version takes, by kind, and control events dropped as `early`. */
  get ignored(): Readonly<KindCounts> {
    return this.#ignored ?? noKinds;
  }

  /** Messages of ours that were left out because there was no room for them, by kind. */
  get dropped(): Readonly<KindCounts> {
    return this.#outbound.dropped;
  }

  /** Accepted: from now on heartbeats go out by themselves. Idempotent. */
  startPulse(): void {
    if (this.#life !== ended) this.#pulse.start();
  }

  /** Sends one that the machine wants to hear the answer of. */
  heartbeat(): void {
    this.#sendHeartbeat("asked");
  }

  /** Part of the pulse's face. */
  beat(): void {
    this.#sendHeartbeat("beat");
  }

  /** Has the connection checked before another stream opens on it, and tells the chart. */
  late(sinceAnswerMs: number): void {
    this.#outbound.stream?.doubt?.();
    this.#control({ type: "stream.heartbeatLate", sinceAnswerMs });
  }

  /** No more will be sent; what the peer still sends is taken, until it closes or this is aborted. Idempotent. */
  finish(): void {
    const before = this.#life;
    this.#life = finished(before);
    if (this.#life !== before) this.#outbound.stream?.halfClose();
  }

  abort(): void {
    this.#outlet.close();
    if (this.#isDeaf) this.#outbound.stream?.doubt?.();
    this.#outbound.stream?.abort();
    this.#release();
  }

  /** Sends an answer; part of the execution's face. */
  send(message: StreamMessage): boolean {
    const { execution } = this.#options;
    const roomy = this.post(message);
    if (execution.wantsConfirmation && !this.#heartbeats.some((one) => one.kind === "mark"))
      this.#sendHeartbeat("mark");
    return roomy;
  }

  static readonly #kinds: KindTable<StreamSession> = {
    executeRequest: (session, request) => session.#execute(request),
    heartbeatResponse: (session, response) => session.#heartbeatAnswered(response),
    heartbeatRequest: (session) => session.#answerHeartbeat(),
    registerResponse: (session, response) => session.#registerAnswered(response),
    approvalNotification: (session, notice) => session.#approval(notice),
    credentialsIssued: (session, issued) => session.#credentialsIssued(issued),
    invokeResponse: (session, response) => session.#invokeAnswered(response),
    wsOpenRequest: (session, request) => session.#doors.relay.opened(request),
    wsFrame: (session, frame) => session.#doors.relay.frame(frame),
    wsCloseRequest: (session, request) => session.#doors.relay.closed(request),
    ...untakenKinds,
  };

  message({ message }: StreamMessage): void {
    // What comes most is not looked up.
    if (message.case === "executeRequest") return this.#execute(message.value);
    if (!takeByKind(StreamSession.#kinds, this, message)) this.#ignore(message.case ?? "empty");
  }

  /** A message beyond the limit: a request is answered as failed, what else came is taken as far as it is left. */
  oversized(remainder: StreamMessage, bytes: number): void {
    const { message } = remainder;
    if (message.case === "executeRequest") return this.#refuseOversized(message.value.requestId, bytes);
    this.#ignore("oversized");
    // It was no message, so nobody knows what it should have been: counted and logged as a request without an id.
    if (message.case === undefined) return this.#refuseOversized("", bytes);
    if (this.#doors.oversized(message, bytes)) return;
    // Half an offer is none.
    if (message.case !== "credentialsIssued") this.message(remainder);
  }

  #approval(notice: ApprovalNotification): void {
    const status = approvalOf(notice.status);
    const detail = safeText(notice.message);
    this.#control({ type: "stream.approval", status, ...(detail ? { detail } : {}) });
  }

  writable(): void {
    // Room that a heartbeat answer has used up comes again.
    if (!this.#outbound.writable()) return;
    this.#turns ??= new SendingTurns();
    this.#turns.writable(this.#options.execution, this.#options.doors.of(this));
    this.readOn();
  }

  /** Part of the doors' face. */
  holdUp(): void {
    this.#outbound.stream?.pause();
  }

  /** The same: reads on, unless something else holds the stream up. */
  readOn(): void {
    const { execution, doors } = this.#options;
    if (this.#share?.isUsedUp || execution.saturated || doors.of(this)?.saturated) return;
    this.#outbound.stream?.resume();
  }

  /** Part of the share's face. */
  shareAgain(): void {
    if (this.#life !== ended) this.readOn();
  }

  peerDraining(): void {
    this.#control({ type: "stream.peerDraining" });
  }

  ended(ending: StreamEnding): void {
    if (this.#life === ended) return;
    const refusal = answerRefusal(ending);
    if (refusal) this.#options.execution.refused(refusal);
    const wasAccepted = isAccepted(this.#life);
    const { credentials, maxMessageBytes } = this.#options;
    // Only the register request can have been too large: without its session token the next may fit.
    if (ending.failure.cause === "message-too-large" && !wasAccepted) credentials.dropSessionToken();
    const failure = judged(ending, wasAccepted, maxMessageBytes);
    this.#release();
    this.#control({
      type: "stream.ended",
      beforeAcceptance: ending.by === "peer" && !wasAccepted,
      failure,
    });
  }

  /** Attaches first, so that older answers go out before newer ones also when work comes before `serve`. */
  #execute(request: ExecuteRequest): void {
    const { execution } = this.#options;
    execution.attach(this);
    this.#share ??= new TurnShare(this);
    this.#share.take();
    execution.dispatch(request);
    if (execution.saturated || this.#share.isUsedUp) this.#outbound.stream?.pause();
  }

  #refuseOversized(requestId: string, bytes: number): void {
    const { execution } = this.#options;
    execution.attach(this);
    execution.refuseOversized(requestId, bytes);
    if (execution.saturated) this.#outbound.stream?.pause();
  }

  /** What was asked is unanswered for longer than an answer may take: a heartbeat, or the register request. */
  get #isDeaf(): boolean {
    const since = unansweredSince(this.#life);
    return since === undefined
      ? this.#pulse.isLate
      : this.#options.now() - since >= this.#options.pulse.suspectMs;
  }

  /** Part of the doors' face. */
  post(message: StreamMessage): boolean {
    return this.#outbound.post(message);
  }

  get #doors() {
    return this.#options.doors.on(this);
  }

  /** One that nobody waits for any more changes nothing. */
  #invokeAnswered(response: InvokeCapabilityResponse): void {
    if (!this.#options.doors.of(this)?.invocations.answered(response)) this.#ignore("invokeResponse");
  }

  #control(event: ControlEvent): void {
    if (!this.#outlet.put(event)) this.#ignore("early");
  }

  #ignore(kind: string): void {
    this.#ignored = counted(this.#ignored, kind);
  }

  #release(): void {
    this.#life = ended;
    this.#options.ticker.leave(this, this.#seat);
    this.#pulse.stop();
    this.#options.execution.detach(this);
    this.#options.doors.leave(this);
  }

  #registerAnswered(response: RegisterConnectorResponse): void {
    if (!response.success) {
      const detail = safeText(response.error);
      const code = `REGISTRATION_STATUS_${response.status}`;
      return this.#control({
        type: "stream.rejected",
        failure: {
          cause: "register-refused",
          code,
          ...(detail ? { detail: `The gateway says: ${detail}` } : {}),
        },
      });
    }
    this.#life = acceptedBy(this.#life);
    if (response.connectorArn && isKept("connectorArn", response.connectorArn))
      this.#arn = response.connectorArn;
    const hasSessionToken = response.sessionToken !== "" && isKept("sessionToken", response.sessionToken);
    const status = approvalOf(response.status);
    this.#options.credentials.keepSessionToken(new Secret(response.sessionToken));
    if (status === "approved" || status === "unspecified") this.#options.credentials.recognized();
    this.#control({ type: "stream.accepted", status, hasSessionToken });
  }

  #credentialsIssued(issued: CredentialsIssued): void {
    const { key, credentials } = this.#options;
    const { addressee, offer } = offerIn(issued, key);
    this.#control({
      type: "stream.credentialsIssued",
      offerId: offer ? credentials.deposit(offer) : null,
      addressee,
    });
  }

  #sendHeartbeat(kind: SentHeartbeat["kind"]): void {
    // Answers to those that are on their way say as much.
    if (this.#heartbeats.length >= maxUnanswered) return this.#outbound.drop("heartbeatRequest");
    this.#heartbeats.push({ kind, mark: this.#options.execution.mark(), at: this.#options.now() });
    this.post(heartbeatRequest(this.#options.wallClock()));
  }

  /** Streams are ordered, so answers come in the order of the requests; one nobody asked for changes nothing. */
  #heartbeatAnswered(response: HeartbeatResponse): void {
    const sent = this.#heartbeats.shift();
    if (!sent) return;
    this.#options.roundTrips.add(this.#options.now() - sent.at);
    this.#options.execution.confirm(sent.mark);
    this.readOn();
    const wasLate = this.#pulse.answered();
    if (sent.kind === "asked" || wasLate || response.shouldReconnect) {
      this.#control({ type: "stream.heartbeatAnswered", shouldReconnect: response.shouldReconnect });
    }
  }

  #answerHeartbeat(): void {
    this.#outbound.answerHeartbeat(() => heartbeatResponse(this.#options.wallClock()));
  }

  /** Part of the ticker's face: a report is due. */
  tick(): void {
    const of = this.#options;
    const report = () =>
      metricsReport({
        arn: this.#arn ?? connectorArn(of.identity),
        now: of.wallClock(),
        uptimeMs: of.now() - of.addedAt,
        work: of.execution.counters,
        slots: of.execution.slots,
        connection: of.connectionCounters(),
        roundTrips: of.roundTrips,
        proxies: of.proxies,
        own: of.metrics?.snapshot(),
        maxMessageBytes: of.maxMessageBytes,
      });
    this.#outbound.report(report);
  }
}
