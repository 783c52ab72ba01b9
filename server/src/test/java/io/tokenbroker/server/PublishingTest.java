package io.tokenbroker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.testing.Documents;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import javax.xml.xpath.XPathNodes;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

/** The POMs have what Maven Central demands of a release; {@code -Prelease} makes its jars. */
final class PublishingTest {
  private static final Path ROOT = Documents.folder().getParent();

  @Test
  void theParentTellsWhereItComesFromAndWhoMadeIt() throws Exception {
    Document parent = pom(ROOT);
    for (String needed :
        List.of(
            "name",
            "description",
            "url",
            "licenses/license/name",
            "licenses/license/url",
            "developers/developer/name",
            "scm/connection",
            "scm/developerConnection",
            "scm/url")) {
      assertThat(texts(parent, needed)).as(needed).isNotEmpty().noneMatch(String::isBlank);
    }
  }

  @Test
  void aReleaseHasSourcesAndJavadoc() throws Exception {
    assertThat(
            texts(
                pom(ROOT),
                "profiles/profile[id='release']/build/plugins/plugin[executions]/artifactId"))
        .contains("maven-source-plugin", "maven-javadoc-plugin");
  }

  @Test
  void everyArtifactHasANameOfItsOwnAndIsInTheBillOfMaterials() throws Exception {
    List<String> artifacts = new ArrayList<>();
    for (String module : texts(pom(ROOT), "modules/module")) {
      Document pom = pom(ROOT.resolve(module));
      assertThat(texts(pom, "name")).as(module).hasSize(1);
      assertThat(texts(pom, "description")).as(module).hasSize(1);
      if (!texts(pom, "properties/maven.deploy.skip").contains("true")
          && !texts(pom, "packaging").contains("pom")) {
        artifacts.addAll(texts(pom, "artifactId"));
      }
    }
    assertThat(
            texts(
                pom(ROOT.resolve("client/bom")),
                "dependencyManagement/dependencies/dependency/artifactId"))
        .containsExactlyInAnyOrderElementsOf(artifacts);
  }

  private static Document pom(Path module) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(module.resolve("pom.xml").toFile());
  }

  private static List<String> texts(Document pom, String path) throws Exception {
    XPathNodes nodes =
        XPathFactory.newInstance()
            .newXPath()
            .evaluateExpression("/project/" + path, pom, XPathNodes.class);
    List<String> texts = new ArrayList<>();
    nodes.forEach(node -> texts.add(node.getTextContent()));
    return texts;
  }
}
