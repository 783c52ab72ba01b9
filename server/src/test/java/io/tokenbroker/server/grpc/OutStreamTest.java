package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Streams that are to end while their sources are being opened. */
class OutStreamTest {
  private final FakeCaller caller = new FakeCaller();
  private final List<String> events = new ArrayList<>();
  private Runnable meanwhile = () -> {};
  private Runnable closing = () -> {};
  private final OutStream<String> stream =
      new OutStream<>(caller, new Opening(), null, ended -> events.add("ended"), Runnable::run);

  @Test
  void aCallerWhoGoesBeforeTheSourceIsOpenHasItClosed() {
    meanwhile =
        () -> {
          caller.cancelled = true;
          caller.onCancel.run();
        };
    stream.open();
    assertThat(events).containsExactly("open", "closed", "ended");
  }

  @Test
  void aDrainBeforeTheSourceIsOpenClosesIt() {
    meanwhile = () -> stream.end(BrokerException.shuttingDown());
    stream.open();
    assertThat(events).containsExactly("open", "closed", "ended");
    assertThat(caller.heard).containsExactly("error");
  }

  @Test
  void aSourceThatDoesNotOpenEndsTheStream() {
    meanwhile =
        () -> {
          throw new IllegalStateException("made up");
        };
    stream.open();
    assertThat(events).containsExactly("closed", "ended");
    assertThat(caller.heard).containsExactly("error");
  }

  @Test
  void aSourceThatDoesNotCloseEndsTheStreamAllTheSame() {
    closing =
        () -> {
          throw new IllegalStateException("made up");
        };
    stream.open();
    stream.end(BrokerException.shuttingDown());
    assertThat(events).containsExactly("open", "closed", "ended");
    assertThat(caller.heard).containsExactly("error");
  }

  private final class Opening implements Source<String> {
    @Override
    public void open(Runnable wake) {
      meanwhile.run();
      wake.run();
      events.add("open");
    }

    @Override
    public AccountId account() {
      return new AccountId("acme");
    }

    @Override
    public State state() {
      return State.IDLE;
    }

    @Override
    public CompletableFuture<String> next() {
      return new CompletableFuture<>();
    }

    @Override
    public void close() {
      events.add("closed");
      closing.run();
    }
  }
}
