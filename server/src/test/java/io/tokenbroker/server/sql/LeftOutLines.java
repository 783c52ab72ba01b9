package io.tokenbroker.server.sql;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

/** What the log says of the tokens of one account that were left out, while this is open. */
final class LeftOutLines implements AutoCloseable {
  private final Logger logger = (Logger) LoggerFactory.getLogger(UsableTokens.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final String account;

  private LeftOutLines(String account) {
    this.account = account;
  }

  static LeftOutLines of(String account) {
    LeftOutLines lines = new LeftOutLines(account);
    lines.lines.start();
    lines.logger.addAppender(lines.lines);
    lines.logger.setLevel(Level.WARN); // tests may have silenced it
    return lines;
  }

  List<String> tokens() {
    return lines.list.stream()
        .filter(line -> value(line, "account").toString().equals(account))
        .<Object>flatMap(line -> ((List<?>) value(line, "tokens")).stream())
        .map(Object::toString)
        .toList();
  }

  private static Object value(ILoggingEvent line, String key) {
    for (KeyValuePair pair : line.getKeyValuePairs()) {
      if (pair.key.equals(key)) {
        return pair.value;
      }
    }
    throw new IllegalStateException("no " + key);
  }

  @Override
  public void close() {
    logger.setLevel(null); // as its parents
    boolean unused = logger.detachAppender(lines);
  }
}
