// Calls the broker's HTTP port with Connect's own client, in JSON and in binary, and prints a line for each
// case: its name, a tab, and "ok" or what was other than it should be.
//
//   node conformance.js OPTIONS
//
// OPTIONS is JSON: plain, guarded and tls are base URLs; key is a caller's of guarded, who may all but
// administer; ca, cert and key_file are PEM files for tls.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "./gen/google/rpc/details_pb.js";
import { Outcome } from "./gen/tokenbroker/v1/outcome_pb.js";
import { TokenBroker } from "./gen/tokenbroker/v1/token_broker_pb.js";
import { TokenBrokerAdmin } from "./gen/tokenbroker/v1/token_broker_admin_pb.js";

const options = JSON.parse(process.argv[2]);
const DEADLINE_MS = 60_000;

function client(service, baseUrl, more = {}) {
  return createClient(
    service,
    createConnectTransport({ baseUrl, httpVersion: "1.1", defaultTimeoutMs: DEADLINE_MS, ...more }),
  );
}

/** Sends a bearer token with every call. */
const bearer = (token) => [
  (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  },
];

async function failure(call, code, reason) {
  const error = await call.then(
    () => assert.fail("it did not fail"),
    (e) => e,
  );
  assert.ok(error instanceof ConnectError, String(error));
  assert.equal(Code[error.code], Code[code], error.message);
  if (reason) {
    const [info] = error.findDetails(ErrorInfoSchema);
    assert.equal(info?.reason, reason);
    assert.equal(info?.domain, "tokenbroker");
  }
  return error;
}

async function metric(name) {
  const text = await (await fetch(`${options.plain}/metrics`)).text();
  return Number(text.match(new RegExp(`^${name} (\\S+)$`, "m"))?.[1]);
}

