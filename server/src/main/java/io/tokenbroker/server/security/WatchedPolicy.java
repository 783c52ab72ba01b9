package io.tokenbroker.server.security;

import io.tokenbroker.server.model.Labels;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The policy of a file that may be replaced at any time. What can't be used changes nothing. */
public final class WatchedPolicy implements Access {
  private static final Logger log = LoggerFactory.getLogger(WatchedPolicy.class);

  private final PolicyFile file;
  private final InstantSource clock;
  private volatile Current current;

  // only used by who reloads
  private String used;
  private String told = "";

  private WatchedPolicy(PolicyFile file, InstantSource clock) throws PolicyException {
    this.file = file;
    this.clock = clock;
    this.used = file.text();
    this.current = new Current(file.parse(used), clock.instant(), List.of());
  }

  /**
   * @throws PolicyException if the file can't be used
   */
  public static WatchedPolicy load(Path file, InstantSource clock) throws PolicyException {
    WatchedPolicy policy = new WatchedPolicy(new PolicyFile(file), clock);
    policy.say();
    return policy;
  }

  private void say() {
    log.atInfo()
        .addKeyValue("file", file.path())
        .addKeyValue("rules", current.policy.size())
        .log("policy loaded");
  }

  /**
   * Looks whether the file has changed. Called by one thread, again and again; may block.
   *
   * @return whether there is a new policy now
   */
  public boolean reload() {
    try {
      String now = file.text();
      boolean changed = !now.equals(used);
      if (changed) {
        current = new Current(file.parse(now), clock.instant(), List.of());
        used = now;
        say();
      } else if (!current.problems.isEmpty()) {
        current = new Current(current.policy, current.since, List.of());
      }
      told = "";
      return changed;
    } catch (PolicyException e) {
      current = new Current(current.policy, current.since, e.problems());
      String cause = String.valueOf(e.getMessage());
      if (!cause.equals(told)) {
        told = cause;
        log.atWarn()
            .addKeyValue("cause", cause)
            .log("the new policy can't be used, the one before stays in force");
      }
      return false;
    }
  }

  @Override
  public boolean allows(Caller caller, Permission permission, String account) {
    return current.policy.of(caller).allows(permission, account);
  }

  @Override
  public boolean allowsEverywhere(Caller caller, Permission permission) {
    return current.policy.of(caller).everywhere(permission);
  }

  @Override
  public boolean allowsAnywhere(Caller caller, Permission permission) {
    return current.policy.of(caller).anywhere(permission);
  }

  @Override
  public @Nullable Labels labels(Caller caller, Permission permission, String account) {
    return current.policy.of(caller).labels(permission, account);
  }

  @Override
  public Bounds bounds(String caller) {
    return current.policy.boundsOf(caller);
  }

  @Override
  public PolicyStatus status() {
    Current now = current;
    return new PolicyStatus(
        file.path().toString(), now.policy.size(), Optional.of(now.since), now.problems);
  }

  @Override
  public Explanation explain(Caller caller, Permission permission, Optional<String> account) {
    Policy policy = current.policy;
    String what =
        permission + account.map(one -> " for account " + one).orElse(" for all accounts");
    return policy
        .reason(caller, permission, account)
        .map(
            rule ->
                new Explanation(
                    true,
                    "%s may %s%s: %s:%d allows it."
                        .formatted(
                            caller,
                            what,
                            tokens(policy, caller, permission, account),
                            file.path(),
                            rule.line())))
        .orElseGet(
            () ->
                new Explanation(
                    false,
                    "%s may not %s: %s."
                        .formatted(
                            caller,
                            what,
                            policy.knows(caller)
                                ? "no rule that is for this caller allows it"
                                : "no rule is for this caller")));
  }

  /** To be read behind the account. */
  private static String tokens(
      Policy policy, Caller caller, Permission permission, Optional<String> account) {
    return account.isPresent()
            && policy.of(caller).labels(permission, account.get()) instanceof LabelPatterns some
        ? some.patterns().stream()
            .map(NamePattern::text)
            .sorted()
            .collect(Collectors.joining(", ", ", but only tokens labelled ", ""))
        : "";
  }

  private record Current(Policy policy, Instant since, List<String> problems) {}
}
