/** What a program needs to call the token broker, over the generated stubs. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  credentials,
  InterceptingCall,
  status,
  type CallOptions,
  type ChannelCredentials,
  type ClientUnaryCall,
  type Interceptor,
  type Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { Metadata as NewMetadata } from "@grpc/grpc-js";
import { BadRequest, ErrorInfo, RetryInfo, Status } from "../gen/google/rpc/details.js";
import type { Lease } from "../gen/tokenbroker/v1/lease.js";
import {
  ReleaseLeaseRequest,
  RequestTurnsRequest,
  StreamLeasesRequest,
  StreamTokensRequest,
  TokenBrokerClient,
  type ReleaseLeaseResponse,
  type RequestTurnsResponse,
  type StreamLeasesResponse,
  type StreamTokensResponse,
} from "../gen/tokenbroker/v1/token_broker.js";
import type { Turn } from "../gen/tokenbroker/v1/turn.js";

// Calls that may be made twice are, after UNAVAILABLE. AcquireLease is not one: a grant whose answer
// was lost keeps its token.
const REPEATABLE = ["NextToken", "NextTokens", "ReportOutcome", "RenewLease", "ReleaseLease"];
const SERVICE_CONFIG = {
  methodConfig: [
    {
      name: REPEATABLE.map((method) => ({ service: "tokenbroker.v1.TokenBroker", method })),
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: "0.1s",
        maxBackoff: "1s",
        backoffMultiplier: 2,
        retryableStatusCodes: ["UNAVAILABLE"],
      },
    },
  ],
};

/** Which broker, and how it is called. All but the endpoint are paths of files. */
export interface Options {
  /** HOST:PORT. */
  endpoint: string;
  /** Of the broker's certificate; without it, plain text. */
  ca?: string;
  /** For mutual TLS, with key. */
  cert?: string;
  key?: string;
  /** A bearer token for every call; read each time, as it may be replaced. */
  tokenFile?: string;
}

/** As the command `tokenbroker` is told. */
export function optionsFromEnvironment(): Options {
  const env = process.env;
  return {
    endpoint: env.TOKENBROKER_ENDPOINT || "127.0.0.1:50051",
    ca: env.TOKENBROKER_TLS_CA,
    cert: env.TOKENBROKER_TLS_CERT,
    key: env.TOKENBROKER_TLS_KEY,
    tokenFile: env.TOKENBROKER_TOKEN_FILE,
  };
}

/** A client for the whole program. The secrets that it brings are not printed; see hideSecrets. */
export function connect(options: Options): TokenBrokerClient {
  const interceptors: Interceptor[] = [hideSecretsOfAnswers];
  if (options.tokenFile) {
    if (!options.ca && !/^(localhost|127\.[0-9.]+|\[::1\]):\d+$/.test(options.endpoint)) {
      throw new Error("a token is sent in plain text to loopback alone");
    }
    interceptors.push(bearer(options.tokenFile));
  }
  return new TokenBrokerClient(options.endpoint, transport(options), {
    interceptors,
    "grpc.service_config": JSON.stringify(SERVICE_CONFIG),
    // after 30 s of silence during a call: is the broker there? It allows a ping every 10 s.
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 10_000,
  });
}

function transport({ ca, cert, key }: Options): ChannelCredentials {
  return ca
    ? credentials.createSsl(
        readFileSync(ca),
        key ? readFileSync(key) : null,
        cert ? readFileSync(cert) : null,
      )
    : credentials.createInsecure();
}

function bearer(file: string): Interceptor {
  return (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start(metadata, listener, next) {
        metadata.set("authorization", `Bearer ${readFileSync(file, "utf8").trim()}`);
        next(metadata, listener);
      },
    });
}

const hideSecretsOfAnswers: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start(metadata, _listener, next) {
      next(metadata, {
        onReceiveMessage(message, next) {
          hideSecrets(message);
          next(message);
        },
      });
    },
  });

/**
 * Makes every `secret` in a message one that is read by its name alone: messages are plain objects here,
 * and console.log, JSON.stringify and {...message} show what is enumerable.
 */
export function hideSecrets(message: unknown): void {
  if (typeof message !== "object" || message === null) {
    return;
  }
  for (const [name, value] of Object.entries(message)) {
    if (name === "secret") {
      Object.defineProperty(message, name, { enumerable: false });
    } else {
      hideSecrets(value);
    }
  }
}

type Unary<Q, A> = (
  request: Q,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, answer: A) => void,
) => ClientUnaryCall;

/** A unary call as a promise. Every call has a deadline; streams have none. */
export function call<Q, A>(
  client: TokenBrokerClient,
  method: Unary<Q, A>,
  request: Q,
  options: { timeoutMs?: number; started?: (call: ClientUnaryCall) => void } = {},
): Promise<A> {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + (options.timeoutMs ?? 10_000);
    const started = method.call(client, request, new NewMetadata(), { deadline }, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
    options.started?.(started);
  });
}

