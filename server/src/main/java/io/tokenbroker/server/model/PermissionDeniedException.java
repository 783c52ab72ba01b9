package io.tokenbroker.server.model;

import java.util.Map;

/** The policy does not let the caller do that. */
public final class PermissionDeniedException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String caller;
  private final String permission;

  public PermissionDeniedException(String caller, String permission) {
    super(
        "%s may not do that: no rule of the policy gives it %s here.".formatted(caller, permission),
        null);
    this.caller = caller;
    this.permission = permission;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("caller", caller, "permission", permission);
  }
}
