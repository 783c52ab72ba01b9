package io.tokenbroker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.grpc.ListenException;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.store.TokenStore;
import io.tokenbroker.server.testing.FakeTokenStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ServeCommandTest {
  @TempDir Path directory;

  private final List<String> happened = new ArrayList<>();
  private final FakeTokenStore store = new FakeTokenStore();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Map<String, String> environment = Map.of("TOKENBROKER_LOG_LEVEL", "error");
  private Daemon.Start start = this::started;
  private boolean asked;
  private final CompletableFuture<@Nullable Void> stop = new CompletableFuture<>();

  @Test
  void servesUntilItIsToldToStop() {
    assertThat(run("--listen", "[::1]:0", "--data", "d")).isZero();

    assertThat(happened)
        .containsExactly("started on [::1]:0 in d", "told to stop", "stopped", "done 0");
    assertThat(out.toString() + err).isEmpty();
    assertThat(store.calls()).isZero();
  }

  @Test
  void doesNotStartWhatIsToldToStopAlready() {
    asked = true;
    assertThat(run("--listen", "127.0.0.1:0")).isZero();
    assertThat(happened).containsExactly("done 0");
  }

  @Test
  void aStopWhileItWaitsForTheDatabaseIsNoFailure() {
    start =
        (config, prepare, stopping) -> {
          stop.complete(null); // a signal comes meanwhile
          assertThat(stopping).isDone();
          throw new CancellationException();
        };
    assertThat(run("--listen", "127.0.0.1:0")).isZero();
    assertThat(happened).containsExactly("done 0");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void theDemoHasTokensAndCommandsToPaste() {
    assertThat(run("--demo", "--listen", "127.0.0.1:0")).isZero();

    assertThat(demoTokens()).extracting(token -> token.secret().reveal()).contains("demo-token-1");
    assertThat(out.toString())
        .contains(
            "tokenbroker --endpoint 127.0.0.1:4711 next demo",
            "grpcurl -plaintext -d '{\"account\": \"demo\"}' 127.0.0.1:4711"
                + " tokenbroker.v1.TokenBroker/NextToken");

    List<Token> added = demoTokens();
    assertThat(run("--demo")).isZero();
    assertThat(demoTokens()).isEqualTo(added);
  }

  @Test
  void theDemoStaysOutOfRealDatabases() {
    environment = Map.of("TOKENBROKER_DB_URL", "jdbc:mysql://h/d");

    assertThat(run("--demo")).isEqualTo(78);
    assertThat(err.toString()).startsWith("tokenbroker: --demo is for the embedded database only");
    assertThat(happened).isEmpty();
  }

  @Test
  void everyProblemOfTheConfigurationIsALine() throws IOException {
    Path file = Files.writeString(directory.resolve("c.yaml"), "lisen: x\nchannelz: 1\n");

    assertThat(run("--config", file.toString(), "--listen", "0.0.0.0:1")).isEqualTo(78);

    assertThat(err.toString().lines())
        .hasSize(3)
        .allMatch(line -> line.startsWith("tokenbroker: "))
        .anyMatch(line -> line.contains("flag --listen"));
    assertThat(happened).isEmpty();
  }

  @Test
  void insecureListensAnywhere() {
    assertThat(run("--insecure", "--listen", "0.0.0.0:1")).isZero();
    assertThat(happened).first().asString().startsWith("started on 0.0.0.0:1");
  }

  @Test
  void printsWhatIsConfigured() {
    environment = Map.of("TOKENBROKER_DB_PASSWORD", "hunter2");

    assertThat(run("--print-config", "--listen", "127.0.0.1:7")).isZero();

    assertThat(out.toString())
        .contains("listen: 127.0.0.1:7 # flag --listen\n")
        .doesNotContain("hunter2");
    assertThat(happened).isEmpty();
  }

  @Test
  void printsTheExampleFileWhateverIsConfigured() {
    environment = Map.of("TOKENBROKER_NONSENSE", "x");

    assertThat(run("--help-config")).isZero();
    assertThat(out.toString()).contains("# listen: 127.0.0.1:50051\n");
  }

  @Test
  void aPortInUseIsALineWithTheRemedy() {
    start =
        (config, prepare, stop) -> {
          throw ListenException.of(
              config.listen().calls().address(),
              new IOException("Failed to bind", new BindException("Address already in use: bind")));
        };

    assertThat(run("--listen", "[::1]:50051")).isEqualTo(71);
    assertThat(err)
        .hasToString(
            "tokenbroker: cannot listen on [::1]:50051: another program does; choose another"
                + " address with --listen HOST:PORT (port 0 takes any free one)\n");
    assertThat(happened).containsExactly("done 71");
  }

  @Test
  void aDatabaseThatCannotBeUsedIsALine() {
    start =
        (config, prepare, stop) -> {
          throw BrokerException.storeUnavailable("No database at h.", Duration.ZERO, null);
        };
    assertThat(run()).isEqualTo(69);
    assertThat(err).hasToString("tokenbroker: No database at h.\n");
  }

  @Test
  void aFaultIsNoStackTraceOnTheTerminal() {
    start =
        (config, prepare, stop) -> {
          throw new IllegalStateException("a made-up fault");
        };
    environment = Map.of("TOKENBROKER_LOG_LEVEL", "error");

    assertThat(run()).isEqualTo(70);
    assertThat(err)
        .hasToString("tokenbroker: a fault in the broker stopped it; see the log above\n");
  }

  private List<Token> demoTokens() {
    return store.load(new AccountId("demo")).tokens();
  }

  private int run(String... args) {
    CommandLine command = new CommandLine(new ServeCommand(environment, start, this::signal));
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    return command.execute(args);
  }

  private Daemon started(
      Config config, Consumer<TokenStore> prepare, CompletableFuture<@Nullable Void> stop) {
    prepare.accept(store);
    happened.add("started on " + config.listen().calls().given() + " in " + config.data());
    return new Daemon() {
      @Override
      public List<Integer> ports() {
        return List.of(4711);
      }

      @Override
      public Runnable reloadable(LoadedConfig loaded, Supplier<LoadedConfig> again) {
        return () -> {};
      }

      @Override
      public void stop() {
        happened.add("stopped");
      }
    };
  }

  private StopSignal signal() {
    return new StopSignal() {
      @Override
      public void await() {
        happened.add("told to stop");
      }

      @Override
      public boolean isAsked() {
        return asked;
      }

      @Override
      public CompletableFuture<@Nullable Void> asked() {
        return stop;
      }

      @Override
      public void done(int exitCode) {
        happened.add("done " + exitCode);
      }
    };
  }
}
