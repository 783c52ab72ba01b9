package io.tokenbroker.server.grpc;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Caller;
import io.tokenbroker.server.security.Permission;
import io.tokenbroker.server.security.PolicyStatus;
import io.tokenbroker.v1.NextTokenRequest;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class MethodRuleTest {
  private static final MethodRule RULE =
      MethodRule.OfAccount.of(
          Permission.NEXT, NextTokenRequest.class, NextTokenRequest::getAccount);
  private static final Caller CALLER = new Caller(Caller.Kind.KEY, "key:nightly");

  /** What is longer than any account is not held against patterns: that costs by its length. */
  @Test
  void whatCantBeAnAccountIsForThoseWhoMayHaveAll() {
    NextTokenRequest request = request(AccountId.MAX_LENGTH + 1);
    assertThatThrownBy(() -> RULE.check(new OneAccount(request.getAccount()), CALLER, request))
        .is(because(FailureReason.PERMISSION_DENIED));
    assertThatCode(() -> RULE.check(Access.ALL, CALLER, request)).doesNotThrowAnyException();
  }

  @Test
  void theLongestAccountIsHeldAgainstThem() {
    NextTokenRequest request = request(AccountId.MAX_LENGTH);
    assertThatCode(() -> RULE.check(new OneAccount(request.getAccount()), CALLER, request))
        .doesNotThrowAnyException();
  }

  private static NextTokenRequest request(int length) {
    return NextTokenRequest.newBuilder().setAccount("a".repeat(length)).build();
  }

  private record OneAccount(String name) implements Access {
    @Override
    public boolean allows(Caller caller, Permission permission, String account) {
      return account.equals(name);
    }

    @Override
    public boolean allowsEverywhere(Caller caller, Permission permission) {
      return false;
    }

    @Override
    public boolean allowsAnywhere(Caller caller, Permission permission) {
      return true;
    }

    @Override
    public PolicyStatus status() {
      return Access.ALL.status();
    }

    @Override
    public Explanation explain(Caller caller, Permission permission, Optional<String> account) {
      return new Explanation(false, "");
    }
  }
}
