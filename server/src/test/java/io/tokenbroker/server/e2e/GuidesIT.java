package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.testing.Documents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

/** Every command of docs/guides, word for word. */
class GuidesIT {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"github.md", "llm.md", "nightly.md"})
  void works(String page) throws Exception {
    try (Guide guide = new Guide(directory, Map.of())) {
      for (Block block : Guide.blocks(page)) {
        if (block.isShell()) {
          guide.sh(block.text());
        }
      }
      guide.stop();
    }
  }

  @Test
  void theValuesForKubernetesAreGood() throws Exception {
    // as make chart: what builds it has much to fetch
    Path helm =
        Tools.find("bin/helm", "helm").orElseThrow(() -> new TestAbortedException("no helm here"));
    List<String> values =
        Guide.blocks("kubernetes.md").stream()
            .filter(block -> block.language().equals("yaml"))
            .map(Block::text)
            .toList();
    assertThat(values).hasSize(1);
    Path file = Files.writeString(directory.resolve("values.yaml"), values.get(0));
    Path chart = Path.of("src", "main", "packaging", "chart").toAbsolutePath();
    Tools.Ran ran =
        Tools.run(
            List.of(
                helm.toString(),
                "template",
                "tokenbroker",
                chart.toString(),
                "-f",
                file.toString(),
                "--kube-version",
                "1.30.0"));
    assertThat(ran.exit()).as(ran.output()).isZero();
    assertThat(ran.output())
        .contains("name: tokenbroker-brokers", "$(POD).tokenbroker-brokers:50051");
  }

  @Test
  void everyGuideWithCommandsIsTried() throws IOException {
    try (Stream<Path> pages = Files.list(Documents.folder().resolve("guides"))) {
      assertThat(pages.map(page -> page.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "github.md", "llm.md", "nightly.md", "existing-table.md", "kubernetes.md");
    }
  }
}
