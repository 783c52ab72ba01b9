package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReconnectorTest {
  private final ManualDelayedExecutor later = new ManualDelayedExecutor();
  private final FakeChannel channel = new FakeChannel();

  @Test
  void triesAgainUntilABrokerIsThere() {
    new Reconnector(channel, later, () -> 0.0).watch();
    assertThat(later.isIdle()).isTrue();
    channel.become(ConnectivityState.TRANSIENT_FAILURE);
    assertThat(later.pass()).isEqualTo(Duration.ofMillis(2500));
    assertThat(later.pass()).isEqualTo(Duration.ofMillis(2500));
    assertThat(channel.resets).isEqualTo(2);
    channel.become(ConnectivityState.READY);
    later.pass();
    assertThat(later.isIdle()).isTrue();
    channel.become(ConnectivityState.TRANSIENT_FAILURE);
    assertThat(later.isIdle()).isFalse();
  }

  @Test
  void endsWithTheChannel() {
    new Reconnector(channel, later, () -> 1.0).watch();
    channel.become(ConnectivityState.TRANSIENT_FAILURE);
    channel.become(ConnectivityState.SHUTDOWN);
    assertThat(later.pass()).isEqualTo(Duration.ofSeconds(5));
    assertThat(later.isIdle()).isTrue();
  }

  private static final class FakeChannel extends ManagedChannel {
    private ConnectivityState state = ConnectivityState.IDLE;
    private Runnable onChange = () -> {};
    private int resets;

    void become(ConnectivityState next) {
      state = next;
      Runnable callback = onChange;
      onChange = () -> {};
      callback.run();
    }

    @Override
    public ConnectivityState getState(boolean requestConnection) {
      assertThat(requestConnection).isFalse();
      return state;
    }

    @Override
    public void notifyWhenStateChanged(ConnectivityState source, Runnable callback) {
      assertThat(source).isEqualTo(state);
      onChange = callback;
    }

    @Override
    public void resetConnectBackoff() {
      resets++;
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String authority() {
      return "";
    }

    @Override
    public ManagedChannel shutdown() {
      return this;
    }

    @Override
    public ManagedChannel shutdownNow() {
      return this;
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }
}
