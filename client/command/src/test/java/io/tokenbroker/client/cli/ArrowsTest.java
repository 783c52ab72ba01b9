package io.tokenbroker.client.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Arrows within the command. */
@AnalyzeClasses(packages = "io.tokenbroker.client.cli", importOptions = DoNotIncludeTests.class)
final class ArrowsTest {
  @ArchTest
  static final ArchRule theImportReadersKnowNeitherTheCommandNorTheNetwork =
      noClasses()
          .that()
          .resideInAPackage("io.tokenbroker.client.cli.importing")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.grpc..", "picocli..", "io.tokenbroker.client.cli");

  @ArchTest
  static final ArchRule whatMeasuresDoesNotKnowWhat =
      noClasses()
          .that()
          .resideInAPackage("io.tokenbroker.client.cli.bench")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.grpc..", "picocli..", "io.tokenbroker.v1", "io.tokenbroker.client.cli");
}
