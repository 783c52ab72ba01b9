package io.tokenbroker.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between the packages: a request flows one way, from rpc down to token. */
@AnalyzeClasses(packages = "io.tokenbroker.server", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final String BASE = "io.tokenbroker.server.";

  @ArchTest
  static final ArchRule arrowsPointDown =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage("io.tokenbroker.server..")
          .layer("main")
          .definedBy("io.tokenbroker.server")
          .layer("config")
          .definedBy(BASE + "config..")
          .layer("log")
          .definedBy(BASE + "log..")
          .layer("audit")
          .definedBy(BASE + "audit..")
          .layer("rpc")
          .definedBy(BASE + "rpc..")
          .layer("security")
          .definedBy(BASE + "security..")
          .layer("sql")
          .definedBy(BASE + "store.sql..")
          .layer("broker")
          .definedBy(BASE + "broker..")
          .layer("store")
          .definedBy(BASE + "store")
          .layer("rotation")
          .definedBy(BASE + "rotation..")
          .layer("outcome")
          .definedBy(BASE + "outcome..")
          .layer("lease")
          .definedBy(BASE + "lease..")
          .layer("failure")
          .definedBy(BASE + "failure..")
          .layer("token")
          .definedBy(BASE + "token..")
          .whereLayer("main")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("config")
          .mayOnlyBeAccessedByLayers("main")
          .whereLayer("log")
          .mayOnlyBeAccessedByLayers("main", "config", "rpc", "audit")
          .whereLayer("audit")
          .mayOnlyBeAccessedByLayers("main", "config", "rpc")
          .whereLayer("rpc")
          .mayOnlyBeAccessedByLayers("main")
          .whereLayer("security")
          .mayOnlyBeAccessedByLayers("main", "rpc")
          .whereLayer("sql")
          .mayOnlyBeAccessedByLayers("main")
          .whereLayer("broker")
          .mayOnlyBeAccessedByLayers("main", "rpc")
          .whereLayer("store")
          .mayOnlyBeAccessedByLayers("main", "broker", "sql")
          .whereLayer("rotation")
          .mayOnlyBeAccessedByLayers("main", "broker")
          .whereLayer("outcome")
          .mayOnlyBeAccessedByLayers("main", "rpc", "broker")
          .whereLayer("lease")
          .mayOnlyBeAccessedByLayers("main", "rpc", "broker", "sql")
          .whereLayer("failure")
          .mayOnlyBeAccessedByLayers("main", "rpc", "sql", "broker", "store", "rotation", "lease");

  @ArchTest
  static final ArchRule theCoreNeedsTheJdkOnly =
      classes()
          .that()
          .resideInAnyPackage(
              BASE + "token..",
              BASE + "failure..",
              BASE + "rotation..",
              BASE + "outcome..",
              BASE + "lease..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "org.jspecify..",
              BASE + "token..",
              BASE + "failure..",
              BASE + "rotation..",
              BASE + "outcome..",
              BASE + "lease..");

  @ArchTest
  static final ArchRule sqlStaysInTheStore =
      noClasses()
          .that()
          .resideOutsideOfPackage(BASE + "store.sql..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.jooq..", "java.sql..", "javax.sql..", "com.zaxxer..", "org.flywaydb..");

  @ArchTest
  static final ArchRule messagesStayAtTheEdge =
      noClasses()
          .that()
          .resideOutsideOfPackages(BASE + "rpc..", BASE + "security..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.tokenbroker.v1..", "com.google.protobuf..", "io.grpc..");
}