async function eventually(what, check) {
  const end = Date.now() + DEADLINE_MS;
  while (!(await check())) {
    assert.ok(Date.now() < end, `never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const cases = (useBinaryFormat) => {
  const format = useBinaryFormat ? "binary" : "json";
  const data = client(TokenBroker, options.plain, { useBinaryFormat });
  const admin = client(TokenBrokerAdmin, options.plain, { useBinaryFormat });
  const account = (name) => `${name}-${format}-\u00e4\u{1f511}`;
  const add = async (name, count) => {
    const tokens = Array.from({ length: count }, (_, i) => ({ secret: `e2e-secret-${account(name)}-${i}` }));
    const added = await admin.addTokens({ account: account(name), tokens });
    return added.results.map((result) => result.token.tokenId);
  };
  return {
    async "turns are even"() {
      const ids = await add("even", 3);
      const seen = [];
      for (let i = 1; i <= 6; i++) {
        const { turn } = await data.nextToken({ account: account("even") });
        assert.equal(turn.number, BigInt(i));
        assert.ok(turn.secret.startsWith("e2e-secret-even"));
        seen.push(turn.tokenId);
      }
      assert.deepEqual(seen, [...ids, ...ids]);
    },

    async "an unknown account"() {
      const error = await failure(
        data.nextToken({ account: account("nobody") }),
        Code.NotFound,
        "CREDENTIALS_DO_NOT_EXIST",
      );
      assert.equal(error.rawMessage, `No credentials for account ${account("nobody")}.`);
      assert.equal(error.findDetails(ErrorInfoSchema)[0].metadata.account, account("nobody"));
    },

    async "a bad field"() {
      const error = await failure(
        data.nextTokens({ account: account("even"), count: 0 }),
        Code.InvalidArgument,
        "INVALID_FIELD",
      );
      assert.equal(error.findDetails(BadRequestSchema)[0].fieldViolations[0].field, "count");
    },

    async "when to try again"() {
      const [tokenId] = await add("cooling", 1);
      const { turn } = await data.nextToken({ account: account("cooling") });
      const report = { outcome: Outcome.RATE_LIMITED, retryAfter: { seconds: 600n, nanos: 0 } };
      await data.reportOutcome({ account: account("cooling"), tokenId, turn: turn.number, report });
      const error = await failure(
        data.nextToken({ account: account("cooling") }),
        Code.ResourceExhausted,
        "TOKENS_COOLING",
      );
      const delay = error.findDetails(RetryInfoSchema)[0].retryDelay.seconds;
      assert.ok(delay > 300n && delay <= 610n, String(delay)); // some seconds of margin
      assert.ok(Number(error.metadata.get("retry-after")) > 300);
    },

    async "a deadline"() {
      const read = async () => {
        for await (const _ of data.watchAccount({ account: account("cooling") }, { timeoutMs: 1000 })) {
          // until it is over
        }
      };
      await failure(read(), Code.DeadlineExceeded);
      await eventually("it is closed", async () => (await metric("tokenbroker_streams_open")) === 0);
      // of the server alone, as this client has none: it hears in time that there will be nothing
      const answer = await fetch(`${options.plain}/tokenbroker.v1.TokenBroker/NextToken`, {
        method: "POST",
        headers: { "content-type": "application/json", "connect-timeout-ms": "1000" },
        body: JSON.stringify({ account: account("cooling"), wait: true }),
      });
      const { code } = await answer.json();
      assert.ok(
        (answer.status === 429 && code === "resource_exhausted") ||
          (answer.status === 504 && code === "deadline_exceeded"),
        `${answer.status} ${code}`,
      );
    },

    async "a call that is cancelled"() {
      const cancel = new AbortController();
      const waiting = data.nextToken({ account: account("cooling"), wait: true }, { signal: cancel.signal });
      await eventually("it waits", async () => (await metric("tokenbroker_waiters")) === 1);
      cancel.abort();
      await failure(waiting, Code.Canceled);
      await eventually("nobody waits", async () => (await metric("tokenbroker_waiters")) === 0);
    },

    async "a stream"() {
      const numbers = [];
      for await (const batch of data.streamTokens({ account: account("even"), batchSize: 2, limit: 6n })) {
        numbers.push(...batch.turns.map((turn) => Number(turn.number)));
      }
      assert.deepEqual(numbers, [7, 8, 9, 10, 11, 12]);
    },

    async "a stream that fails"() {
      const read = async () => {
        for await (const batch of data.streamTokens({ account: account("nobody") })) {
          assert.fail(`it has ${batch.turns.length} turns`);
        }
      };
      await failure(read(), Code.NotFound, "CREDENTIALS_DO_NOT_EXIST");
    },

    async "a stream that its reader leaves"() {
      for await (const _ of data.streamTokens({ account: account("even"), batchSize: 1, streamId: format, demand: 5 })) {
        break;
      }
      await eventually("it is closed", async () => (await metric("tokenbroker_streams_open")) === 0);
    },

    async "what is there already"() {
      const request = { account: account("even"), batchSize: 1, streamId: `twice-${format}`, demand: 1 };
      const first = data.streamTokens(request)[Symbol.asyncIterator]();
      assert.equal((await first.next()).value.turns.length, 1);
      const second = async () => {
        for await (const _ of data.streamTokens(request)) {
          assert.fail("it has turns");
        }
      };
      await failure(second(), Code.AlreadyExists, "STREAM_ALREADY_EXISTS");
      await first.return?.();
    },

    async "a lease, and one that is lost"() {
      await add("leased", 1);
      const { lease } = await data.acquireLease({ account: account("leased"), holder: "me" });
      assert.equal(typeof lease.fencingNumber, "bigint");
      await failure(
        data.acquireLease({ account: account("leased"), holder: "other" }),
        Code.ResourceExhausted,
        "TOKENS_LEASED",
      );
      const { leaseId, fencingNumber } = lease;
      await failure(data.renewLease({ leaseId, fencingNumber: fencingNumber + 1n }), Code.Aborted, "LEASE_LOST");
      await data.renewLease({ leaseId, fencingNumber });
      await data.releaseLease({ leaseId, fencingNumber });
      await failure(data.renewLease({ leaseId, fencingNumber }), Code.Aborted, "LEASE_LOST");
    },

    async "who calls"() {
      const call = { account: account("even") };
      const as = (interceptors) => client(TokenBroker, options.guarded, { useBinaryFormat, interceptors });
      await failure(as([]).nextToken(call), Code.Unauthenticated, "UNAUTHENTICATED");
      await failure(as(bearer("made-up")).nextToken(call), Code.Unauthenticated, "UNAUTHENTICATED");
      await failure(as(bearer(options.key)).nextToken(call), Code.NotFound, "CREDENTIALS_DO_NOT_EXIST");
      const asAdmin = client(TokenBrokerAdmin, options.guarded, { useBinaryFormat, interceptors: bearer(options.key) });
      const error = await failure(asAdmin.listAccounts({}), Code.PermissionDenied, "PERMISSION_DENIED");
      assert.equal(error.findDetails(ErrorInfoSchema)[0].metadata.permission, "admin.read");
    },

    async "TLS, and a certificate"() {
      const ca = readFileSync(options.ca);
      const pair = { cert: readFileSync(options.cert), key: readFileSync(options.key_file) };
      const with_ = (nodeOptions) => client(TokenBroker, options.tls, { useBinaryFormat, nodeOptions });
      await failure(
        with_({ ca, ...pair }).nextToken({ account: account("even") }),
        Code.NotFound,
        "CREDENTIALS_DO_NOT_EXIST",
      );
      const stranger = await with_({ ca }).nextToken({ account: account("even") }).then(() => null, (e) => e);
      assert.ok(stranger instanceof ConnectError);
      assert.deepEqual(stranger.findDetails(ErrorInfoSchema), []);
    },
  };
};

let failed = 0;
for (const binary of [false, true]) {
  for (const [name, run] of Object.entries(cases(binary))) {
    let result = "ok";
    try {
      await run();
    } catch (e) {
      failed++;
      result = String(e.stack ?? e).replace(/\s+/g, " ");
    }
    console.log(`${binary ? "binary" : "json"}: ${name}\t${result}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
