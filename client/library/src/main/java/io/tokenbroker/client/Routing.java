package io.tokenbroker.client;

import io.grpc.CallOptions;

/**
 * Call options that say which broker a call is for; {@link AccountBalancer} reads them. They are
 * preferences: if that broker is away, another one gets the call.
 */
final class Routing {
  /** All calls with the same account go to the same broker while it is up. */
  static final CallOptions.Key<String> ACCOUNT = CallOptions.Key.create("tokenbroker-account");

  /** All calls with the same object go to the broker that the first of them went to. */
  static final CallOptions.Key<SameBroker> SAME_BROKER =
      CallOptions.Key.create("tokenbroker-same-broker");

  /** Where owners of accounts are remembered that answers have told of. */
  static final CallOptions.Key<KnownOwners> OWNERS = CallOptions.Key.create("tokenbroker-owners");

  private Routing() {}
}
