package io.tokenbroker.server.torture.embedded;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Timestamps;
import io.grpc.ManagedChannel;
import io.tokenbroker.server.torture.embedded.Answer.Kind;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.ListLeasesRequest;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.RevokeLeaseRequest;
import io.tokenbroker.v1.Turn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes, renews, gives back and revokes leases of an account of its own. They last far longer than
 * the time between two changes of one: none may end by itself.
 */
final class LeaseLoad extends Load {
  private static final int TOKENS = 20;
  private static final int MAX_HELD = 6;
  private static final int MAX_UNSURE = 10;
  private static final Duration TTL = Duration.newBuilder().setSeconds(3_600).build();

  /** What it has for certain, as it was last told, by holder: each lease has one of its own. */
  private final Map<String, Lease> held = new HashMap<>();

  /** Holders whose lease may or may not be there. */
  private final Set<String> unsure = new HashSet<>();

  /** Holders whose lease did not come to be, as it seemed while their broker lived. */
  private final Set<String> forgotten = new HashSet<>();

  private final Set<String> ended = new HashSet<>();
  private final Map<String, Long> newestFence = new HashMap<>();
  private boolean hasTokens;
  private int newestHolder;

  LeaseLoad(String account, long seed, Findings findings) {
    super(account, seed, findings);
  }

  @Override
  boolean isUnsure() {
    return unsure.size() > MAX_UNSURE;
  }

  private Kind addTokens(Calls calls) {
    AddTokensRequest.Builder request = AddTokensRequest.newBuilder().setAccount(account);
    for (int i = 1; i <= TOKENS; i++) {
      request.addTokens(Versions.added(account, i, 1));
    }
    Answer<?> answer = Answer.to(() -> calls.admin().addTokens(request.build()), findings);
    hasTokens = answer.acknowledged();
    return count("AddTokens", answer);
  }

  @Override
  Kind step(Calls calls) {
    if (!hasTokens) {
      return addTokens(calls);
    }
    int dice = random.nextInt(10);
    if (held.isEmpty() || (dice < 4 && held.size() < MAX_HELD)) {
      return acquire(calls);
    }
    List<Lease> leases = new ArrayList<>(held.values());
    Lease lease = leases.get(random.nextInt(leases.size()));
    if (dice < 7) {
      return renew(calls, lease);
    }
    return end(calls, lease, dice < 9);
  }

  private Kind acquire(Calls calls) {
    String holder = account + "-holder-" + ++newestHolder;
    AcquireLeaseRequest request =
        AcquireLeaseRequest.newBuilder().setAccount(account).setHolder(holder).setTtl(TTL).build();
    Answer<Lease> answer = Answer.to(() -> calls.data().acquireLease(request).getLease(), findings);
    if (answer.acknowledged()) {
      Lease lease = answer.get();
      long newest = newestFence.getOrDefault(lease.getTokenId(), 0L);
      if (lease.getFencingNumber() <= newest) {
        findings.other(
            "fencing numbers",
            "%s token %s: %d after %d"
                .formatted(account, lease.getTokenId(), lease.getFencingNumber(), newest));
      }
      for (Lease other : held.values()) {
        if (other.getTokenId().equals(lease.getTokenId())) {
          findings.lost("leases", "granted as well: " + other.getLeaseId());
        }
      }
      knows(lease);
    } else if (answer.kind() != Kind.REFUSED) {
      unsure.add(holder);
    }
    return count("AcquireLease", answer);
  }

  private void knows(Lease lease) {
    held.put(lease.getHolder(), lease.toBuilder().clearSecret().build());
    newestFence.merge(lease.getTokenId(), lease.getFencingNumber(), Math::max);
  }

  private Kind renew(Calls calls, Lease lease) {
    RenewLeaseRequest request =
        RenewLeaseRequest.newBuilder()
            .setLeaseId(lease.getLeaseId())
            .setFencingNumber(lease.getFencingNumber())
            .build();
    Answer<Lease> answer = Answer.to(() -> calls.data().renewLease(request).getLease(), findings);
    if (answer.acknowledged()) {
      knows(answer.get());
    } else if (answer.kind() == Kind.REFUSED) {
      findings.lost("leases", lease.getLeaseId() + " not renewed: " + answer.reason());
      held.remove(lease.getHolder());
    }
    return count("RenewLease", answer);
  }

