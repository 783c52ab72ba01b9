package io.tokenbroker.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.log.LogConfig.Format;
import io.tokenbroker.server.log.LogConfig.Level;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LoggingTest {
  private static final Logger LOG = LoggerFactory.getLogger("io.tokenbroker.test");
  private static final Duration AGES = Duration.ofMinutes(5);
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";

  private final AtomicLong nanos = new AtomicLong();
  private Logging.Dropped dropped = new Logging.Dropped(-1, -1);

  @AfterAll
  static void silence() {
    Logging.start(
            new LogConfig(Level.ERROR, Format.TEXT),
            OutputStream.nullOutputStream(),
            AGES,
            System::nanoTime)
        .close();
  }

  @Test
  void textIsALineWithItsPairs() {
    assertThat(
            lines(
                Format.TEXT,
                log -> {
                  log.info("plain");
                  log.atWarn()
                      .addKeyValue("account", "git hub")
                      .addKeyValue("tokens", 7)
                      .addKeyValue("quoted", "a\"b\\")
                      .addKeyValue("empty", "")
                      .addKeyValue("nothing", (Object) null)
                      .log("with {}", "pairs");
                }))
        .satisfiesExactly(
            line -> assertThat(line).matches(TIME + " INFO  plain"),
            line ->
                assertThat(line)
                    .matches(TIME + " WARN  with pairs .*")
                    .endsWith(
                        "account=\"git hub\" tokens=7 quoted=\"a\\\"b\\\\\" empty=\"\""
                            + " nothing=null"));
  }

  @Test
  void jsonIsAnObjectWithItsPairs() {
    assertThat(
            lines(
                Format.JSON,
                log ->
                    log.atInfo()
                        .addKeyValue("account", "git \"hub\"")
                        .addKeyValue("tokens", 7)
                        .addKeyValue("ready", true)
                        .addKeyValue("level", "mine")
                        .addKeyValue("tokens", 8L)
                        .log("with {}", "pairs")))
        .singleElement()
        .asString()
        .matches(
            "\\{\"timestamp\":\""
                + TIME
                + "\",\"level\":\"INFO\",\"logger\":\"io.tokenbroker.test\",.*")
        .endsWith(
            ",\"message\":\"with pairs\",\"account\":\"git \\\"hub\\\"\",\"tokens\":8,"
                + "\"ready\":true,\"level_\":\"mine\"}");
  }

  @Test
  void nobodyCanForgeALine() {
    String evil = "a\n2026-01-02T03:04:05.678Z INFO  forged\r\u001b[2J\u202e\u2028\u0085\0\ud800";

    for (Format format : List.of(Format.TEXT, Format.JSON)) {
      assertThat(
              lines(
                  format,
                  log ->
                      log.atInfo()
                          .addKeyValue(evil, evil)
                          .setCause(new IllegalStateException(evil))
                          .log(evil)))
          .filteredOn(line -> !line.startsWith("  "))
          .singleElement()
          .asString()
          .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Cs}]")
          .contains("\\n2026", "\\u001b[2J\\u202e\\u2028\\u0085\\u0000\\ud800");
    }
  }

  @Test
  void anExceptionStaysWithItsEvent() {
    Exception e = new IllegalStateException("outer", new IllegalArgumentException("inner"));

    List<String> text = lines(Format.TEXT, log -> log.error("failed", e));
    assertThat(text.get(0)).endsWith(" ERROR failed");
    assertThat(text.get(1)).isEqualTo("  java.lang.IllegalStateException: outer");
    assertThat(text)
        .contains("  Caused by: java.lang.IllegalArgumentException: inner")
        .filteredOn(line -> line.startsWith("    at "))
        .isNotEmpty();

    assertThat(lines(Format.JSON, log -> log.error("failed", e)))
        .singleElement()
        .asString()
        .contains("\"exception\":\"java.lang.IllegalStateException: outer\\n  at ")
        .contains("\\nCaused by: java.lang.IllegalArgumentException: inner\\n");
  }

  @Test
  void aLineHasBounds() {
    String much = "x".repeat(20_000);
    Exception e = new IllegalStateException(much);
    for (int i = 0; i < 1000; i++) {
      e = new IllegalStateException(much, e);
    }
    Exception deep = e;

    String written =
        written(
            Level.INFO,
            Format.JSON,
            log -> {
              var event = log.atInfo().setCause(deep);
              for (int i = 0; i < 1000; i++) {
                event = event.addKeyValue(i + much, much);
              }
              event.log(much);
            });

    assertThat(written).hasSizeLessThan(200_000).contains("xxx…");
  }

  @Test
  void levelsAreThatOfTheBrokerAndLibrariesAreQuieter() {
    Consumer<Logger> everywhere =
        log -> {
          for (String name : List.of("io.tokenbroker.a", "other", "org.jooq.b", "io.grpc.c")) {
            Logger logger = LoggerFactory.getLogger(name);
            logger.debug("debug");
            logger.info("info");
            logger.warn("warn");
          }
        };

    assertThat(said(Level.DEBUG, everywhere))
        .containsExactly("debug", "info", "warn", "info", "warn", "warn", "warn");
    assertThat(said(Level.INFO, everywhere))
        .containsExactly("info", "warn", "info", "warn", "warn", "warn");
    assertThat(said(Level.WARN, everywhere)).containsExactly("warn", "warn", "warn", "warn");
    assertThat(said(Level.ERROR, everywhere)).isEmpty();
  }

  @Test
  void aDatabaseThatIsOlderThanJooqKnowsIsNoNews() {
    assertThat(
            said(
                Level.DEBUG,
                log -> {
                  LoggerFactory.getLogger("org.jooq.impl.DefaultExecuteContext.logVersionSupport")
                      .warn("Version mismatch");
                  LoggerFactory.getLogger("org.jooq.impl.DefaultExecuteContext").warn("other");
                }))
        .containsExactly("other");
  }

  @Test
  void javaUtilLoggingComesToo() {
    assertThat(
            said(
                Level.DEBUG,
                log -> {
                  var jul = java.util.logging.Logger.getLogger("io.grpc.internal.x");
                  jul.warning("from gRPC");
                  jul.info("chatter");
                  jul.fine("secrets");
                }))
        .containsExactly("gRPC");
  }

  @Test
  void aReaderThatDoesNotReadHoldsNobodyUp() {
    CountDownLatch reads = new CountDownLatch(1);
    ByteArrayOutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public synchronized void write(byte[] bytes, int offset, int length) {
            try {
              reads.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            super.write(bytes, offset, length);
          }
        };
    Logging logging =
        Logging.start(new LogConfig(Level.INFO, Format.TEXT), out, AGES, System::nanoTime);

    for (int i = 0; i < 30_000; i++) {
      LOG.info("flood " + i % 200);
    }
    reads.countDown();
    logging.close();

    assertThat(out.toString(StandardCharsets.UTF_8))
        .containsPattern("WARN  log lines were dropped, .* dropped=\\d+\n");
  }

  @Test
  void ofLikeLinesOnlySoManyAreWrittenInAMinute() {
    List<String> lines =
        lines(
            Format.TEXT,
            log -> {
              for (int i = 0; i < 10_000; i++) {
                log.atInfo().addKeyValue("account", i).log("tokens added");
              }
              log.info("something else");
              nanos.addAndGet(Duration.ofMinutes(1).toNanos());
              log.info("tokens added");
            });
    assertThat(lines).hasSize(LogLimit.MAX_LINES + 3);
    assertThat(dropped).isEqualTo(new Logging.Dropped(0, 9_900));
    assertThat(lines.subList(LogLimit.MAX_LINES, lines.size()))
        .satisfiesExactly(
            line -> assertThat(line).endsWith("INFO  something else"),
            line ->
                assertThat(line)
                    .endsWith(
                        "WARN  … and more like this in the last minute lines=9900"
                            + " like=\"tokens added\""),
            line -> assertThat(line).endsWith("INFO  tokens added"));
  }

  @Test
  void ofALibrarysStackTracesOneIsWrittenInAMinuteAndTheRestIsToldAtTheStop() {
    String written =
        written(
            Level.INFO,
            Format.JSON,
            log -> {
              var grpc = java.util.logging.Logger.getLogger("io.grpc.internal.y");
              for (int i = 0; i < 1_000; i++) {
                grpc.log(
                    java.util.logging.Level.WARNING,
                    "Exception while executing runnable io.grpc.internal.ServerImpl$1@" + i,
                    new IllegalStateException("x"));
              }
            });
    assertThat(written).contains("\"lines\":999");
    assertThat(written.lines()).hasSize(2);
  }

  @Test
  void madeUpKindsOfLinesAreOneKind() {
    List<String> lines =
        lines(
            Format.TEXT,
            log -> {
              for (int i = 0; i < 5_000; i++) {
                log.info(i + " is new");
              }
            });
    assertThat(lines).hasSize(LogLimit.MAX_KINDS + LogLimit.MAX_LINES + 1);
  }

  private List<String> said(Level level, Consumer<Logger> work) {
    return written(level, Format.TEXT, work)
        .lines()
        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
        .toList();
  }

  private List<String> lines(Format format, Consumer<Logger> work) {
    return List.of(written(Level.INFO, format, work).split("\n"));
  }

  private String written(Level level, Format format, Consumer<Logger> work) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Logging logging = Logging.start(new LogConfig(level, format), out, AGES, nanos::get)) {
      assertThat(logging).isNotNull();
      work.accept(LOG);
      dropped = Logging.dropped();
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
