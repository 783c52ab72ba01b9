package io.tokenbroker.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.testing.Documents;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/metrics.md says what is told. */
class MetricsDocumentTest {
  private static final Pattern TABLE = Pattern.compile("(?m)^\\| metric \\|.*\n(\\|.*\n)*");

  @Test
  void theTableIsWhatIsTold() throws IOException {
    Documents.compare(
        "metrics.md", text -> TABLE.matcher(text).replaceFirst(Matcher.quoteReplacement(table())));
  }

  private static String table() {
    return Arrays.stream(Metric.values())
        .map(
            metric ->
                "| `%s` | %s | %s | %s |\n"
                    .formatted(
                        metric.text(),
                        metric.kind().name().toLowerCase(Locale.ROOT),
                        metric.labels().stream()
                            .map(label -> "`" + label + "`")
                            .collect(Collectors.joining(", ")),
                        metric.help()))
        .collect(
            Collectors.joining("", "| metric | type | labels | says |\n|---|---|---|---|\n", ""));
  }

  @Test
  void everyMetricCanBeTold() {
    Exposition all = new Exposition();
    for (Metric metric : Metric.values()) {
      String[] labels = metric.labels().toArray(String[]::new);
      if (metric.kind() == Metric.Kind.HISTOGRAM) {
        all.histogram(metric, new double[] {1}, List.of(2L, 3L), 4, labels);
      } else {
        all.add(metric, 1, labels);
      }
    }
    String text = new String(all.text(), StandardCharsets.UTF_8);
    assertThat(Metric.values()).allMatch(metric -> text.contains("# HELP " + metric.text() + " "));
  }
}
