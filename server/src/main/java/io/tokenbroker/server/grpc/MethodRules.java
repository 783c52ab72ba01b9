package io.tokenbroker.server.grpc;

import static java.util.Map.entry;

import io.grpc.MethodDescriptor;
import io.tokenbroker.server.security.Permission;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.DeleteAccountRequest;
import io.tokenbroker.v1.GetAccountRequest;
import io.tokenbroker.v1.ListLeasesRequest;
import io.tokenbroker.v1.ListTokensRequest;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.RefreshAccountRequest;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.RemoveTokensRequest;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.RequestTurnsRequest;
import io.tokenbroker.v1.ResetTokenRequest;
import io.tokenbroker.v1.RevokeLeaseRequest;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.UpdateAccountRequest;
import io.tokenbroker.v1.UpdateTokenRequest;
import io.tokenbroker.v1.WatchAccountRequest;
import java.util.Map;
import java.util.function.Function;

/** What each method needs. A server with a method that is not here does not start. */
final class MethodRules {
  private static final MethodRule OPEN = new MethodRule.Open();
  static final MethodRule KNOWN = new MethodRule.Known();
  private static final MethodRule DEBUG = new MethodRule.Anywhere(Permission.DEBUG);

  /** A lease's id does not tell its account; whose it is, is seen to with the lease. */
  private static final MethodRule LEASE = new MethodRule.Anywhere(Permission.LEASE);

  private static final MethodRule READ_ALL = new MethodRule.Everywhere(Permission.ADMIN_READ);
  private static final MethodRule WRITE_ALL = new MethodRule.Everywhere(Permission.ADMIN_WRITE);

