package io.tokenbroker.server;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;

/** The arrows between the packages: a request flows one way, from grpc down to model. */
@AnalyzeClasses(packages = "io.tokenbroker.server", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final String BASE = "io.tokenbroker.server.";
  private static final String[] JDK = {
    "java..", "org.jspecify..", "com.google.errorprone.annotations.."
  };
  private static final String[] CORE = {
    BASE + "model..",
    BASE + "clock..",
    BASE + "limit..",
    BASE + "rotation..",
    BASE + "outcome..",
    BASE + "fleet.."
  };
  private static final Set<String> LEASE_RULES =
      Set.of(
          "LeaseRules",
          "TokenLeases",
          "LeaseBounds",
          "LeaseCounts",
          "LeaseAnswer",
          "LeaseOp",
          "LeaseRow",
          "StreamId",
          "StreamOwner");

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
          .layer("grpc")
          .definedBy(BASE + "grpc..")
          .layer("web")
          .definedBy(BASE + "web..")
          .layer("telemetry")
          .definedBy(BASE + "telemetry..")
          .layer("security")
          .definedBy(BASE + "security..")
          .layer("sql")
          .definedBy(BASE + "sql..")
          .layer("alert")
          .definedBy(BASE + "alert..")
          .layer("trace")
          .definedBy(BASE + "trace..")
          .layer("backup")
          .definedBy(BASE + "backup..")
          .layer("account")
          .definedBy(BASE + "account..")
          .layer("lease")
          .definedBy(BASE + "lease..")
          .layer("store")
          .definedBy(BASE + "store..")
          .layer("rotation")
          .definedBy(BASE + "rotation..")
          .layer("limit")
          .definedBy(BASE + "limit..")
          .layer("clock")
          .definedBy(BASE + "clock..")
          .layer("outcome")
          .definedBy(BASE + "outcome..")
          .layer("fleet")
          .definedBy(BASE + "fleet..")
          .layer("model")
          .definedBy(BASE + "model..")
          .whereLayer("main")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("config")
          .mayOnlyBeAccessedByLayers("main")
          .whereLayer("log")
          .mayOnlyBeAccessedByLayers("main", "config", "grpc", "audit")
          .whereLayer("audit")
          .mayOnlyBeAccessedByLayers("main", "config", "grpc")
          .whereLayer("grpc")
          .mayOnlyBeAccessedByLayers("main", "config", "web")
          .whereLayer("web")
          .mayOnlyBeAccessedByLayers("main", "config")
          .whereLayer("telemetry")
          .mayOnlyBeAccessedByLayers("main", "config")
          .whereLayer("security")
          .mayOnlyBeAccessedByLayers("main", "config", "grpc", "web")
          .whereLayer("alert")
          .mayOnlyBeAccessedByLayers("main", "config")
          .whereLayer("trace")
          .mayOnlyBeAccessedByLayers("main", "grpc", "account", "lease")
          .whereLayer("sql")
          .mayOnlyBeAccessedByLayers("main")
          .whereLayer("backup")
          .mayOnlyBeAccessedByLayers("main")
          .whereLayer("account")
          .mayOnlyBeAccessedByLayers("main", "config", "grpc")
          .whereLayer("lease")
          .mayOnlyBeAccessedByLayers("main", "config", "grpc", "account", "sql")
          .whereLayer("store")
          .mayOnlyBeAccessedByLayers("main", "account", "backup", "lease", "sql", "security")
          .whereLayer("rotation")
          .mayOnlyBeAccessedByLayers("main", "config", "account", "alert", "lease")
          .whereLayer("limit")
          .mayOnlyBeAccessedByLayers("rotation")
          .whereLayer("clock")
          .mayOnlyBeAccessedByLayers(
              "main", "account", "alert", "lease", "rotation", "limit", "fleet")
          .whereLayer("fleet")
          .mayOnlyBeAccessedByLayers("main", "config", "grpc", "account", "lease", "store", "sql")
          .whereLayer("outcome")
          .mayOnlyBeAccessedByLayers("main", "config", "grpc", "account");

  @ArchTest
  static final ArchRule theCoreNeedsTheJdkOnly =
      classes()
          .that()
          .resideInAnyPackage(CORE)
          .or(areTheRulesOfLeases())
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(JDK).or(resideInAnyPackage(CORE)).or(areTheRulesOfLeases()));

  /** What decides about leases; who calls it may log and wait. */
  private static DescribedPredicate<JavaClass> areTheRulesOfLeases() {
    return describe(
        "are the rules of leases",
        type ->
            type.getBaseComponentType().getPackageName().equals(BASE + "lease")
                && LEASE_RULES.contains(outermost(type.getBaseComponentType()).getSimpleName()));
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type);
  }

  @ArchTest
  static final ArchRule sqlStaysInTheStore =
      noClasses()
          .that()
          .resideOutsideOfPackage(BASE + "sql..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.jooq..", "java.sql..", "javax.sql..", "com.zaxxer..", "org.flywaydb..");

  @ArchTest
  static final ArchRule messagesStayAtTheEdge =
      noClasses()
          .that()
          .resideOutsideOfPackages(BASE + "grpc..", BASE + "web..", BASE + "security..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.tokenbroker.v1..", "com.google.protobuf..", "io.grpc..");

  @ArchTest
  static final ArchRule tracesStayInTheirRoom =
      noClasses()
          .that()
          .resideOutsideOfPackage(BASE + "trace..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.opentelemetry..");
}