/** Why a call failed. Without a reason, the error is not the broker's but of the way there. */
export class Refusal {
  /** An ErrorReason without its prefix. */
  reason?: string;
  metadata: Record<string, string> = {};
  /** If waiting helps. */
  retryDelaySeconds?: number;
  /** Those that are not as documented. */
  fields: string[] = [];

  constructor(
    readonly code: string,
    readonly message: string,
  ) {}

  static of(error: ServiceError): Refusal {
    const refusal = new Refusal(status[error.code] ?? "UNKNOWN", error.details);
    // an error that was made in this process has no trailers
    const [bytes] = error.metadata?.get("grpc-status-details-bin") ?? [];
    for (const { typeUrl, value } of bytes ? Status.decode(bytes as Buffer).details : []) {
      switch (typeUrl.slice(typeUrl.lastIndexOf("/") + 1)) {
        case "google.rpc.ErrorInfo": {
          const info = ErrorInfo.decode(value);
          if (info.domain === "tokenbroker") {
            refusal.reason = info.reason;
            refusal.metadata = info.metadata;
          }
          break;
        }
        case "google.rpc.RetryInfo": {
          const delay = RetryInfo.decode(value).retryDelay;
          refusal.retryDelaySeconds = Number(delay?.seconds ?? 0) + (delay?.nanos ?? 0) / 1e9;
          break;
        }
        case "google.rpc.BadRequest":
          refusal.fields = BadRequest.decode(value).fieldViolations.map(({ field }) => field);
          break;
      }
    }
    return refusal;
  }

  toString(): string {
    const what = this.fields.join(", ") || this.message;
    const wait = this.retryDelaySeconds;
    return (
      `${this.code} ${this.reason ?? "no reason"}: ${what}` +
      (wait === undefined ? "" : `, try again in ${wait.toFixed(1)} s`)
    );
  }
}

/**
 * Turns without end, never more than a window of them ahead of those that were taken.
 *
 * A turn counts as used when the next is asked for. What goes wrong is thrown: a new supply begins with
 * another id. Leaving the loop ends the stream, and the broker takes back what it could not send.
 */
export async function* supply(
  client: TokenBrokerClient,
  account: string,
  window = 100,
): AsyncGenerator<Turn> {
  const streamId = randomUUID();
  const batchSize = Math.min(window, 1000);
  const stream = client.streamTokens(
    StreamTokensRequest.fromPartial({ account, streamId, batchSize, demand: BigInt(window) }),
  );
  let used = 0;
  try {
    for await (const batch of stream as AsyncIterable<StreamTokensResponse>) {
      for (const turn of batch.turns) {
        yield turn;
        used++;
        if (used >= (window + 1) / 2) {
          const count = BigInt(used);
          await call<RequestTurnsRequest, RequestTurnsResponse>(client, client.requestTurns, {
            account,
            streamId,
            count,
          });
          used = 0;
        }
      }
    }
  } finally {
    stop(stream);
  }
}

/** Up to a window of leases, renewed by the broker for as long as this is open. */
export class Leases {
  private readonly held = new Map<string, Lease>();
  private readonly stream;

  constructor(
    private readonly client: TokenBrokerClient,
    account: string,
    holder: string,
    window = 1,
  ) {
    this.stream = client.streamLeases(StreamLeasesRequest.fromPartial({ account, holder, window }));
  }

  /** Until stop(). After revoked or lost, the token must not be used any more. */
  async *events(): AsyncGenerator<NonNullable<StreamLeasesResponse["event"]>> {
    try {
      for await (const { event } of this.stream as AsyncIterable<StreamLeasesResponse>) {
        if (event?.$case === "granted" && event.value.lease) {
          this.held.set(event.value.lease.leaseId, event.value.lease);
        } else if (event?.$case === "lost" || event?.$case === "revoked") {
          this.held.delete(event.value.leaseId);
        }
        if (event) {
          yield event;
        }
      }
    } catch (error) {
      if ((error as ServiceError).code !== status.CANCELLED) {
        throw error;
      }
    }
  }

  stop(): void {
    stop(this.stream);
  }

  /** Gives back what is held, so that others need not wait until it expires. */
  async release(): Promise<Lease[]> {
    // with the stream open, each release would bring the next lease
    this.stop();
    const leases = [...this.held.values()];
    for (const { leaseId, fencingNumber } of leases) {
      await call<ReleaseLeaseRequest, ReleaseLeaseResponse>(
        this.client,
        this.client.releaseLease,
        ReleaseLeaseRequest.fromPartial({ leaseId, fencingNumber }),
      );
    }
    this.held.clear();
    return leases;
  }
}

function stop(stream: { cancel(): void; on(event: "error", listener: () => void): unknown }): void {
  // who has left the loop is not there to hear that it was cancelled
  stream.on("error", () => {});
  stream.cancel();
}
