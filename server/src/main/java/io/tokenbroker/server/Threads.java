package io.tokenbroker.server;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** One thread for each kind of work that must not hold up another. */
final class Threads implements AutoCloseable {
  final ExecutorService streams = oneThread("streams");
  final ExecutorService watches = oneThread("watches");
  final ExecutorService certificates = oneThread("certificates");
  final ExecutorService callers = oneThread("callers");
  final ExecutorService metrics = oneThread("metrics");
  final ExecutorService webhooks = oneThread("webhooks");

  /** A thread that ignores what comes after its shutdown. */
  private static ExecutorService oneThread(String name) {
    return new ThreadPoolExecutor(
        1,
        1,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        },
        new ThreadPoolExecutor.DiscardPolicy());
  }

  /** What has begun goes on. */
  @Override
  public void close() {
    List.of(streams, watches, certificates, callers, metrics, webhooks)
        .forEach(ExecutorService::shutdown);
  }
}
