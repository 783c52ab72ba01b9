package io.tokenbroker.server.outcome;

/** What became of a call that was made with a token. */
public enum Outcome {
  OK,
  RATE_LIMITED,
  QUOTA_EXHAUSTED,
  UNAUTHORIZED,
  FORBIDDEN,
  UPSTREAM_ERROR,
  CALLER_ERROR
}
