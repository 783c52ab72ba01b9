package io.tokenbroker.client;

import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes the resolver of one channel; it is never registered for others. */
final class EndpointResolverProvider extends NameResolverProvider {
  static final String SCHEME = "tokenbroker";

  private final List<Endpoint> endpoints;

  EndpointResolverProvider(List<Endpoint> endpoints) {
    this.endpoints = List.copyOf(endpoints);
  }

  @Override
  public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
    if (!SCHEME.equals(target.getScheme())) {
      return null;
    }
    return new EndpointResolver(
        endpoints,
        args.getSynchronizationContext(),
        args.getScheduledExecutorService(),
        Objects.requireNonNull(args.getOffloadExecutor()));
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
