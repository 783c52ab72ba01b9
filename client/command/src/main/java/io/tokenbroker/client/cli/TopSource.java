package io.tokenbroker.client.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.Account;
import io.tokenbroker.v1.AccountState;
import io.tokenbroker.v1.ListAccountsRequest;
import io.tokenbroker.v1.ListAccountsResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Samples the accounts: the first state of a watch of each, which is then cancelled. So a sample
 * costs the same however fast an account changes. Not thread-safe.
 */
final class TopSource {
  /** More than a screen shows, and few enough to be asked for every second. */
  static final int MOST = 200;

  private final TokenBrokerClient client;
  private final List<String> wanted;
  private final Duration timeout;
  private final LongSupplier ticker;
  private final Map<String, TurnMeter> meters = new TreeMap<>();
  private List<String> names = List.of();
  private int unseen;

  /**
   * @param wanted which accounts; empty for all that the broker has loaded
   * @param ticker in nanoseconds
   */
  TopSource(TokenBrokerClient client, List<String> wanted, Duration timeout, LongSupplier ticker) {
    this.client = client;
    this.wanted = List.copyOf(wanted);
    this.timeout = timeout;
    this.ticker = ticker;
  }

  /** Looks which accounts there are. To watch one that is not loaded would load it. */
  void list() {
    if (!wanted.isEmpty()) {
      names = wanted.stream().distinct().toList();
      return;
    }
    List<String> loaded = new ArrayList<>();
    unseen = 0;
    String page = "";
    do {
      ListAccountsResponse answer =
          client
              .adminStub()
              .listAccounts(
                  ListAccountsRequest.newBuilder().setPageSize(1000).setPageToken(page).build());
      for (Account account : answer.getAccountsList()) {
        if (account.getLoaded() && loaded.size() < MOST) {
          loaded.add(account.getAccount());
        } else {
          unseen++;
        }
      }
      page = answer.getNextPageToken();
    } while (!page.isEmpty());
    names = List.copyOf(loaded);
    meters.keySet().retainAll(names);
  }

  /** How many accounts are not in the samples: not loaded, or too many. */
  int unseen() {
    return unseen;
  }

  /** The busiest first. Accounts that are gone are left out, unless they were asked for by name. */
  List<TopRow> sample() {
    Map<String, CompletableFuture<AccountState>> states = new LinkedHashMap<>();
    names.forEach(name -> states.put(name, state(name)));
    List<TopRow> rows = new ArrayList<>();
    states.forEach(
        (name, state) -> {
          AccountState seen = join(state);
          if (seen != null) {
            TurnMeter meter = meters.computeIfAbsent(name, unused -> new TurnMeter());
            meter.sample(seen.getTurn(), ticker.getAsLong());
            rows.add(TopRow.of(seen, meter));
          }
        });
    rows.sort(
        (a, b) -> {
          int busier = Double.compare(b.average(), a.average());
          return busier != 0 ? busier : a.state().getAccount().compareTo(b.state().getAccount());
        });
    return rows;
  }

  private @Nullable AccountState join(CompletableFuture<AccountState> state) {
    try {
      return state.join();
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof StatusRuntimeException refused)) {
        throw e;
      }
      if (wanted.isEmpty() && refused.getStatus().getCode() == Status.Code.NOT_FOUND) {
        return null;
      }
      throw refused;
    }
  }

  private CompletableFuture<AccountState> state(String account) {
    return FirstState.of(client, account, timeout);
  }
}
