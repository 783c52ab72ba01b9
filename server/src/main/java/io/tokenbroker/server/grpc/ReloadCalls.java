package io.tokenbroker.server.grpc;

import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.v1.ReloadConfigurationResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The call that has the configuration read again. Thread-safe. */
public final class ReloadCalls {
  private volatile @Nullable Supplier<CompletableFuture<Reloaded>> reload;

  /**
   * What became of it.
   *
   * @param heeded keys with another value from now on
   * @param later keys whose values need a restart
   * @param problems of what can't be used
   */
  public record Reloaded(List<String> heeded, List<String> later, List<String> problems) {
    public Reloaded {
      heeded = List.copyOf(heeded);
      later = List.copyOf(later);
      problems = List.copyOf(problems);
    }
  }

  /**
   * @param how does not block
   * @return does it too
   */
  public Runnable by(Supplier<CompletableFuture<Reloaded>> how) {
    reload = how;
    return () -> {
      CompletableFuture<Reloaded> unused = how.get();
    };
  }

  void reload(StreamObserver<ReloadConfigurationResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> {
          Supplier<CompletableFuture<Reloaded>> ready = reload;
          if (ready == null) {
            throw BrokerException.shuttingDown(); // or not there yet: worth another try
          }
          return ready.get();
        },
        (Reloaded done) ->
            ReloadConfigurationResponse.newBuilder()
                .addAllHeededKeys(done.heeded())
                .addAllRestartKeys(done.later())
                .addAllProblems(done.problems())
                .build());
  }
}
