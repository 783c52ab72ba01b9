package io.tokenbroker.server;

import io.tokenbroker.server.fleet.Member;
import io.tokenbroker.server.fleet.Owner;
import io.tokenbroker.server.fleet.OwnershipListener;
import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.grpc.OpenStreams;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.rotation.Moves;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done as partitions come and go: what is loaded of them is saved, and put out. */
final class FleetMoves implements OwnershipListener {
  private static final Logger log = LoggerFactory.getLogger(FleetMoves.class);

  private final Supplier<Moves> table;
  private final Supplier<CompletableFuture<Boolean>> save;
  private final Leavers leases;
  private final OpenStreams streams;

  /** Who has to know which accounts have left. */
  interface Leavers {
    void moved(Collection<AccountId> accounts, Function<AccountId, BrokerException> why);
  }

  /**
   * @param save tells whether all that is not saved at its call is
   * @param streams of all accounts; whoever has one here or at another broker goes on with it at
   *     the next owner
   */
  FleetMoves(
      Supplier<Moves> table,
      Supplier<CompletableFuture<Boolean>> save,
      Leavers leases,
      OpenStreams streams) {
    this.table = table;
    this.save = save;
    this.leases = leases;
    this.streams = streams;
  }

  @Override
  public void gained(List<Owner.Here> partitions) {
    tell(partitions, "partitions gained");
  }

  @Override
  public CompletionStage<Boolean> stopped(List<Owner.Here> partitions) {
    tell(partitions, "partitions are being handed over");
    endStreams(partitions); // what they have made and not sent is given back, and then saved
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
    endStreams(partitions);
  }

  private void endStreams(List<Owner.Here> partitions) {
    Set<Integer> gone = partitions.stream().map(Owner.Here::partition).collect(Collectors.toSet());
    Moves moves = table.get();
    streams.moved(
        account -> gone.contains(Partitions.of(account.value())) ? moves.absence(account) : null);
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
