package io.tokenbroker.client.fake;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Both services on one server. */
public final class FakeBroker implements AutoCloseable {
  public final FakeLeases leases = new FakeLeases();
  public final FakeTokens tokens = new FakeTokens(leases);
  public final FakeAdmin admin = new FakeAdmin(leases);
  private final Server server;
  private final int port;
  private final @Nullable ManagedChannel channel;

  private FakeBroker(@Nullable String inProcessName, int fixedPort) {
    try {
      server =
          (inProcessName == null
                  ? Grpc.newServerBuilderForPort(fixedPort, InsecureServerCredentials.create())
                  : InProcessServerBuilder.forName(inProcessName).directExecutor())
              .addService(tokens)
              .addService(admin)
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    port = server.getPort();
    channel =
        inProcessName == null
            ? null
            : InProcessChannelBuilder.forName(inProcessName).directExecutor().build();
  }

  /** Behind a real socket. */
  public static FakeBroker listening() {
    return new FakeBroker(null, 0);
  }

  /** Where another one was that is closed. */
  public static FakeBroker listening(String endpoint) {
    return new FakeBroker(null, Integer.parseInt(endpoint.substring(endpoint.indexOf(':') + 1)));
  }

  /** Without threads: what a test calls has happened when the call returns. */
  public static FakeBroker inProcess() {
    return new FakeBroker(InProcessServerBuilder.generateName(), 0);
  }

  public String endpoint() {
    return "127.0.0.1:" + port;
  }

  /** The channel of a broker in process. */
  public ManagedChannel channel() {
    return Objects.requireNonNull(channel);
  }

  @Override
  public void close() {
    if (channel != null) {
      channel.shutdownNow();
    }
    server.shutdownNow();
    try {
      if (!server.awaitTermination(10, java.util.concurrent.TimeUnit.SECONDS)) {
        throw new IllegalStateException("the fake broker does not stop");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
