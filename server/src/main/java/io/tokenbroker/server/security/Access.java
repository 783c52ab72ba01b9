package io.tokenbroker.server.security;

import io.tokenbroker.server.model.Labels;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who may do what. Thread-safe, quick, without I/O. */
public interface Access {
  /** Everyone may do everything: there is no policy. */
  Access ALL =
      new Access() {
        @Override
        public boolean allows(Caller caller, Permission permission, String account) {
          return true;
        }

        @Override
        public boolean allowsEverywhere(Caller caller, Permission permission) {
          return true;
        }

        @Override
        public boolean allowsAnywhere(Caller caller, Permission permission) {
          return true;
        }

        @Override
        public PolicyStatus status() {
          return PolicyStatus.NONE;
        }

        @Override
        public Explanation explain(Caller caller, Permission permission, Optional<String> account) {
          return new Explanation(true, "There is no policy.file: every caller may do everything.");
        }
      };

  boolean allows(Caller caller, Permission permission, String account);

  /** For every account there is, and what is of none. */
  boolean allowsEverywhere(Caller caller, Permission permission);

  /** For one account at least. */
  boolean allowsAnywhere(Caller caller, Permission permission);

  /** Which tokens of an account it is allowed for; null where it is not allowed at all. */
  default @Nullable Labels labels(Caller caller, Permission permission, String account) {
    return allows(caller, permission, account) ? Labels.ALL : null;
  }

  PolicyStatus status();

  /**
   * How much a caller may have.
   *
   * @param caller its name
   */
  default Bounds bounds(String caller) {
    return Bounds.NONE;
  }

  /**
   * Why it is so, for people.
   *
   * @param account empty for all of them
   */
  Explanation explain(Caller caller, Permission permission, Optional<String> account);

  /**
   * @param text one sentence or two
   */
  record Explanation(boolean allowed, String text) {}
}