  private Kind end(Calls calls, Lease lease, boolean release) {
    held.remove(lease.getHolder());
    Answer<Boolean> answer =
        release
            ? Answer.to(() -> release(calls, lease), findings)
            : Answer.to(() -> revoke(calls, lease), findings);
    if (answer.acknowledged()) {
      ended.add(lease.getHolder());
      if (answer.get()) {
        findings.lost("leases", lease.getLeaseId() + " had ended already");
      }
    } else if (answer.kind() == Kind.REFUSED) {
      findings.lost("leases", lease.getLeaseId() + " not ended: " + answer.reason());
    } else {
      unsure.add(lease.getHolder());
    }
    return count(release ? "ReleaseLease" : "RevokeLease", answer);
  }

  private static boolean release(Calls calls, Lease lease) {
    return calls
        .data()
        .releaseLease(
            ReleaseLeaseRequest.newBuilder()
                .setLeaseId(lease.getLeaseId())
                .setFencingNumber(lease.getFencingNumber())
                .build())
        .getAlreadyEnded();
  }

  private static boolean revoke(Calls calls, Lease lease) {
    var unused =
        calls
            .admin()
            .revokeLease(RevokeLeaseRequest.newBuilder().setLeaseId(lease.getLeaseId()).build());
    return false;
  }

  @Override
  boolean compare(ManagedChannel channel) {
    Answer<Map<String, Lease>> actual = Answer.to(() -> list(new Calls(channel)), findings);
    if (actual.acknowledged()) {
      compare(actual.get());
      // its broker may still end a lease of which it could not tell whether it was granted
      forgotten.addAll(unsure);
      unsure.retainAll(actual.get().keySet());
    }
    return actual.acknowledged();
  }

  /** By holder; they fit into one page. */
  private Map<String, Lease> list(Calls calls) {
    ListLeasesRequest request =
        ListLeasesRequest.newBuilder().setAccount(account).setPageSize(1_000).build();
    Map<String, Lease> leases = new HashMap<>();
    for (Lease lease : calls.admin().listLeases(request).getLeasesList()) {
      leases.put(lease.getHolder(), lease);
    }
    return leases;
  }

  private void compare(Map<String, Lease> actual) {
    held.forEach((holder, lease) -> compare(lease, actual.get(holder)));
    for (Lease lease : actual.values()) {
      if (ended.remove(lease.getHolder())) {
        findings.returned("leases", lease.getLeaseId());
      } else if (!held.containsKey(lease.getHolder())
          && !unsure.contains(lease.getHolder())
          && !forgotten.contains(lease.getHolder())) {
        findings.other("leases of nobody", lease.getLeaseId());
      }
    }
  }

  private void compare(Lease told, @Nullable Lease actual) {
    if (actual == null) {
      findings.lost("leases", told.getLeaseId() + " of " + told.getHolder());
    } else if (!actual.getLeaseId().equals(told.getLeaseId())
        || !actual.getTokenId().equals(told.getTokenId())
        || actual.getFencingNumber() != told.getFencingNumber()) {
      findings.half("lease was " + told + ", is " + actual);
    } else if (Timestamps.compare(actual.getExpireTime(), told.getExpireTime()) < 0) {
      findings.lost("renewals", "was " + told + ", is " + actual);
    }
  }

  @Override
  boolean compareAfterRestart(ManagedChannel channel, long savedBefore) {
    Calls calls = new Calls(channel);
    Answer<Map<String, Lease>> actual = Answer.to(() -> list(calls), findings);
    if (!actual.acknowledged()) {
      return false;
    }
    compare(actual.get());
    held.clear();
    unsure.clear();
    forgotten.clear();
    actual.get().values().forEach(this::knows);
    for (int i = 0; i < TOKENS; i++) {
      Answer<Turn> turn = Answer.to(() -> calls.nextToken(account), findings);
      if (turn.acknowledged()
          && held.values().stream()
              .anyMatch(lease -> lease.getTokenId().equals(turn.get().getTokenId()))) {
        findings.other("turns of leased tokens", turn.get().getTokenId() + " of " + account);
      }
    }
    for (Lease lease : List.copyOf(held.values())) {
      if (renew(calls, lease) == Kind.UNKNOWN) {
        return false;
      }
    }
    return true;
  }
}
