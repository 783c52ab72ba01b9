package io.tokenbroker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.MethodDescriptor;
import io.tokenbroker.client.cli.ExitCodes;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.testing.Documents;
import io.tokenbroker.v1.ErrorReason;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The guides have what readers look for, and lead where they say. */
final class GuidesTest {
  private static final Pattern HEADING = Pattern.compile("(#{2,6}) (.*)");
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
  private static final Pattern MARK = Pattern.compile("<a id=\"([^\"]+)\">");
  private static final Pattern TEST =
      Pattern.compile("`([A-Z][a-z]\\w*(?:Test|IT|Contract))(?:\\.(\\w+))?`");
  private static final Pattern CODE = Pattern.compile("(?ms)^ *```.*?^ *```|`[^`\n]*`");

  @Test
  void operationsBeginWithWhatIsOdd() throws IOException {
    String text = Files.readString(docs().resolve("operations.md"));
    assertThat(headings(text)).first().isEqualTo("## When something is odd");
  }

  @Test
  void everyReasonIsAmongWhatIsOdd() throws IOException {
    assertThat(
            Arrays.stream(ErrorReason.values())
                .filter(reason -> reason != ErrorReason.UNRECOGNIZED)
                .filter(reason -> reason != ErrorReason.ERROR_REASON_UNSPECIFIED)
                .map(reason -> "\n| `" + reason.name().replaceFirst("^ERROR_REASON_", "") + "` |"))
        .allSatisfy(row -> assertThat(odd()).contains(row));
  }

  @Test
  void everyReasonIsAmongTheErrorsOfTheContract() throws IOException {
    String text = Files.readString(docs().resolve("api.md"));
    assertThat(
            Arrays.stream(ErrorReason.values())
                .filter(reason -> reason != ErrorReason.UNRECOGNIZED)
                .filter(reason -> reason != ErrorReason.ERROR_REASON_UNSPECIFIED)
                .map(reason -> " | " + reason.name().replaceFirst("^ERROR_REASON_", "") + " | "))
        .allSatisfy(cell -> assertThat(text).contains(cell));
  }

  @Test
  void everyMethodIsInTheContractsGuideAndHasItsPermission() throws IOException {
    String api = Files.readString(docs().resolve("api.md"));
    Set<String> allowed =
        new HashSet<>(List.of(Files.readString(docs().resolve("security.md")).split("[^A-Za-z]+")));
    assertThat(
            Stream.of(
                    TokenBrokerGrpc.getServiceDescriptor(),
                    TokenBrokerAdminGrpc.getServiceDescriptor())
                .flatMap(service -> service.getMethods().stream())
                .map(MethodDescriptor::getBareMethodName))
        .isNotEmpty()
        .allMatch(name -> api.contains("`" + name + "`"))
        .allMatch(allowed::contains);
  }

  @Test
  void everyReasonOfTheBenchIsInTheContractsGuide() throws IOException {
    String rows = between(Files.readString(docs().resolve("api.md")), "| `bench_reason` |", "\n\n");
    assertThat(BenchReason.values())
        .allSatisfy(
            reason -> assertThat(rows).containsPattern("\n\\| [A-Z_, ]*\\b" + reason + "\\b"));
  }

  @Test
  void everyExitCodeIsAmongWhatIsOdd() throws Exception {
    String odd = odd();
    String command = between(odd, "### Exit codes of the command\n", "\n### ");
    for (int code : codes(ExitCodes.class)) {
      if (code != ExitCodes.OK) {
        assertThat(command).contains("\n| " + code + " | ");
      }
    }
    String serve = between(odd, "### Exit codes of `serve`\n", "\n### ");
    for (int code : codes(ServeExitCodes.class)) {
      assertThat(serve).contains("\n| " + code + " | ");
    }
    String client = Files.readString(docs().resolve("client.md"));
    for (int code : codes(ExitCodes.class)) {
      assertThat(between(client, "### Exit codes\n", "\n### ")).contains("\n| " + code + " | ");
    }
  }

  @Test
  void aLongPageHasATableOfContents() throws IOException {
    for (Path page : documents()) {
      String text = Files.readString(page);
      if (page.toString().endsWith(".md") && text.lines().count() > 100) {
        String before = text.substring(0, text.indexOf("\n## "));
        assertThat(headings(text).stream().filter(heading -> heading.startsWith("## ")))
            .allSatisfy(
                heading ->
                    assertThat(before)
                        .as("%s", page)
                        .contains("- [" + heading.substring(3) + "](#" + anchor(heading) + ")\n"));
      }
    }
  }

