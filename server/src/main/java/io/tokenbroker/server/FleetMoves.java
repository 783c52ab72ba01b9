package io.tokenbroker.server;

import io.tokenbroker.server.fleet.Member;
import io.tokenbroker.server.fleet.Owner;
import io.tokenbroker.server.fleet.OwnershipListener;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.rotation.Moves;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done as partitions come and go: what is loaded of them is saved, and put out. */
final class FleetMoves implements OwnershipListener {
  private static final Logger log = LoggerFactory.getLogger(FleetMoves.class);

  private final Supplier<Moves> table;
  private final Supplier<CompletableFuture<Boolean>> save;
  private final Leavers leases;

  /** Who has to know which accounts have left. */
  interface Leavers {
    void moved(Collection<AccountId> accounts, Function<AccountId, BrokerException> why);
  }

  /**
   * @param save tells whether all that is not saved at its call is
   */
  FleetMoves(Supplier<Moves> table, Supplier<CompletableFuture<Boolean>> save, Leavers leases) {
    this.table = table;
    this.save = save;
    this.leases = leases;
  }

  @Override
  public void gained(List<Owner.Here> partitions) {
    tell(partitions, "partitions gained");
  }

  @Override
  public CompletionStage<Boolean> stopped(List<Owner.Here> partitions) {
    tell(partitions, "partitions are being handed over");
    table.get().stopped();
    return save.get();
  }

  @Override
  public void resumed(List<Owner.Here> partitions) {
    tell(partitions, "partitions stay, as what is to be handed over could not be saved");
    table.get().resumed();
  }

  @Override
  public void lost(List<Owner.Here> partitions) {
    tell(partitions, "partitions lost");
    Moves moves = table.get();
    leases.moved(moves.ended(), moves::absence);
  }

  @Override
  public void excluded() {
    log.warn(
        "struck off by the other brokers of the fleet: no renewal came in time; joining again");
  }

  @Override
  public void struckOff(Member member) {
    log.atWarn()
        .addKeyValue("member", member.address())
        .addKeyValue("ttl", member.ttl())
        .log("a broker of the fleet did not renew in time; its accounts are free");
  }

  private static void tell(List<Owner.Here> partitions, String what) {
    if (!partitions.isEmpty()) {
      log.atInfo()
          .addKeyValue("count", partitions.size())
          .addKeyValue("first", partitions.get(0).partition())
          .addKeyValue("epoch", partitions.get(0).epoch())
          .log(what);
    }
  }
}
