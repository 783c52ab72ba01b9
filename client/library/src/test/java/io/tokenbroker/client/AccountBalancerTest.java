package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.EquivalentAddressGroup;
import io.grpc.ManagedChannel;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.client.fake.FakeBroker;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Over a real socket, with a resolver that says what the test wants. */
class AccountBalancerTest {
  private final FakeBroker broker = FakeBroker.listening();
  private final Names names = new Names();
  private final ManagedChannel channel = channel();
  private final TokenBrokerClient client = TokenBrokerClient.over(channel, Duration.ofSeconds(5));

  @AfterEach
  void close() {
    client.close();
    channel.shutdownNow();
    broker.close();
  }

  @Test
  void keepsItsBrokersWhenTheResolverHasNoneForAWhile() {
    names.addresses = List.of(new EquivalentAddressGroup(address()));
    client.nextToken("a");

    assertThat(names.tell(List.of()).getCode()).isEqualTo(Status.Code.UNAVAILABLE);

    client.nextToken("a");
    assertThat(broker.tokens.calls).hasValue(2);
  }

  @Test
  void withoutAnyBrokerCallsFailAtOnce() {
    assertThatThrownBy(() -> client.nextToken("a"))
        .hasMessageContaining("UNAVAILABLE")
        .hasMessageContaining("no address");
  }

  private InetSocketAddress address() {
    URI uri = URI.create("tcp://" + broker.endpoint());
    return new InetSocketAddress(uri.getHost(), uri.getPort());
  }

  // The other way to a resolver is a registry that the whole process shares.
  @SuppressWarnings("deprecation")
  private ManagedChannel channel() {
    return NettyChannelBuilder.forTarget(Names.SCHEME + ":///brokers")
        .nameResolverFactory(names)
        .defaultLoadBalancingPolicy(AccountBalancerProvider.POLICY)
        .usePlaintext()
        .build();
  }

  /** The only resolver of one channel, and its maker. */
  private static final class Names extends NameResolverProvider {
    static final String SCHEME = "names";

    volatile List<EquivalentAddressGroup> addresses = List.of();
    private volatile NameResolver.@Nullable Listener2 listener;
    private volatile @Nullable SynchronizationContext context;

    /** What the channel makes of it. */
    Status tell(List<EquivalentAddressGroup> found) {
      addresses = found;
      CompletableFuture<Status> heard = new CompletableFuture<>();
      Objects.requireNonNull(context).execute(() -> heard.complete(publish()));
      return heard.join();
    }

    private Status publish() {
      return Objects.requireNonNull(listener)
          .onResult2(
              NameResolver.ResolutionResult.newBuilder()
                  .setAddressesOrError(StatusOr.fromValue(addresses))
                  .build());
    }

    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args args) {
      context = args.getSynchronizationContext();
      return new NameResolver() {
        @Override
        public String getServiceAuthority() {
          return "brokers";
        }

        @Override
        public void start(Listener2 started) {
          listener = started;
          var unused = publish();
        }

        @Override
        public void shutdown() {}
      };
    }

    @Override
    public String getDefaultScheme() {
      return SCHEME;
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 5;
    }
  }
}
