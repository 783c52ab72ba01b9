package io.tokenbroker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.sql.DatabaseSettings;
import io.tokenbroker.server.testing.TestDatabase;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A broker's tokens, taken out beside it, and given to another one. */
class BackupCommandTest {
  @RegisterExtension static final TestDatabase MYSQL = TestDatabase.mysql();

  @TempDir Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private Path file;
  private String said = "";

  @BeforeEach
  void aBroker() {
    file = directory.resolve("backup.zip");
    set("DATA", directory.resolve("data"));
    set("LISTEN", "127.0.0.1:0");
  }

  private void set(String name, Object value) {
    environment.put("TOKENBROKER_" + name, value.toString());
  }

  private int backup() {
    return run(new BackupCommand(environment, InstantSource.system()), file.toString());
  }

  private int restore(String... options) {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.add(file.toString());
    return run(
        new RestoreCommand(environment, InstantSource.system()), arguments.toArray(new String[0]));
  }

  private int run(Callable<Integer> command, String... arguments) {
    StringWriter out = new StringWriter();
    int exitCode =
        new CommandLine(command)
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(out))
            .execute(arguments);
    said = out.toString();
    return exitCode;
  }

  private Daemon serve(String... secrets) throws Exception {
    return BrokerDaemon.start(
        LoadedConfig.load(Optional.empty(), environment, Map.of()).config(),
        store -> {
          for (String secret : secrets) {
            store.addTokens(
                new AccountId("acme"),
                List.of(new NewToken(new Secret(secret), TokenSettings.DEFAULT)));
          }
        },
        InstantSource.system(),
        new CompletableFuture<>());
  }

  private static List<String> next(Daemon daemon, int turns) throws Exception {
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress(
                "127.0.0.1", daemon.ports().get(0), InsecureChannelCredentials.create())
            .build();
    try {
      List<String> secrets = new ArrayList<>();
      for (int i = 0; i < turns; i++) {
        secrets.add(
            TokenBrokerGrpc.newBlockingStub(channel)
                .nextToken(NextTokenRequest.newBuilder().setAccount("acme").build())
                .getTurn()
                .getSecret());
      }
      return secrets;
    } finally {
      channel.shutdownNow();
    }
  }

  /** Two tokens, of which the first has had its turn. */
  private void backUpBesideABroker() throws Exception {
    Daemon daemon = serve("made-up-1", "made-up-2");
    try {
      assertThat(next(daemon, 1)).containsExactly("made-up-1");
      assertThat(backup()).as(said).isZero();
      assertThat(said)
          .contains("Wrote " + file + ": 2 tokens, ")
          .contains("keep a copy of that elsewhere");
    } finally {
      daemon.stop();
    }
  }

  /** The keyset comes from where it is kept, not from the backup. */
  private void moveTo(String data) throws Exception {
    Path keyset = directory.resolve("data/tokenbroker.keyset");
    Path place = Files.createDirectory(directory.resolve(data));
    Files.copy(keyset, place.resolve("tokenbroker.keyset"));
    set("DATA", place);
  }

  @Test
  void anotherBrokerGoesOnWithIt() throws Exception {
    backUpBesideABroker();
    moveTo("other");

    assertThat(restore()).as(said).isZero();
    assertThat(said).contains("Restored 2 tokens, ");

    Daemon daemon = serve();
    try {
      assertThat(next(daemon, 3)).contains("made-up-1", "made-up-2");
    } finally {
      daemon.stop();
    }
  }

  @Test
  void theSecretsAreNotInItInPlainText() throws Exception {
    backUpBesideABroker();

    assertThat(restore("--check")).isZero();
    assertThat(said).contains("is whole: 2 tokens", "Secrets are encrypted with key ");
    StringBuilder all = new StringBuilder();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        try (InputStream part = zip.getInputStream(entry)) {
          all.append(new String(part.readAllBytes(), StandardCharsets.UTF_8));
        }
      }
    }
    assertThat(all).contains("acme").doesNotContain("made-up");
  }

  @Test
  void theEmbeddedDatabaseIsOutgrown() throws Exception {
    backUpBesideABroker();
    DatabaseSettings mysql = MYSQL.fresh(4);
    set("DB_URL", mysql.url());
    set("DB_USER", mysql.user());
    set("DB_PASSWORD", mysql.password());
    set("ENCRYPTION_KEYSET_FILE", directory.resolve("data/tokenbroker.keyset"));

    assertThat(restore()).as(said).isZero();

    Daemon daemon = serve();
    try {
      assertThat(next(daemon, 3)).contains("made-up-1", "made-up-2");
      file = directory.resolve("back.zip");
      assertThat(backup()).as(said).isZero();
    } finally {
      daemon.stop();
    }
  }

  @Test
  void withoutItsKeysNothingIsRestored() throws Exception {
    backUpBesideABroker();
    set("DATA", directory.resolve("other"));

    assertThat(restore()).isEqualTo(6);
    assertThat(said)
        .contains(
            "are encrypted with key ", "/other/tokenbroker.keyset: put the keyset there first");
    assertThat(directory.resolve("other")).doesNotExist();
  }

  @Test
  void neitherOverSomethingNorBesideABroker() throws Exception {
    backUpBesideABroker();
    assertThat(restore()).isEqualTo(69);
    assertThat(said).contains("There is something in table token.");

    Daemon daemon = serve();
    try {
      assertThat(restore()).isEqualTo(69);
      assertThat(said).contains("is in use");
    } finally {
      daemon.stop();
    }
  }

  @Test
  void aBackupIsNotWrittenOver() throws Exception {
    backUpBesideABroker();

    assertThat(backup()).isEqualTo(6);
    assertThat(said).contains(file + " exists already");
  }

  @Test
  void nothingIsBackedUpWhereNothingIs() {
    assertThat(backup()).isEqualTo(69);
    assertThat(said).contains("There are no tables of this version in ");
    assertThat(file).doesNotExist();
    assertThat(directory.resolve("data")).doesNotExist();
  }

  @Test
  void whereNothingCanBeWrittenItSaysSo() throws Exception {
    serve("made-up-1").stop();
    file = directory.resolve("none/backup.zip");

    assertThat(backup()).isEqualTo(6);
    assertThat(said).contains("NoSuchFileException: ", "none/backup.zip");
  }

  @Test
  void thePolicyComesBackWhereThereIsNone() throws Exception {
    Path policy = directory.resolve("policy.yaml");
    Files.writeString(policy, "rules: [{callers: [\"*\"], accounts: [\"*\"], may: [next]}]\n");
    set("POLICY_FILE", policy);
    backUpBesideABroker();
    assertThat(said).contains(", a policy.");

    moveTo("other");
    set("POLICY_FILE", directory.resolve("other/policy.yaml"));
    assertThat(restore()).as(said).isZero();
    assertThat(directory.resolve("other/policy.yaml")).hasSameTextualContentAs(policy);

    moveTo("third");
    set("POLICY_FILE", directory.resolve("third/policy.yaml"));
    Files.writeString(directory.resolve("third/policy.yaml"), "rules: []\n");
    assertThat(restore()).as(said).isZero();
    assertThat(said).contains("third/policy.yaml stays as it is; ");
    assertThat(directory.resolve("third/policy.yaml")).hasContent("rules: []");
  }

  @Test
  void aPolicyThatCannotBeWrittenIsFoundOutBeforeAnythingIsChanged() throws Exception {
    Path policy = directory.resolve("policy.yaml");
    Files.writeString(policy, "rules: [{callers: [\"*\"], accounts: [\"*\"], may: [next]}]\n");
    set("POLICY_FILE", policy);
    backUpBesideABroker();
    moveTo("other");
    set("POLICY_FILE", directory.resolve("none/policy.yaml"));

    assertThat(restore()).isEqualTo(6);
    assertThat(said).contains("none/policy.yaml can't be made");
    assertThat(directory.resolve("other/tokenbroker.db")).doesNotExist();
  }

  /** As a newer tokenbroker with the configuration of an older one that runs. */
  @Test
  void tablesOfAnEarlierVersionStayAsTheyAre() throws Exception {
    backUpBesideABroker();
    DatabaseSettings mysql = MYSQL.fresh(4);
    try (Connection connection = TestDatabase.connect(mysql);
        Statement statement = connection.createStatement()) {
      var unused =
          statement.execute(
              "create table flyway_schema_history (version varchar(50), success boolean)");
      unused = statement.execute("insert into flyway_schema_history values ('1', true)");
    }
    set("DB_URL", mysql.url());
    set("DB_USER", mysql.user());
    set("DB_PASSWORD", mysql.password());
    set("ENCRYPTION_KEYSET_FILE", directory.resolve("data/tokenbroker.keyset"));

    assertThat(restore()).isEqualTo(69);
    assertThat(said).contains("The database has tables of an earlier version.");
  }
}
