package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.grpc.Status;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Caller;
import io.tokenbroker.server.security.Permission;
import io.tokenbroker.server.security.PolicyStatus;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A lease is its caller's: who saw its id, or calls himself the same holder, can't touch it. */
class LeaseCallersTest {
  private static final Caller ONE = new Caller(Caller.Kind.KEY, "key:one");
  private static final Caller OTHER = new Caller(Caller.Kind.KEY, "key:other");
  private static final Caller ADMIN = new Caller(Caller.Kind.KEY, "key:admin");

  /** Whether others than admins may have leases, by now. */
  private volatile boolean mayLease = true;

  private final TestBroker broker = new TestBroker(new OnlyAdmins());

  @AfterEach
  void close() {
    broker.close();
  }

  private Lease acquire(Caller caller) {
    broker.caller = caller;
    return broker
        .data()
        .acquireLease(
            AcquireLeaseRequest.newBuilder().setAccount("acme").setHolder("worker").build())
        .getLease();
  }

  private void renew(Caller caller, Lease lease) {
    broker.caller = caller;
    Lease renewed =
        broker
            .data()
            .renewLease(
                RenewLeaseRequest.newBuilder()
                    .setLeaseId(lease.getLeaseId())
                    .setFencingNumber(lease.getFencingNumber())
                    .build())
            .getLease();
    assertThat(renewed.getLeaseId()).isEqualTo(lease.getLeaseId());
  }

  private boolean release(Caller caller, Lease lease) {
    broker.caller = caller;
    return broker
        .data()
        .releaseLease(
            ReleaseLeaseRequest.newBuilder()
                .setLeaseId(lease.getLeaseId())
                .setFencingNumber(lease.getFencingNumber())
                .build())
        .getAlreadyEnded();
  }

  @Test
  void onlyItsCallerRenewsAndReleasesIt() {
    broker.store.put("acme", "s1");
    Lease lease = acquire(ONE);
    Failure renewal = Failure.of(() -> renew(OTHER, lease));
    assertThat(renewal.code()).isEqualTo(Status.Code.ABORTED);
    assertThat(renewal.reason()).isEqualTo("LEASE_LOST");
    assertThat(Failure.of(() -> release(OTHER, lease)).reason()).isEqualTo("LEASE_LOST");
    assertThat(broker.leaseStore.live()).hasSize(1);
    renew(ONE, lease);
    renew(ADMIN, lease);
    assertThat(release(ONE, lease)).isFalse();
    assertThat(broker.leaseStore.live()).isEmpty();

    Lease next = acquire(ONE);
    assertThat(release(ADMIN, next)).isFalse();
  }

  @Test
  void whoMayNoMoreLeaseAnAccountRenewsNothingOfIt() {
    broker.store.put("acme", "s1", "s2");
    Lease lease = acquire(ONE);
    Lease other = acquire(ONE);
    renew(ONE, lease);
    mayLease = false;
    assertThat(Failure.of(() -> renew(ONE, lease)).reason()).isEqualTo("LEASE_LOST");
    assertThat(broker.leaseStore.live()).as("it has ended").hasSize(1);
    assertThat(release(ONE, other)).as("gone before").isFalse();
  }

  @Test
  void whoIsLocalMayAsBefore() {
    broker.store.put("acme", "s1");
    Lease lease = acquire(Caller.LOCAL);
    renew(Caller.LOCAL, lease);
    assertThat(release(Caller.LOCAL, lease)).isFalse();
  }

  @Test
  void aStreamOfAnotherCallerTakesNothingOver() throws Exception {
    broker.store.put("acme", "s1", "s2");
    Reader<StreamLeasesRequest, StreamLeasesResponse> first = open(ONE);
    String of = first.next().getGranted().getLease().getLeaseId();
    Reader<StreamLeasesRequest, StreamLeasesResponse> second = open(OTHER);
    assertThat(second.next().getGranted().getLease().getLeaseId()).isNotEqualTo(of);
    assertThat(broker.streams.size()).as("both go on").isEqualTo(2);
    first.call().cancel("gone", null);
    Eventually.until("it has gone", () -> broker.streams.size() == 1);

    assertThat(open(ONE).next().getGranted().getLease().getLeaseId())
        .as("its own, which it comes back to")
        .isEqualTo(of);
  }

  private Reader<StreamLeasesRequest, StreamLeasesResponse> open(Caller caller) {
    broker.caller = caller;
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = new Reader<>();
    broker
        .async()
        .streamLeases(
            StreamLeasesRequest.newBuilder()
                .setAccount("acme")
                .setHolder("worker")
                .setWindow(1)
                .setTtl(Duration.newBuilder().setSeconds(30))
                .build(),
            reader);
    return reader;
  }

  /** The rest is decided before, see PermissionMatrixTest. */
  private final class OnlyAdmins implements Access {
    @Override
    public boolean allows(Caller caller, Permission permission, String account) {
      return (permission == Permission.LEASE && mayLease) || allowsEverywhere(caller, permission);
    }

    @Override
    public boolean allowsEverywhere(Caller caller, Permission permission) {
      return caller.equals(ADMIN) && permission == Permission.ADMIN_WRITE;
    }

    @Override
    public boolean allowsAnywhere(Caller caller, Permission permission) {
      return allowsEverywhere(caller, permission);
    }

    @Override
    public PolicyStatus status() {
      return ALL.status();
    }

    @Override
    public Explanation explain(Caller caller, Permission permission, Optional<String> account) {
      return new Explanation(allowsEverywhere(caller, permission), "");
    }
  }
}
