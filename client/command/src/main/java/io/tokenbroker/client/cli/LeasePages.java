package io.tokenbroker.client.cli;

import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.ListLeasesRequest;
import io.tokenbroker.v1.ListLeasesResponse;
import java.util.function.Consumer;

/** All leases, page by page. */
final class LeasePages {
  private static final int SIZE = 1000;

  private LeasePages() {}

  /**
   * @param account empty for all
   * @return how many there were
   */
  static int read(TokenBrokerClient client, String account, Consumer<Lease> each) {
    int count = 0;
    String page = "";
    do {
      ListLeasesResponse answer =
          client
              .adminStub()
              .listLeases(
                  ListLeasesRequest.newBuilder()
                      .setAccount(account)
                      .setPageSize(SIZE)
                      .setPageToken(page)
                      .build());
      answer.getLeasesList().forEach(each);
      count += answer.getLeasesCount();
      page = answer.getNextPageToken();
    } while (!page.isEmpty());
    return count;
  }
}
