/** Does what the cases of client/library/src/test/conformance say; its README has the protocol. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { inspect } from "node:util";
import type { ServiceError } from "@grpc/grpc-js";
import { Turn } from "../gen/tokenbroker/v1/turn.js";
import * as pb from "../gen/tokenbroker/v1/token_broker.js";
import { call, connect, Refusal, supply } from "./broker.js";

interface Order {
  do: string;
  endpoint: string;
  ca?: string;
  cert?: string;
  key?: string;
  token?: string;
  call: string;
  method: string;
  request: { account: string };
  /** Seconds. */
  timeout?: number;
  turns: number;
  window: number;
}

interface Open {
  /** The next message as JSON; undefined at the end. */
  read(): Promise<unknown>;
  raw(): Promise<unknown>;
  cancel(): void;
}

interface Codec {
  fromJSON(json: unknown): any;
  toJSON(message: any): unknown;
  encode(message: any): { finish(): Uint8Array };
  decode(bytes: Uint8Array): any;
}

const codecs = pb as unknown as Record<string, Codec>;
const STREAMS = ["StreamTokens", "WatchAccount", "StreamLeases"];
let client: pb.TokenBrokerClient | undefined;
let calls = new Map<string, Open>();
let supplies = new Map<string, AsyncGenerator<Turn>>();

function begin(order: Order): Open {
  const name = order.method[0]!.toLowerCase() + order.method.slice(1);
  const method = (client as any)[name];
  const request = codecs[`${order.method}Request`]!.fromJSON(withDurations(order.request));
  const answers = codecs[`${order.method}Response`]!;
  const timeoutMs = (order.timeout ?? 60) * 1000;
  let next: () => Promise<unknown>;
  let cancel = () => {};
  if (STREAMS.includes(order.method)) {
    const stream = method.call(client, request, { deadline: Date.now() + timeoutMs });
    // one that has failed before it is read looks like one that has ended: whoever reads it is told
    let failure: unknown;
    stream.on("error", (error: unknown) => {
      failure = error;
    });
    const messages = stream[Symbol.asyncIterator]();
    next = async () => {
      const { value, done } = await messages.next();
      if (done && failure !== undefined) {
        throw failure;
      }
      return value;
    };
    cancel = () => stream.cancel();
  } else {
    const answer = call(client!, method, request, {
      timeoutMs,
      started: (started) => {
        cancel = () => started.cancel();
      },
    });
    answer.catch(() => {}); // whoever reads it is told
    next = () => answer;
  }
  const read = async () => {
    const message = await next();
    return message === undefined ? undefined : answers.toJSON(message);
  };
  return { read, raw: next, cancel: () => cancel() };
}

async function obey(order: Order): Promise<object> {
  switch (order.do) {
    case "connect": {
      client?.close();
      calls = new Map();
      supplies = new Map();
      let tokenFile;
      if (order.token) {
        tokenFile = join(mkdtempSync(join(tmpdir(), "token-")), "token");
        writeFileSync(tokenFile, `${order.token}\n`);
      }
      client = connect({ ...order, tokenFile });
      return {};
    }
    case "open":
      calls.set(order.call, begin(order));
      return {};
    case "read":
      try {
        const message = await calls.get(order.call)!.read();
        return message === undefined ? { status: { code: "OK" } } : { message };
      } catch (error) {
        return { status: told(error as ServiceError) };
      }
    case "cancel":
      calls.get(order.call)?.cancel();
      await supplies.get(order.call)?.return(undefined);
      return {};
    case "supply":
      supplies.set(order.call, supply(client!, order.request.account, order.window));
      return {};
    case "take": {
      const turns = [];
      while (turns.length < order.turns) {
        turns.push(Turn.toJSON((await supplies.get(order.call)!.next()).value));
      }
      return { message: { turns } };
    }
    case "print": {
      const message = await begin(order).raw();
      const codec = codecs[`${order.method}Response`]!;
      const decoded = codec.decode(codec.encode(message).finish());
      return { safe: printed(message), raw: printed(decoded) };
    }
    default:
      throw new Error(`no such order: ${order.do}`);
  }
}

/** With durations as ts-proto reads them; JSON of protobuf has "600s". */
function withDurations(json: unknown): unknown {
  if (typeof json !== "object" || json === null) {
    const [, seconds, fraction] = /^(\d+)(?:\.(\d+))?s$/.exec(`${json}`) ?? [];
    return seconds ? { seconds, nanos: Number((fraction ?? "").padEnd(9, "0")) } : json;
  }
  const entries = Object.entries(json).map(([name, value]) => [name, withDurations(value)]);
  return Array.isArray(json) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

function printed(message: unknown): string {
  return inspect(message, { depth: 9 }) + JSON.stringify(message, plain);
}

function plain(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}` : value;
}

function told(error: ServiceError): object {
  if (error.code === undefined) {
    throw error;
  }
  const { code, message, reason, metadata, retryDelaySeconds, fields } = Refusal.of(error);
  return {
    code,
    message,
    // without the domain there would be no reason
    error_info: reason === undefined ? undefined : { reason, domain: "tokenbroker", metadata },
    retry_delay: retryDelaySeconds,
    violations: fields.length > 0 ? fields.map((field) => ({ field })) : undefined,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await obey(JSON.parse(line)).catch((error) => ({ error: `${error?.stack}` }));
  console.log(JSON.stringify(answer));
}
client?.close();
