/** All that a program does with the token broker, once. See README.md. */
import { hostname } from "node:os";
import type { ServiceError } from "@grpc/grpc-js";
import { Outcome } from "../gen/tokenbroker/v1/outcome.js";
import {
  NextTokenRequest,
  NextTokensRequest,
  ReportOutcomeRequest,
  type NextTokenResponse,
  type NextTokensResponse,
  type ReportOutcomeResponse,
  type TokenBrokerClient,
} from "../gen/tokenbroker/v1/token_broker.js";
import { call, connect, Leases, optionsFromEnvironment, Refusal, supply } from "./broker.js";

/** The next token, and what the upstream said to it. */
async function oneTurn(client: TokenBrokerClient, account: string): Promise<void> {
  const maxWait = { seconds: 5n, nanos: 0 };
  const { turn } = await call<NextTokenRequest, NextTokenResponse>(
    client,
    client.nextToken,
    NextTokenRequest.fromPartial({ account, wait: true, maxWait }),
  );
  if (!turn) {
    throw new Error("an answer without a turn");
  }
  console.log(`turn ${turn.number} is of token ${turn.tokenId}`);
  // here the upstream is called with turn.secret; it said 429, Retry-After: 5
  await call<ReportOutcomeRequest, ReportOutcomeResponse>(
    client,
    client.reportOutcome,
    ReportOutcomeRequest.fromPartial({
      account,
      tokenId: turn.tokenId,
      turn: turn.number,
      report: {
        outcome: Outcome.OUTCOME_RATE_LIMITED,
        retryAfter: { seconds: 5n, nanos: 0 },
      },
    }),
  );
  console.log(`token ${turn.tokenId} rests`);
  console.log("a turn may be printed like this:", turn);
}

async function refused(client: TokenBrokerClient): Promise<void> {
  const account = "nobody";
  await call<NextTokenRequest, NextTokenResponse>(
    client,
    client.nextToken,
    NextTokenRequest.fromPartial({ account }),
  ).catch((error: ServiceError) => console.log(`${Refusal.of(error)}`));
  await call<NextTokensRequest, NextTokensResponse>(
    client,
    client.nextTokens,
    NextTokensRequest.fromPartial({ account, count: -1 }),
  ).catch((error: ServiceError) => console.log(`${Refusal.of(error)}`));
}

/** A supply for a worker: the broker makes turns only as fast as they are used here. */
async function manyTurns(client: TokenBrokerClient, account: string): Promise<void> {
  let used = 0;
  for await (const _turn of supply(client, account, 10)) {
    used++;
    if (used === 20) {
      break;
    }
  }
  console.log(`${used} turns of a supply, at most 10 ahead`);
}

/** A token of one's own, until Ctrl-C or SIGTERM. */
async function leases(client: TokenBrokerClient, account: string): Promise<void> {
  // a name of this process that stays over restarts: two with one name end each other's streams
  const held = new Leases(client, account, `example-node-${hostname()}`);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => held.stop());
  }
  for await (const event of held.events()) {
    if (event.$case === "granted") {
      console.log(`holds token ${event.value.lease?.tokenId}`);
    } else if (event.$case !== "renewed") {
      console.log(`a lease was ${event.$case}: its token must not be used any more`);
    }
  }
  for (const { tokenId } of await held.release()) {
    console.log(`gave token ${tokenId} back`);
  }
}

const client = connect(optionsFromEnvironment());
const account = process.env.TOKENBROKER_ACCOUNT || "demo";
try {
  await oneTurn(client, account);
  await refused(client);
  await manyTurns(client, account);
  await leases(client, account);
} finally {
  client.close();
}
