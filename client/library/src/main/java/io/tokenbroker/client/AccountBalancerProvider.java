package io.tokenbroker.client;

import io.grpc.LoadBalancer;
import io.grpc.LoadBalancerProvider;
import io.grpc.NameResolver.ConfigOrError;
import java.util.Map;

/**
 * Makes {@code tokenbroker_account} known to grpc-java: a load-balancing policy that keeps the
 * calls of an account with one broker. For channels of your own, name it in their service config.
 */
public final class AccountBalancerProvider extends LoadBalancerProvider {
  /** The name of the policy. */
  public static final String POLICY = "tokenbroker_account";

  @Override
  public LoadBalancer newLoadBalancer(LoadBalancer.Helper helper) {
    return new AccountBalancer(helper);
  }

  @Override
  public String getPolicyName() {
    return POLICY;
  }

  @Override
  public boolean isAvailable() {
    return true;
  }

  @Override
  public int getPriority() {
    return 5;
  }

  @Override
  public ConfigOrError parseLoadBalancingPolicyConfig(Map<String, ?> config) {
    return ConfigOrError.fromConfig("none");
  }
}
