package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which accounts a {@link RotationTable} has loaded. Thread-safe; one stripe at a time. */
public final class LoadedAccounts {
  private final Stripes stripes;

  LoadedAccounts(Stripes stripes) {
    this.stripes = stripes;
  }

  /** The fingerprints of what is loaded, of those of the accounts that are loaded. */
  public Map<AccountId, Fingerprint> fingerprints(Collection<AccountId> accounts) {
    Map<AccountId, Fingerprint> fingerprints = new HashMap<>();
    for (AccountId account : accounts) {
      Stripe stripe = stripes.of(account);
      stripe.lock.lock();
      try {
        Entry entry = stripe.entries.get(account);
        if (entry != null && entry.rotation != null) {
          fingerprints.put(account, entry.fingerprint());
        }
      } finally {
        stripe.lock.unlock();
      }
    }
    return fingerprints;
  }

  /**
   * Whether what is loaded of an account has been as the store says at any time since it was as it
   * was before; also if nothing is loaded of it.
   */
  public boolean was(AccountId account, Fingerprint before, Fingerprint stored) {
    Stripe stripe = stripes.of(account);
    stripe.lock.lock();
    try {
      Entry entry = stripe.entries.get(account);
      return entry == null
          || entry.rotation == null
          || entry.fingerprint().equals(stored)
          || stripe.trails.was(account, before, stored);
    } finally {
      stripe.lock.unlock();
    }
  }

  /**
   * Whether it is one of the big ones that have changed last, mostly because this broker did so.
   */
  public boolean hasChanged(AccountId account) {
    Stripe stripe = stripes.of(account);
    stripe.lock.lock();
    try {
      return stripe.trails.contains(account);
    } finally {
      stripe.lock.unlock();
    }
  }

  /**
   * How much of an account can be handed out; empty if it is not loaded, or not served here. Moves
   * what is due there, as a call does, and is no use that keeps it loaded.
   */
  public Optional<Headroom> headroom(AccountId account, Headroom.Question question) {
    return Optional.ofNullable(
        stripes.call(account, (rotation, moment) -> Headroom.of(rotation, question, moment)));
  }

  /** Into how many parts {@link #part} cuts them. */
  public int parts() {
    return Stripes.COUNT;
  }

  /**
   * Some of them. Who goes through all parts has seen each that was loaded all the time.
   *
   * @param number from 0, less than {@link #parts}
   */
  public List<AccountId> part(int number) {
    List<AccountId> accounts = new ArrayList<>();
    Stripe stripe = stripes.at(number);
    stripe.lock.lock();
    try {
      stripe.entries.forEach(
          entry -> {
            if (entry.rotation != null) {
              accounts.add(entry.account);
            }
          });
    } finally {
      stripe.lock.unlock();
    }
    return accounts;
  }

  /** All of them; empty if they are more than so many. */
  public Optional<Set<AccountId>> upTo(int limit) {
    Set<AccountId> accounts = new HashSet<>();
    for (int number = 0; number < parts(); number++) {
      accounts.addAll(part(number));
      if (accounts.size() > limit) {
        return Optional.empty();
      }
    }
    return Optional.of(accounts);
  }
}
