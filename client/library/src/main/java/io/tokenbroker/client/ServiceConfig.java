package io.tokenbroker.client;

import io.grpc.MethodDescriptor;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.List;
import java.util.Map;

/**
 * The channel's service config: the broker of each account, and which calls are tried again.
 *
 * <p>Tried again after UNAVAILABLE: the calls that read, the hand-outs (a turn whose answer was
 * lost is a turn nobody uses) and the writes that do the same when done twice: AddTokens leaves a
 * secret that is there, UpdateToken and UpdateAccount set, RefreshAccount reads anew, ResetToken
 * has nothing left to reset, a turn's second report and a lease's second release change nothing.
 * Not DeleteAccount, RemoveTokens and RevokeLease: done twice they say NOT_FOUND for what the first
 * time did. Not AcquireLease: a lease whose answer was lost is a token that nobody has until it
 * expires. Streams are not either: {@link TokenSequence} and {@code LeaseStream} open new ones
 * themselves.
 */
final class ServiceConfig {
  private static final List<MethodDescriptor<?, ?>> RETRIED =
      List.of(
          TokenBrokerGrpc.getNextTokenMethod(),
          TokenBrokerGrpc.getNextTokensMethod(),
          TokenBrokerGrpc.getReportOutcomeMethod(),
          TokenBrokerGrpc.getRenewLeaseMethod(),
          TokenBrokerGrpc.getReleaseLeaseMethod(),
          TokenBrokerGrpc.getGetVersionMethod(),
          TokenBrokerAdminGrpc.getListAccountsMethod(),
          TokenBrokerAdminGrpc.getGetAccountMethod(),
          TokenBrokerAdminGrpc.getListTokensMethod(),
          TokenBrokerAdminGrpc.getAddTokensMethod(),
          TokenBrokerAdminGrpc.getUpdateTokenMethod(),
          TokenBrokerAdminGrpc.getUpdateAccountMethod(),
          TokenBrokerAdminGrpc.getResetTokenMethod(),
          TokenBrokerAdminGrpc.getListLeasesMethod(),
          TokenBrokerAdminGrpc.getRefreshAccountMethod());

  private ServiceConfig() {}

  static Map<String, ?> get() {
    return Map.of(
        "loadBalancingConfig",
        List.of(Map.of(AccountBalancerProvider.POLICY, Map.of())),
        "methodConfig",
        List.of(
            Map.of(
                "name", RETRIED.stream().map(ServiceConfig::name).toList(),
                "retryPolicy",
                    Map.of(
                        "maxAttempts",
                        4.0,
                        "initialBackoff",
                        "0.1s",
                        "maxBackoff",
                        "1s",
                        "backoffMultiplier",
                        2.0,
                        "retryableStatusCodes",
                        // UNKNOWN: see LostConnections; no broker says it
                        List.of("UNAVAILABLE", "UNKNOWN")))));
  }

  private static Map<String, String> name(MethodDescriptor<?, ?> method) {
    return Map.of(
        "service", String.valueOf(method.getServiceName()),
        "method", String.valueOf(method.getBareMethodName()));
  }
}
