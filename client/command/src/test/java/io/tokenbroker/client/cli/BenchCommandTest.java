package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tokenbroker.client.fake.Errors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
  @TempDir Path directory;
  private final Cli cli = new Cli();

  @AfterEach
  void close() {
    cli.close();
  }

  @Test
  void tellsHowLongTurnsTook() {
    Cli.Result result =
        cli.run("bench", "demo", "--ramp", "10ms", "--duration", "1s", "--rate", "50");

    assertThat(result.exitCode()).isZero();
    assertThat(result.lines()).hasSize(2);
    assertThat(result.lines().get(0)).matches("ANSWERED +A SECOND +FAILED +P50 MS .* MAX MS");
    assertThat(result.lines().get(1)).matches("[1-9][0-9]* +[0-9.]+ +0 +[0-9.]+ .*");
  }

  @Test
  void tellsProgramsTheSame() {
    JsonObject json =
        JsonParser.parseString(
                cli.run("bench", "demo", "--ramp", "10ms", "--duration", "1s", "--json").out())
            .getAsJsonObject();

    assertThat(json.get("answered").getAsLong()).isPositive();
    assertThat(json.get("failed").getAsLong()).isZero();
    JsonObject latency = json.getAsJsonObject("latency_ms");
    assertThat(latency.get("p50").getAsDouble())
        .isPositive()
        .isLessThanOrEqualTo(latency.get("max").getAsDouble());
  }

  @Test
  void drawsThem() throws Exception {
    Path plot = directory.resolve("plot.svg");
    Cli.Result result =
        cli.run("bench", "a<b", "--ramp", "10ms", "--duration", "1s", "--plot", plot.toString());

    assertThat(result.exitCode()).isZero();
    assertThat(Files.readString(plot))
        .startsWith("<svg ")
        .contains("a&lt;b", "<polyline", "90 %", " ms</text>")
        .doesNotContain("NaN", "Infinity")
        .endsWith("</svg>\n");
  }

  @Test
  void whatFailsFromTheBeginningIsToldAsAlways() {
    cli.broker.tokens.failNext(Errors.noCredentials("demo"));

    Cli.Result result = cli.run("bench", "demo", "--ramp", "10ms", "--duration", "1s");

    assertThat(result.exitCode()).isEqualTo(ExitCodes.NOT_FOUND);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void whatFailsLaterIsCountedByReason() {
    cli.broker.tokens.failAfter(5, Errors.cooling(Duration.ofSeconds(6)));

    Cli.Result result =
        cli.run(
            "bench",
            "demo",
            "--ramp",
            "10ms",
            "--duration",
            "1s",
            "--rate",
            "100",
            "--concurrency",
            "2");

    assertThat(result.exitCode()).isEqualTo(ExitCodes.UNEXPECTED);
    assertThat(result.err()).containsPattern("tokenbroker: [1-9][0-9]* failed: [A-Z_]+");
  }

  @Test
  void refusesWhatCannotBe() {
    for (String[] wrong :
        new String[][] {
          {"bench"},
          {"bench", "demo", "--rate", "-1"},
          {"bench", "demo", "--rate", "2000000"},
          {"bench", "demo", "--concurrency", "0"},
          {"bench", "demo", "--duration", "soon"}
        }) {
      assertThat(cli.run(wrong).exitCode()).as(String.join(" ", wrong)).isEqualTo(ExitCodes.USAGE);
    }
  }
}
