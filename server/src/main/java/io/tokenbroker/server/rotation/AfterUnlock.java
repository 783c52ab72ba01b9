package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * All that has to happen once the stripe of an account is no longer held. Collected by its
 * rotation, under the stripe; there is none if nothing has to.
 */
final class AfterUnlock {
  private static final long NO_ALARM = -1;

  final AccountId account;
  private boolean changed;
  private long alarmDelay = NO_ALARM;
  private List<Consumer<Stripes>> completions = List.of();

  AfterUnlock(AccountId account) {
    this.account = account;
  }

  /** Those who watch the account have to be told. */
  void tellChange() {
    changed = true;
  }

  /** The account has to be looked at again after so many nanoseconds. */
  void setAlarm(long delay) {
    alarmDelay = delay;
  }

  <T> void complete(Waiter<T> waiter, T taken, Moment moment) {
    add(
        stripes -> {
          if (!waiter.future.complete(taken)) {
            waiter.request.giveBack(stripes, account, taken, moment);
          }
        });
  }

  void fail(Waiter<?> waiter, BrokerException failure) {
    add(stripes -> waiter.future.completeExceptionally(failure));
  }

  private void add(Consumer<Stripes> completion) {
    if (completions.isEmpty()) {
      completions = new ArrayList<>();
    }
    completions.add(completion);
  }

  /** Does it all. Outside the lock. */
  void run(Stripes stripes) {
    if (alarmDelay != NO_ALARM) {
      stripes.wakeAfter(alarmDelay, account);
    }
    try {
      completions.forEach(completion -> completion.accept(stripes));
    } finally {
      if (changed) {
        stripes.tellChange(account);
      }
    }
  }
}
