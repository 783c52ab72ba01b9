package io.tokenbroker.server.e2e;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Prints what the brokers of a test have logged, if it fails. One for each test. */
final class BrokerLogs implements AfterTestExecutionCallback {
  private final List<Broker> started = new CopyOnWriteArrayList<>();

  /** See {@link Broker#start(Path, Map, String...)}; to be closed by then. */
  Broker start(Path data, Map<String, String> settings) throws InterruptedException {
    Broker broker = Broker.start(data, settings);
    started.add(broker);
    return broker;
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      for (Broker broker : started) {
        System.out.printf("---- %s%n%s%n", broker.endpoint(), broker.log().text());
      }
    }
  }
}
