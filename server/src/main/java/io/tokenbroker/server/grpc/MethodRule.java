package io.tokenbroker.server.grpc;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Labels;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Caller;
import io.tokenbroker.server.security.Permission;
import java.util.function.Function;

/** What a caller needs for a method. */
sealed interface MethodRule {
  /**
   * @param request read as far as it goes, not looked into yet
   * @throws BrokerException if the caller may not
   */
  void check(Access access, Caller caller, Object request);

  /**
   * The same.
   *
   * @return which tokens the caller may have by it
   */
  default Labels admit(Access access, Caller caller, Object request) {
    check(access, caller, request);
    return Labels.ALL;
  }

  /** Whether the answer depends on the request. */
  default boolean readsRequest() {
    return false;
  }

  /** Whether what it hands out may be long in coming, so that it is asked again by then. */
  default boolean waits() {
    return false;
  }

  /** Whether it may change something. */
  default boolean changes() {
    return true;
  }

  /** Nothing: it is not even asked who calls. */
  record Open() implements MethodRule {
    @Override
    public void check(Access access, Caller caller, Object request) {}
  }

  /** To be known. */
  record Known() implements MethodRule {
    @Override
    public void check(Access access, Caller caller, Object request) {}
  }

  /** A permission for any account: which one is not known before something is looked up. */
  record Anywhere(Permission permission) implements MethodRule {
    @Override
    public void check(Access access, Caller caller, Object request) {
      require(access.allowsAnywhere(caller, permission), caller, permission);
    }
  }

  /** A permission for all accounts. */
  record Everywhere(Permission permission) implements MethodRule {
    @Override
    public boolean changes() {
      return permission != Permission.ADMIN_READ;
    }

    @Override
    public void check(Access access, Caller caller, Object request) {
      require(access.allowsEverywhere(caller, permission), caller, permission);
    }
  }

  /**
   * A permission for the account that the request names; for all of them if it names none.
   *
   * @param account of a request of the method
   */
  record OfAccount(Permission permission, Function<Object, String> account) implements MethodRule {
    static <Q> OfAccount of(Permission permission, Class<Q> type, Function<Q, String> account) {
      return new OfAccount(permission, request -> account.apply(type.cast(request)));
    }

    @Override
    public boolean changes() {
      return permission != Permission.ADMIN_READ;
    }

    @Override
    public boolean readsRequest() {
      return true;
    }

    @Override
    public boolean waits() {
      return permission == Permission.NEXT || permission == Permission.LEASE;
    }

    @Override
    public void check(Access access, Caller caller, Object request) {
      var unused = admit(access, caller, request);
    }

    @Override
    public Labels admit(Access access, Caller caller, Object request) {
      String name = account.apply(request);
      // what can't be an account is for those to hear who may have all: patterns cost by length
      boolean one = !name.isEmpty() && name.length() <= AccountId.MAX_LENGTH;
      Labels labels =
          one
              ? access.labels(caller, permission, name)
              : access.allowsEverywhere(caller, permission) ? Labels.ALL : null;
      if (labels == null) {
        throw BrokerException.permissionDenied(caller.name(), permission.text());
      }
      return labels;
    }
  }

  private static void require(boolean allowed, Caller caller, Permission permission) {
    if (!allowed) {
      throw BrokerException.permissionDenied(caller.name(), permission.text());
    }
  }
}
