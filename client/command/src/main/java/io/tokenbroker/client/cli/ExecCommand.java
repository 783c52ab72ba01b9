package io.tokenbroker.client.cli;

import io.tokenbroker.client.LeaseKeeper;
import io.tokenbroker.client.LeaseOptions;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.client.TokenLease;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a command that knows nothing of brokers, with a token of its own. */
@Command(
    name = "exec",
    description = {
      "Run a command with a token that nobody else has meanwhile. The token is leased before,"
          + " renewed while the command runs, and released when it ends."
    },
    footer = {
      "",
      "tokenbroker exec github -- ./nightly.sh                 the secret is in $TOKEN",
      "tokenbroker exec github --env GH_TOKEN -- gh api /user",
      "tokenbroker exec github --fd 3 -- sh -c 'read -r TOKEN <&3; ...'",
      "",
      "The exit code is the command's, 128 and the signal's number if one ended it; 127 if there"
          + " is no such command, 126 if it cannot be run; and if there is no lease, that of"
          + " `tokenbroker lease acquire`."
    })
final class ExecCommand implements Callable<Integer> {
  private static final Duration GRACE = Duration.ofSeconds(10);

  enum OnLost {
    kill,
    warn
  }

  @Mixin private final Remote remote = new Remote();

  @Mixin private final LeaseTerms terms = new LeaseTerms();

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Whose token.")
  private String account = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "CMD",
      description = "What to run, and its arguments, after --.")
  private List<String> command = new ArrayList<>();

  @Option(
      names = "--env",
      paramLabel = "NAME",
      description = "The environment variable with the secret. Default: TOKEN; none with --fd.")
  private @Nullable String variable;

  @Option(
      names = "--fd",
      paramLabel = "N",
      description =
          "Give the secret through this file descriptor, 3 to 9, with a line feed at its end, and"
              + " not in the environment, where other programs of this user can read it.")
  private @Nullable Integer descriptor;

  @Option(
      names = "--on-lost",
      paramLabel = "kill|warn",
      description =
          "If the lease is lost: kill the command and all it has started (SIGTERM, and SIGKILL 10 s"
              + " later), or warn on stderr. Default: kill.")
  private OnLost onLost = OnLost.kill;

  @Override
  public Integer call() throws InterruptedException {
    check();
    LeaseOptions options = terms.options(remote);
    try (TokenBrokerClient client = remote.connect();
        TokenLease lease = client.acquireLease(account, options)) {
      return run(client, lease);
    }
  }

  private void check() {
    if (descriptor != null && (descriptor < 3 || descriptor > 9)) {
      throw remote.usage("--fd must be 3 to 9, is " + descriptor);
    }
    if (variable != null && !variable.matches("[A-Za-z_][A-Za-z0-9_]*")) {
      throw remote.usage("--env must be the name of a variable: letters, digits, underscores");
    }
  }

  private int run(TokenBrokerClient client, TokenLease lease) throws InterruptedException {
    CompletableFuture<Child> started = new CompletableFuture<>();
    // Ctrl-C goes to all processes of a terminal: the command has it already
    boolean passInterrupts = !remote.surroundings().isTerminal().test(0);
    Signals signals =
        new Signals(
            List.of("TERM", "HUP", "INT"),
            name -> {
              if (passInterrupts || !name.equals("INT")) {
                var unused = started.thenAccept(child -> child.signal(name));
              }
            });
    try {
      Child child = start(lease.secret());
      started.complete(child);
      LeaseKeeper keeper = client.keep(lease, lost -> lost(child));
      try {
        return child.waitFor();
      } finally {
        keeper.close();
      }
    } finally {
      signals.close();
    }
  }

  private Child start(String secret) throws InterruptedException {
    Map<String, String> environment =
        variable != null
            ? Map.of(variable, secret)
            : descriptor == null ? Map.of("TOKEN", secret) : Map.of();
    if (descriptor == null) {
      return Child.start(command, environment);
    }
    SecretFifo fifo;
    try {
      fifo = new SecretFifo();
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCodes.UNEXPECTED, "cannot make a named pipe in the directory for temporary files");
    }
    List<String> shell = new ArrayList<>();
    shell.addAll(
        List.of("sh", "-c", "exec " + descriptor + "<\"$1\"; shift; exec \"$@\"", "tokenbroker"));
    shell.add(fifo.path().toString());
    shell.addAll(command);
    try {
      Child child = Child.start(shell, environment);
      fifo.give(secret + "\n");
      return child;
    } catch (CommandFailure e) {
      fifo.close();
      throw e;
    }
  }

  /** On a thread of the client. */
  private void lost(Child child) {
    remote
        .err()
        .println(
            "tokenbroker: the lease is lost: somebody else may have the token now"
                + (onLost == OnLost.kill ? "; ending the command" : ""));
    remote.err().flush();
    if (onLost == OnLost.kill) {
      child.kill(GRACE);
    }
  }
}
