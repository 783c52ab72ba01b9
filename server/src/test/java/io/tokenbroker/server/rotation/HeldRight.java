package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A right that the test changes. */
final class HeldRight implements Right {
  private final int serial;
  volatile State state = State.FULL;
  volatile boolean alsoLoads;
  volatile boolean savesFirst;
  final List<CompletableFuture<Boolean>> saves = new ArrayList<>();

  HeldRight(int serial) {
    this.serial = serial;
  }

  @Override
  public int serial() {
    return serial;
  }

  @Override
  public boolean savesFirst() {
    return savesFirst;
  }

  @Override
  public CompletableFuture<Boolean> save() {
    CompletableFuture<Boolean> save = new CompletableFuture<>();
    saves.add(save);
    return save;
  }

  @Override
  public State state() {
    return state;
  }

  @Override
  public boolean loads() {
    return alsoLoads || Right.super.loads();
  }

  @Override
  public BrokerException refusal(AccountId account) {
    return BrokerException.notOwner(account, 1, 2, "elsewhere:1", Duration.ZERO);
  }
}
