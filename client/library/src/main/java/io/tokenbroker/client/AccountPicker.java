package io.tokenbroker.client;

import io.grpc.LoadBalancer.PickResult;
import io.grpc.LoadBalancer.PickSubchannelArgs;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.Metadata;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a broker for each call: by {@link Routing}, else one after the other. Of an account, each
 * broker has a rank by the hash of both (rendezvous hashing): when one goes, only its accounts
 * move. Thread-safe.
 */
final class AccountPicker extends SubchannelPicker {
  /** Set by grpc-java when it tries a call again. */
  private static final Metadata.Key<String> ATTEMPTS =
      Metadata.Key.of("grpc-previous-rpc-attempts", Metadata.ASCII_STRING_MARSHALLER);

  private final List<Target> targets;
  private final List<Target> ready;
  private final Map<String, Target> owners;
  private final Consumer<String> wanted;
  private final AtomicInteger turn;

  /**
   * @param targets may be chosen, at least one
   * @param ready for calls that may go to any, at least one
   * @param owners those that are up, by the addresses that answers tell
   * @param wanted hears the address of one that there is no connection to
   */
  AccountPicker(
      List<Target> targets,
      List<Target> ready,
      Map<String, Target> owners,
      Consumer<String> wanted,
      AtomicInteger turn) {
    this.owners = owners;
    this.wanted = wanted;
    this.targets = targets;
    this.ready = ready;
    this.turn = turn;
  }

  @Override
  public PickResult pickSubchannel(PickSubchannelArgs call) {
    SameBroker same = call.getCallOptions().getOption(Routing.SAME_BROKER);
    Target target = target(call, same);
    PickResult result = target.picker.pickSubchannel(call);
    if (same != null && result.getSubchannel() != null) {
      same.went(target.addresses);
    }
    return result;
  }

  private Target target(PickSubchannelArgs call, @Nullable SameBroker same) {
    String again = call.getHeaders().get(ATTEMPTS);
    List<SocketAddress> before = same == null || again != null ? null : same.addresses();
    if (before != null) {
      for (Target target : targets) {
        if (target.addresses.equals(before)) {
          return target;
        }
      }
    }
    String account = call.getCallOptions().getOption(Routing.ACCOUNT);
    Target owner = account == null || again != null ? null : owner(call, account);
    if (owner != null) {
      return owner;
    }
    if (account == null) {
      return ready.get((turn.getAndIncrement() & Integer.MAX_VALUE) % ready.size());
    }
    return ranked(account, again == null ? 0 : Integer.parseInt(again) % targets.size());
  }

  /** Null if it is not known, or its connection is not up: any broker gets to it. */
  private @Nullable Target owner(PickSubchannelArgs call, String account) {
    KnownOwners known = call.getCallOptions().getOption(Routing.OWNERS);
    String address = known == null ? null : known.of(account);
    if (address == null) {
      return null;
    }
    Target target = owners.get(address);
    if (target == null) {
      wanted.accept(address);
    }
    return target;
  }

  /** What failed at the first broker is tried at the second. */
  private Target ranked(String account, int rank) {
    Target best = targets.get(0);
    if (targets.size() > 1) {
      long hash = hash(account);
      long below = Long.MAX_VALUE;
      for (int i = 0; i <= rank; i++) {
        long highest = Long.MIN_VALUE;
        for (Target target : targets) {
          long score = mix(hash ^ target.hash);
          if (score < below && score >= highest) {
            highest = score;
            best = target;
          }
        }
        below = highest;
      }
    }
    return best;
  }

  /** FNV-1a. */
  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  /** MurmurHash3's last step. */
  private static long mix(long bits) {
    long mixed = (bits ^ (bits >>> 33)) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ (mixed >>> 33);
  }

  /** A broker, and how its connection is. */
  static final class Target {
    private final List<SocketAddress> addresses;
    private final SubchannelPicker picker;
    private final long hash;

    Target(List<SocketAddress> addresses, SubchannelPicker picker) {
      this.addresses = addresses;
      this.picker = picker;
      this.hash = mix(AccountPicker.hash(text(addresses.get(0))));
    }

    /** Without the host's name, which other clients may spell in another way. */
    static String text(SocketAddress address) {
      return address instanceof InetSocketAddress ip && ip.getAddress() != null
          ? ip.getAddress().getHostAddress() + ':' + ip.getPort()
          : address.toString();
    }
  }
}
