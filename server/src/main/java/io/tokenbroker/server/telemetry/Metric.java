package io.tokenbroker.server.telemetry;

import java.util.List;

/** All that is told at /metrics; docs/metrics.md has the same. */
public enum Metric {
  INFO(Kind.GAUGE, "build_info", "Always 1.", "version"),
  ACCOUNTS(Kind.GAUGE, "accounts_loaded", "Accounts in memory."),
  ACCOUNTS_BYTES(Kind.GAUGE, "accounts_bytes", "What they take of the heap, about, in bytes."),
  TOKENS(Kind.GAUGE, "tokens_loaded", "Tokens of the accounts in memory."),
  TOKENS_READY(Kind.GAUGE, "tokens_ready", "Those that nothing keeps back."),
  TOKENS_BENCHED(
      Kind.GAUGE, "tokens_benched", "Those that are kept back for all scopes, and why.", "reason"),
  WAITERS(Kind.GAUGE, "waiters", "Calls and streams that wait for a token."),
  LONGEST_WAIT(
      Kind.GAUGE,
      "longest_wait_seconds",
      "For how long the one has waited who waits the longest; 0 if nobody does."),
  TOKENS_EXPIRING(
      Kind.GAUGE,
      "tokens_expiring",
      "Tokens of the accounts in memory that expire within so many days.",
      "days"),
  TOKEN_EXPIRY(
      Kind.GAUGE,
      "token_expiry_timestamp_seconds",
      "When the first of them expires that has not yet, in seconds since 1970; absent if none"
          + " does."),
  TURNS(Kind.COUNTER, "turns", "Turns handed out since the start."),
  ACCOUNT_TURNS(
      Kind.COUNTER,
      "account_turns",
      "Turns since the account was loaded, of the metrics.max_accounts busiest.",
      "account"),
  ACCOUNT_TOKENS(Kind.GAUGE, "account_tokens", "Tokens of a busy account.", "account"),
  ACCOUNT_READY(Kind.GAUGE, "account_tokens_ready", "Those that nothing keeps back.", "account"),
  ACCOUNT_WAITERS(Kind.GAUGE, "account_waiters", "Who waits for them.", "account"),
  ACCOUNT_SPREAD(
      Kind.GAUGE,
      "account_turns_spread",
      "By how many turns since they were loaded its ready tokens of one weight differ at the most."
          + " 1 or 0, but for what benches, holds and new tokens make of it.",
      "account"),
  LOADS(Kind.COUNTER, "loads", "Accounts read from the store: ok or failed.", "result"),
  LEASES_GRANTED(Kind.COUNTER, "leases_granted", "Leases granted by this broker."),
  LEASES_LOST(Kind.COUNTER, "leases_lost", "Renewals of leases that were their holders' no more."),
  LEASES_REVOKED(Kind.COUNTER, "leases_revoked", "Leases revoked through this broker."),
  LEASE_COMMITS(Kind.COUNTER, "lease_commits", "Transactions about leases."),
  LEASE_OPERATIONS(
      Kind.COUNTER,
      "lease_operations",
      "What was asked in them; by lease_commits, the size of a group."),
  STREAMS(Kind.GAUGE, "streams_open", "Streams of tokens, leases and states that are open."),
  LOOP_SECONDS(
      Kind.HISTOGRAM,
      "event_loop_delay_seconds",
      "How late event loops came to what each has to do once a second."),
  LOOP_OVERDUE(
      Kind.GAUGE,
      "event_loop_overdue_seconds",
      "By how much that is late now where it is the most: of a loop that hangs this alone tells."),
  CONNECTIONS(Kind.GAUGE, "connections_open", "Connections of all ports."),
  REQUEST_BYTES(
      Kind.GAUGE, "request_bytes", "What open calls take with their requests, about, in bytes."),
  RPCS(
      Kind.COUNTER,
      "rpcs",
      "Calls that have ended, over gRPC and HTTP; streams between brokers: Peers/HandOn; of no other"
          + " method: other.",
      "method",
      "code"),
  RPC_SECONDS(
      Kind.HISTOGRAM,
      "rpc_duration_seconds",
      "How long unary calls took, until their answer was handed to the transport.",
      "method",
      "code"),
  FLEET_FORWARDED(
      Kind.COUNTER,
      "fleet_forwarded",
      "Calls and streams that were handed on to the broker that owns the account; absent without a"
          + " fleet, as are the next three."),
  FLEET_LOOKS(
      Kind.COUNTER,
      "fleet_looked_again",
      "How often an owner was looked for again, as it was none any more or did not answer."),
  FLEET_SPLIT(
      Kind.COUNTER,
      "fleet_split",
      "Calls that were answered instead of an owner that could not be reached."),
  FLEET_FORGED(
      Kind.COUNTER, "fleet_forged", "Calls that were said to be another broker's and were not."),
  FLEET_PEER_FAILURES(
      Kind.COUNTER,
      "fleet_peer_failures",
      "Calls that could not be handed on to another broker, as it can't be reached, or one does not"
          + " take the other's certificate; absent an hour after the last.",
      "peer"),
  STORE_WAITING(Kind.GAUGE, "store_tasks_waiting", "Tasks that wait for a thread of the store."),
  STORE_RUNNING(Kind.GAUGE, "store_tasks_running", "Tasks that are at work in the store."),
  STORE_IN_USE(
      Kind.GAUGE,
      "store_connections_in_use",
      "Connections at work, of the broker's own database, or of that of the credentials.",
      "database"),
  STORE_MOST(Kind.GAUGE, "store_connections_max", "How many there may be.", "database"),
  STORE_REACHABLE(
      Kind.GAUGE,
      "store_reachable",
      "The breaker: 0 from when the store could not be reached until it is, 1 else."),
  STORE_OUTAGES(Kind.COUNTER, "store_outages", "How often it could not be reached any more."),
  AUDIT_FAILING(
      Kind.GAUGE,
      "audit_failing",
      "1 after the audit log could not be written, until it can; absent without one."),
  POLICY_RULES(Kind.GAUGE, "policy_rules", "Rules of the policy in force; 0 without one."),
  POLICY_PROBLEMS(
      Kind.GAUGE, "policy_problems", "Of a newer policy file that can't be used, and is not."),
  CERTIFICATE_EXPIRY(
      Kind.GAUGE,
      "certificate_expiry_timestamp_seconds",
      "When a certificate expires, in seconds since 1970: server, which callers are shown, or"
          + " client_ca, the first of those in tls.client_ca_file; absent without them.",
      "certificate"),
  WEBHOOKS_DELIVERED(
      Kind.COUNTER,
      "webhooks_delivered",
      "Alerts that their receiver has taken; absent without webhook.url, as are the next three."),
  WEBHOOKS_FAILED(Kind.COUNTER, "webhook_tries_failed", "Tries that it did not take, or answer."),
  WEBHOOKS_DROPPED(
      Kind.COUNTER,
      "webhooks_dropped",
      "Alerts that are not delivered any more: there was no_room, they were tried for too long"
          + " (gave_up), or refused.",
      "reason"),
  WEBHOOKS_PENDING(Kind.GAUGE, "webhooks_pending", "Alerts that are not delivered yet."),
  LOG_DROPPED(
      Kind.COUNTER,
      "log_lines_dropped",
      "Lines of the log that were not written: there was no_room, or too many were alike.",
      "reason"),
  CPU(Kind.COUNTER, "process_cpu_seconds", "Processor time of the process."),
  START(Kind.GAUGE, "process_start_time_seconds", "When it started, in seconds since 1970."),
  MEMORY(Kind.GAUGE, "jvm_memory_used_bytes", "Memory in use, by area: heap or nonheap.", "area"),
  MEMORY_MAX(Kind.GAUGE, "jvm_heap_max_bytes", "What the heap may have."),
  GC_SECONDS(Kind.COUNTER, "jvm_gc_seconds", "Time that collections took.", "gc"),
  GC_COUNT(Kind.COUNTER, "jvm_gc_collections", "Collections.", "gc"),
  THREADS(Kind.GAUGE, "jvm_threads", "Threads that live.");

  /** What a value is. */
  public enum Kind {
    COUNTER,
    GAUGE,
    HISTOGRAM
  }

  private static final String PREFIX = "tokenbroker_";

  private final Kind kind;
  private final String base;
  private final String help;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> labels;

  Metric(Kind kind, String base, String help, String... labels) {
    this.kind = kind;
    this.base = base;
    this.help = help;
    this.labels = List.of(labels);
  }

  public Kind kind() {
    return kind;
  }

  /** As Prometheus' library has it: a counter's ends with _total in the text alone. */
  String base() {
    return PREFIX + base;
  }

  /** As it is scraped. */
  public String text() {
    return PREFIX + base + (kind == Kind.COUNTER ? "_total" : "");
  }

  public String help() {
    return help;
  }

  public List<String> labels() {
    return labels;
  }
}
