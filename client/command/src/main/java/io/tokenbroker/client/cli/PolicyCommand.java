package io.tokenbroker.client.cli;

import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.CheckPermissionRequest;
import io.tokenbroker.v1.CheckPermissionResponse;
import io.tokenbroker.v1.GetPolicyRequest;
import io.tokenbroker.v1.GetPolicyResponse;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** What the broker's policy says. */
@Command(name = "policy", description = "Tell which policy is in force, and explain decisions.")
final class PolicyCommand implements Runnable {
  @Mixin private final Remote group = new Remote();

  @Override
  public void run() {
    throw group.usage(HelpOrder.missing("policy"));
  }

  @Command(
      name = "status",
      description =
          "Tell which policy is in force, and what is wrong with a newer file. Exit code 6 if"
              + " anything is.")
  int status(@Mixin Remote remote) {
    try (TokenBrokerClient client = remote.connect()) {
      GetPolicyResponse policy =
          client.adminStub().getPolicy(GetPolicyRequest.getDefaultInstance());
      if (remote.json()) {
        JsonLine json =
            new JsonLine()
                .putIfSet("file", policy.getFile())
                .put("rule_count", policy.getRuleCount())
                .put("problems", policy.getProblemsList());
        remote
            .out()
            .println(
                (policy.hasLoadTime()
                        ? json.put("load_time", Times.iso(policy.getLoadTime()))
                        : json)
                    .end());
      } else if (policy.getFile().isEmpty()) {
        remote.out().println("no policy.file: every caller may do everything");
      } else {
        remote
            .out()
            .printf(
                "%s, %d rule(s), in force since %s%n",
                Visible.text(policy.getFile()),
                policy.getRuleCount(),
                Times.ready(policy.getLoadTime()));
        policy
            .getProblemsList()
            .forEach(
                line -> remote.out().println("the newer file is refused: " + Visible.text(line)));
      }
      return policy.getProblemsCount() == 0 ? ExitCodes.OK : ExitCodes.REFUSED;
    }
  }

  @Command(
      name = "check",
      description = "Explain whether a caller may do something. Exit code 6 if not.")
  int check(
      @Mixin Remote remote,
      @Parameters(paramLabel = "CALLER", description = "As a policy names it: key:nightly.")
          String caller,
      @Parameters(
              paramLabel = "PERMISSION",
              description = "next, stream, lease, report, watch, admin.read, admin.write or debug.")
          String permission,
      @Parameters(
              paramLabel = "ACCOUNT",
              arity = "0..1",
              description = "Default: all accounts at once.")
          @Nullable String account) {
    try (TokenBrokerClient client = remote.connect()) {
      CheckPermissionResponse answer =
          client
              .adminStub()
              .checkPermission(
                  CheckPermissionRequest.newBuilder()
                      .setCaller(caller)
                      .setPermission(permission)
                      .setAccount(account == null ? "" : account)
                      .build());
      remote
          .out()
          .println(
              remote.json()
                  ? new JsonLine()
                      .put("allowed", answer.getAllowed())
                      .put("explanation", answer.getExplanation())
                      .end()
                  : Visible.text(answer.getExplanation()));
      return answer.getAllowed() ? ExitCodes.OK : ExitCodes.REFUSED;
    }
  }
}
