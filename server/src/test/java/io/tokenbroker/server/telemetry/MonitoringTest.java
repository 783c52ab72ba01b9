package io.tokenbroker.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tokenbroker.server.e2e.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Alerts, their pages and the dashboard speak of what there is. */
class MonitoringTest {
  private static final Path MODULE = Path.of("").toAbsolutePath();
  private static final Path MONITORING = MODULE.resolve("src/main/dist/monitoring");

  private static final Pattern NAME = Pattern.compile("\\b(tokenbroker_\\w+)(?:\\{([^}]*)})?");
  private static final Pattern LABEL = Pattern.compile("(\\w+) *(?:=~|!~|!=|=) *\"");
  private static final Pattern PAGE = Pattern.compile("(?m)^## (\\w+)$");

  /** Of what is scraped, and of a histogram's buckets. */
  private static final Set<String> OTHER_LABELS = Set.of("job", "instance", "le");

  private static final Map<String, Metric> SERIES = new TreeMap<>();

  static {
    for (Metric metric : Metric.values()) {
      if (metric.kind() == Metric.Kind.HISTOGRAM) {
        Stream.of("_bucket", "_sum", "_count")
            .forEach(part -> SERIES.put(metric.text() + part, metric));
      } else {
        SERIES.put(metric.text(), metric);
      }
    }
  }

  private static JsonObject yaml(String file) throws IOException {
    Object read =
        new Load(LoadSettings.builder().build())
            .loadFromString(Files.readString(MONITORING.resolve(file)));
    return new com.google.gson.Gson().toJsonTree(read).getAsJsonObject();
  }

  private static List<JsonObject> alerts() throws IOException {
    return stream(yaml("alerts.yaml"), "groups")
        .flatMap(group -> stream(group, "rules"))
        .collect(Collectors.toList());
  }

  private static Stream<JsonObject> stream(JsonObject of, String field) {
    return of.has(field)
        ? of.getAsJsonArray(field).asList().stream().map(JsonElement::getAsJsonObject)
        : Stream.empty();
  }

  private static List<String> names() throws IOException {
    return alerts().stream().map(alert -> alert.get("alert").getAsString()).toList();
  }

  /** All that is asked of Prometheus in the dashboard. */
  private static List<String> asked(JsonElement in) {
    List<String> found = new ArrayList<>();
    if (in.isJsonArray()) {
      in.getAsJsonArray().forEach(one -> found.addAll(asked(one)));
    } else if (in.isJsonObject()) {
      in.getAsJsonObject()
          .asMap()
          .forEach(
              (key, value) -> {
                if (value.isJsonPrimitive() && Set.of("expr", "query").contains(key)) {
                  found.add(value.getAsString());
                } else {
                  found.addAll(asked(value));
                }
              });
    }
    return found;
  }

  private static void onlyWhatIsThere(String query) {
    Matcher name = NAME.matcher(query);
    while (name.find()) {
      Metric metric = SERIES.get(name.group(1));
      assertThat(metric).as(name.group(1) + " in " + query).isNotNull();
      Matcher label = LABEL.matcher(name.group(2) == null ? "" : name.group(2));
      while (label.find()) {
        assertThat(
                metric.labels().contains(label.group(1)) || OTHER_LABELS.contains(label.group(1)))
            .as(label.group(1) + " in " + query)
            .isTrue();
      }
    }
  }

  @Test
  void alertsAreOfMetricsThatAreThere() throws IOException {
    assertThat(names()).hasSizeGreaterThan(20).doesNotHaveDuplicates();
    for (JsonObject alert : alerts()) {
      onlyWhatIsThere(alert.get("expr").getAsString());
    }
  }

  @Test
  void eachAlertHasItsPage() throws IOException {
    String runbook = Files.readString(MODULE.getParent().resolve("docs/runbook.md"));
    List<String> pages = PAGE.matcher(runbook).results().map(page -> page.group(1)).toList();
    assertThat(pages).as("in the order of the alerts").isEqualTo(names());
    for (JsonObject alert : alerts()) {
      String name = alert.get("alert").getAsString();
      assertThat(alert.getAsJsonObject("annotations").get("runbook").getAsString())
          .isEqualTo("docs/runbook.md#" + name.toLowerCase(Locale.ROOT));
      assertThat(Arrays.asList(runbook.split("(?m)^## ")))
          .filteredOn(page -> page.startsWith(name + "\n"))
          .singleElement()
          .asString()
          .contains("**Means**: ", "**Look at**", "**");
    }
  }

  @Test
  void eachAlertIsTried() throws IOException {
    Map<String, List<JsonObject>> tried =
        stream(yaml("alerts-test.yaml"), "tests")
            .flatMap(test -> stream(test, "alert_rule_test"))
            .collect(Collectors.groupingBy(test -> test.get("alertname").getAsString()));
    assertThat(tried.keySet()).isEqualTo(Set.copyOf(names()));
    Function<JsonObject, Boolean> fires = test -> test.has("exp_alerts");
    tried.forEach(
        (name, tests) -> assertThat(tests.stream().map(fires)).as(name).contains(true, false));
  }

  @Test
  void theDashboardAsksForWhatIsThere() throws IOException {
    JsonObject dashboard =
        JsonParser.parseString(Files.readString(MONITORING.resolve("dashboard.json")))
            .getAsJsonObject();
    List<String> queries = asked(dashboard);
    assertThat(queries).hasSizeGreaterThan(40);
    queries.forEach(MonitoringTest::onlyWhatIsThere);
    List<Integer> ids =
        stream(dashboard, "panels").map(panel -> panel.get("id").getAsInt()).toList();
    assertThat(ids).doesNotHaveDuplicates();
  }

  @Test
  void theDashboardShowsWebhooks() throws IOException {
    List<String> queries =
        asked(JsonParser.parseString(Files.readString(MONITORING.resolve("dashboard.json"))));
    assertThat(SERIES.keySet().stream().filter(name -> name.startsWith("tokenbroker_webhook")))
        .isNotEmpty()
        .allMatch(name -> queries.stream().anyMatch(query -> query.contains(name + "{")));
  }

  @Test
  void promtoolIsContent() throws Exception {
    String promtool =
        Tools.find("bin/promtool", "promtool")
            .orElseThrow(() -> Tools.missing("there is no promtool"))
            .toString();
    for (List<String> command :
        List.of(
            List.of(promtool, "check", "rules", "alerts.yaml"),
            List.of(promtool, "test", "rules", "alerts-test.yaml"))) {
      Tools.Ran ran = Tools.run(new ProcessBuilder(command).directory(MONITORING.toFile()));
      assertThat(ran.exit()).as(ran.output()).isZero();
    }
  }
}
