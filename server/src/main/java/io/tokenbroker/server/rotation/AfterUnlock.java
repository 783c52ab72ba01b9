package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What has to happen once the stripe is no longer held. */
final class AfterUnlock {
  /** Whether those who watch the account have to be told. */
  boolean changed;

  /** After how many nanoseconds the account has to be looked at again; -1 if need not be. */
  long alarmDelay = -1;

  private final List<Consumer<Stripes>> completions = new ArrayList<>();

  boolean isEmpty() {
    return !changed && alarmDelay < 0 && completions.isEmpty();
  }

  <T> void complete(Rotation rotation, Waiter<T> waiter, T taken) {
    AccountId account = rotation.account;
    long nanos = rotation.now.nanos;
    long millis = rotation.now.millis;
    completions.add(
        stripes -> {
          if (!waiter.future.complete(taken)) {
            waiter.pick.giveBack(stripes, account, taken, nanos, millis);
          }
        });
  }

  void fail(Waiter<?> waiter, BrokerException failure) {
    completions.add(stripes -> waiter.future.completeExceptionally(failure));
  }

  void complete(Stripes stripes) {
    completions.forEach(completion -> completion.accept(stripes));
  }
}
