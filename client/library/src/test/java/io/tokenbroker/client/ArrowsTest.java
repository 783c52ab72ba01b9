package io.tokenbroker.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** A program that uses the library gets grpc and the contract, and nothing of the command. */
class ArrowsTest {
  private final JavaClasses client =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.tokenbroker.client..");

  @Test
  void theLibraryUsesOnlyGrpcAndTheContract() {
    classes()
        .that()
        .resideInAPackage("io.tokenbroker.client..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "org.jspecify.annotations",
            "com.google.errorprone.annotations..",
            "io.grpc..",
            "com.google.protobuf..",
            "com.google.rpc..",
            "io.tokenbroker.v1..",
            "io.tokenbroker.client..")
        .check(client);
  }
}