  private static final Map<String, MethodRule> BY_METHOD =
      Map.ofEntries(
          of(
              TokenBrokerGrpc.getNextTokenMethod(),
              Permission.NEXT,
              NextTokenRequest.class,
              NextTokenRequest::getAccount),
          of(
              TokenBrokerGrpc.getNextTokensMethod(),
              Permission.NEXT,
              NextTokensRequest.class,
              NextTokensRequest::getAccount),
          of(
              TokenBrokerGrpc.getStreamTokensMethod(),
              Permission.STREAM,
              StreamTokensRequest.class,
              StreamTokensRequest::getAccount),
          of(
              TokenBrokerGrpc.getRequestTurnsMethod(),
              Permission.STREAM,
              RequestTurnsRequest.class,
              RequestTurnsRequest::getAccount),
          of(
              TokenBrokerGrpc.getReportOutcomeMethod(),
              Permission.REPORT,
              ReportOutcomeRequest.class,
              ReportOutcomeRequest::getAccount),
          of(
              TokenBrokerGrpc.getAcquireLeaseMethod(),
              Permission.LEASE,
              AcquireLeaseRequest.class,
              AcquireLeaseRequest::getAccount),
          of(
              TokenBrokerGrpc.getStreamLeasesMethod(),
              Permission.LEASE,
              StreamLeasesRequest.class,
              StreamLeasesRequest::getAccount),
          entry(
              TokenBrokerGrpc.getRenewLeaseMethod().getFullMethodName(),
              MethodRule.OfLease.of(LEASE, RenewLeaseRequest.class, RenewLeaseRequest::getLeaseId)),
          entry(
              TokenBrokerGrpc.getReleaseLeaseMethod().getFullMethodName(),
              MethodRule.OfLease.of(
                  LEASE, ReleaseLeaseRequest.class, ReleaseLeaseRequest::getLeaseId)),
          of(
              TokenBrokerGrpc.getWatchAccountMethod(),
              Permission.WATCH,
              WatchAccountRequest.class,
              WatchAccountRequest::getAccount),
          entry(TokenBrokerGrpc.getGetVersionMethod().getFullMethodName(), KNOWN),
          entry(TokenBrokerAdminGrpc.getListAccountsMethod().getFullMethodName(), READ_ALL),
          of(
              TokenBrokerAdminGrpc.getGetAccountMethod(),
              Permission.ADMIN_READ,
              GetAccountRequest.class,
              GetAccountRequest::getAccount),
          of(
              TokenBrokerAdminGrpc.getListTokensMethod(),
              Permission.ADMIN_READ,
              ListTokensRequest.class,
              ListTokensRequest::getAccount),
          of(
              TokenBrokerAdminGrpc.getListLeasesMethod(),
              Permission.ADMIN_READ,
              ListLeasesRequest.class,
              ListLeasesRequest::getAccount),
          of(
              TokenBrokerAdminGrpc.getDeleteAccountMethod(),
              Permission.ADMIN_WRITE,
              DeleteAccountRequest.class,
              DeleteAccountRequest::getAccount),
          of(
              TokenBrokerAdminGrpc.getAddTokensMethod(),
              Permission.ADMIN_WRITE,
              AddTokensRequest.class,
              AddTokensRequest::getAccount),
          of(
              TokenBrokerAdminGrpc.getUpdateAccountMethod(),
              Permission.ADMIN_WRITE,
              UpdateAccountRequest.class,
              UpdateAccountRequest::getAccount),
          of(
              TokenBrokerAdminGrpc.getUpdateTokenMethod(),
              Permission.ADMIN_WRITE,
              UpdateTokenRequest.class,
              UpdateTokenRequest::getAccount),
          of(
              TokenBrokerAdminGrpc.getRemoveTokensMethod(),
              Permission.ADMIN_WRITE,
              RemoveTokensRequest.class,
              RemoveTokensRequest::getAccount),
          of(
              TokenBrokerAdminGrpc.getRefreshAccountMethod(),
              Permission.ADMIN_WRITE,
              RefreshAccountRequest.class,
              RefreshAccountRequest::getAccount),
          of(
              TokenBrokerAdminGrpc.getResetTokenMethod(),
              Permission.ADMIN_WRITE,
              ResetTokenRequest.class,
              ResetTokenRequest::getAccount),
          entry(
              TokenBrokerAdminGrpc.getRevokeLeaseMethod().getFullMethodName(),
              MethodRule.OfLease.of(
                  WRITE_ALL, RevokeLeaseRequest.class, RevokeLeaseRequest::getLeaseId)),
          entry(TokenBrokerAdminGrpc.getCreateCallerKeyMethod().getFullMethodName(), WRITE_ALL),
          entry(TokenBrokerAdminGrpc.getListCallerKeysMethod().getFullMethodName(), READ_ALL),
          entry(TokenBrokerAdminGrpc.getUpdateCallerKeyMethod().getFullMethodName(), WRITE_ALL),
          entry(TokenBrokerAdminGrpc.getRevokeCallerKeysMethod().getFullMethodName(), WRITE_ALL),
          entry(TokenBrokerAdminGrpc.getGetFleetMethod().getFullMethodName(), READ_ALL),
          entry(TokenBrokerAdminGrpc.getGetPolicyMethod().getFullMethodName(), READ_ALL),
          entry(TokenBrokerAdminGrpc.getCheckPermissionMethod().getFullMethodName(), READ_ALL),
          entry(
              TokenBrokerAdminGrpc.getReloadConfigurationMethod().getFullMethodName(), WRITE_ALL));

  /** Of the standard services, by their names: orchestrators ask for health without credentials. */
  private static final Map<String, MethodRule> BY_SERVICE =
      Map.of(
          PeerStream.METHOD.getServiceName(),
          new MethodRule.OfPeers(),
          "grpc.health.v1.Health",
          OPEN,
          "grpc.reflection.v1.ServerReflection",
          DEBUG,
          "grpc.reflection.v1alpha.ServerReflection",
          DEBUG,
          "grpc.channelz.v1.Channelz",
          DEBUG);

  private MethodRules() {}

  private static <Q> Map.Entry<String, MethodRule> of(
      MethodDescriptor<Q, ?> method,
      Permission permission,
      Class<Q> request,
      Function<Q, String> account) {
    return entry(method.getFullMethodName(), MethodRule.OfAccount.of(permission, request, account));
  }

  /**
   * @throws IllegalStateException if nobody has said what it needs
   */
  static MethodRule of(MethodDescriptor<?, ?> method) {
    MethodRule rule = BY_METHOD.get(method.getFullMethodName());
    if (rule == null) {
      rule = BY_SERVICE.get(String.valueOf(method.getServiceName()));
    }
    if (rule == null) {
      throw new IllegalStateException(method.getFullMethodName() + " has no rule in MethodRules");
    }
    return rule;
  }
}