  @Test
  void theIndexHasEveryPage() throws IOException {
    String index = Files.readString(docs().resolve("README.md"));
    assertThat(documents().stream().map(page -> docs().relativize(page).toString()))
        .filteredOn(name -> !name.equals("README.md"))
        .allSatisfy(name -> assertThat(index).contains("](" + name + ")"));
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      Matcher links = LINK.matcher(withoutCode(Files.readString(page)));
      while (links.find()) {
        String link = links.group(1);
        if (!link.contains("://") && !isThere(page, link)) {
          broken.add(page.getFileName() + ": " + link);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void everyTestThatIsNamedIsThere() throws IOException {
    Map<String, String> tests = tests();
    List<String> missing = new ArrayList<>();
    for (Path page : pages()) {
      Matcher named = TEST.matcher(Files.readString(page));
      while (named.find()) {
        String source = tests.getOrDefault(named.group(1), "");
        String method =
            named.group(2) == null ? "class " + named.group(1) + " " : " " + named.group(2) + "(";
        if (!source.contains(method)) {
          missing.add(page.getFileName() + ": " + named.group());
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void everyPromiseOfSecurityHasATest() throws IOException {
    String text = Files.readString(docs().resolve("security.md"));
    assertThat(between(text, "| promise | test |\n|---|---|\n", "\n\n").lines().skip(2))
        .hasSizeGreaterThan(20)
        .allSatisfy(
            row -> assertThat(TEST.matcher(row).find() || row.contains("`make ")).as(row).isTrue());
  }

  /** Their sources, by name. */
  private static Map<String, String> tests() throws IOException {
    Map<String, String> tests = new HashMap<>();
    for (String module : List.of("server/src", "client")) {
      try (Stream<Path> files = Files.walk(docs().resolveSibling(module))) {
        for (Path file : files.filter(GuidesTest::isTest).toList()) {
          tests.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
        }
      }
    }
    return tests;
  }

  private static boolean isTest(Path file) {
    return file.getFileName().toString().matches("[A-Z]\\w*(Test|IT|Contract)\\.java");
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    documents().stream().filter(page -> page.toString().endsWith(".md")).forEach(pages::add);
    for (String page : List.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md")) {
      pages.add(docs().resolveSibling(page));
    }
    return pages;
  }

  private static List<Path> documents() throws IOException {
    try (Stream<Path> found = Files.walk(docs())) {
      return found.filter(Files::isRegularFile).toList();
    }
  }

  private static boolean isThere(Path page, String link) throws IOException {
    String[] parts = link.split("#", 2);
    Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
    if (!Files.exists(target)) {
      return false;
    }
    return parts.length == 1 || anchors(Files.readString(target)).contains(parts[1]);
  }

  private static Set<String> anchors(String text) {
    Set<String> anchors = new HashSet<>();
    headings(text).forEach(heading -> anchors.add(anchor(heading)));
    Matcher marks = MARK.matcher(text);
    while (marks.find()) {
      anchors.add(marks.group(1));
    }
    return anchors;
  }

  /** As GitHub makes it. */
  private static String anchor(String heading) {
    return heading
        .replaceFirst("^#+ ", "")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .replace(' ', '-');
  }

  /** But for comments in code. */
  private static List<String> headings(String text) {
    return withoutBlocks(text).lines().filter(line -> HEADING.matcher(line).matches()).toList();
  }

  private static String withoutBlocks(String text) {
    return Pattern.compile("(?ms)^ *```.*?^ *```").matcher(text).replaceAll("");
  }

  private static String withoutCode(String text) {
    return CODE.matcher(text).replaceAll("");
  }

  private static String odd() throws IOException {
    String text = Files.readString(docs().resolve("operations.md"));
    return between(text, "## When something is odd\n", "\n## ");
  }

  private static String between(String text, String from, String to) {
    int begin = text.indexOf(from);
    assertThat(begin).as(from).isNotNegative();
    int end = text.indexOf(to, begin + from.length());
    return text.substring(begin, end < 0 ? text.length() : end);
  }

  private static List<Integer> codes(Class<?> constants) throws IllegalAccessException {
    List<Integer> codes = new ArrayList<>();
    for (Field field : constants.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers()) && field.getType() == int.class) {
        codes.add(field.getInt(null));
      }
    }
    assertThat(codes).isNotEmpty();
    return codes;
  }

  private static Path docs() {
    return Documents.folder();
  }
}
