package io.tokenbroker.server.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.logging.LogManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * The log of the process: one event, one line on standard error, written by a thread of its own.
 *
 * <p>Of lines that are alike only so many are written in a minute: {@link LogLimit}.
 *
 * <p>Libraries never log below info, whatever the level: at debug, jOOQ shows rows and netty shows
 * messages, and both have secrets.
 */
public final class Logging implements AutoCloseable {
  private static final List<String> NOISY =
      List.of(
          "com.mysql",
          "com.zaxxer.hikari",
          "io.grpc",
          "io.netty",
          "org.flywaydb",
          "org.jooq",
          "org.sqlite");

  /** Warn of what is no trouble, or what the broker says itself and better. */
  private static final List<String> ALARMING =
      List.of(
          // whenever a caller closes a stream that is being written to, with a stack trace
          "io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler",
          // of connections from before a restart of the database
          "com.zaxxer.hikari.pool.PoolBase",
          // of each server that is older than the newest that jOOQ's free edition was made for, and
          // has no setting but this; which versions are supported, our tests tell
          "org.jooq.impl.DefaultExecuteContext.logVersionSupport");

  /** Whose failures the broker tells itself, without a stack trace each time. */
  private static final String TOLD = "io.opentelemetry.exporter";

  private static final Duration FLUSH_TIME = Duration.ofSeconds(1);

  /** How often is looked whether a minute is over of which lines were left out. */
  private static final long LIMIT_TICK_SECONDS = 10;

  private final LoggerContext context;
  private final LogQueue queue;

  private Logging(LoggerContext context, LogQueue queue) {
    this.context = context;
    this.queue = queue;
  }

  /** Replaces whatever logging was set up in this process before. */
  public static Logging start(LogConfig config) {
    return start(config, System.err, FLUSH_TIME, System::nanoTime);
  }

  /**
   * @param out gets the lines; is not closed
   * @param flushTime how long {@link #close} may take to write what is still waiting
   * @param ticker for how many like lines there may be in a minute
   */
  static Logging start(
      LogConfig config, OutputStream out, Duration flushTime, LongSupplier ticker) {
    System.setProperty("org.jooq.no-logo", "true");
    System.setProperty("org.jooq.no-tips", "true");
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    context.start();
    setLevel(context, config.level());
    context.getLogger(TOLD).setLevel(Level.OFF);
    ALARMING.forEach(name -> context.getLogger(name).setLevel(Level.ERROR));
    LogQueue queue = new LogQueue(new LogLimit(ticker), flushTime);
    write(queue, context, config, out);
    context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(queue);
    var unused =
        context
            .getScheduledExecutorService()
            .scheduleWithFixedDelay(
                queue::tellOmitted, LIMIT_TICK_SECONDS, LIMIT_TICK_SECONDS, TimeUnit.SECONDS);
    bridgeJavaUtilLogging();
    return new Logging(context, queue);
  }

  /** Of this process, from now on. */
  public static void setLevel(LogConfig.Level level) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      setLevel(context, level);
    }
  }

  private static void setLevel(LoggerContext context, LogConfig.Level chosen) {
    Level level = Level.valueOf(chosen.name());
    Level libraries = level.isGreaterOrEqual(Level.INFO) ? level : Level.INFO;
    Level noisy = level.isGreaterOrEqual(Level.WARN) ? level : Level.WARN;
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(libraries);
    context.getLogger("io.tokenbroker").setLevel(level);
    NOISY.forEach(name -> context.getLogger(name).setLevel(noisy));
  }

  private static void write(
      LogQueue queue, LoggerContext context, LogConfig config, OutputStream out) {
    LogEncoder encoder =
        new LogEncoder(isText(config.format()) ? new TextLogLine() : new JsonLogLine(), queue);
    OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
    appender.setContext(context);
    encoder.setContext(context);
    encoder.start();
    appender.setEncoder(encoder);
    appender.setOutputStream(new Unclosed(out));
    appender.start();
    queue.setContext(context);
    queue.addAppender(appender);
    queue.start();
  }

  private static boolean isText(LogConfig.Format format) {
    return switch (format) {
      case TEXT -> true;
      case JSON -> false;
      case AUTO -> standardErrorIsATerminal();
    };
  }

  /** Java does not tell of standard error; Linux has a link to ask, elsewhere it counts as none. */
  private static boolean standardErrorIsATerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * How many lines of this process's log were not written.
   *
   * @param noRoom as they came faster than they could be written
   * @param alike as too many of a minute were alike
   */
  public record Dropped(long noRoom, long alike) {}

  public static Dropped dropped() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      var appenders = context.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders();
      while (appenders.hasNext()) {
        if (appenders.next() instanceof LogQueue queue) {
          return new Dropped(queue.dropped(), queue.alike());
        }
      }
    }
    return new Dropped(0, 0);
  }

  /** For gRPC, which logs through java.util.logging. */
  private static void bridgeJavaUtilLogging() {
    LogManager.getLogManager().reset();
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    java.util.logging.Logger.getLogger("").setLevel(java.util.logging.Level.INFO);
  }

  /** Writes what is still waiting, for up to a second. What is logged later is lost. */
  @Override
  public void close() {
    queue.tellLast();
    context.stop();
  }
}
