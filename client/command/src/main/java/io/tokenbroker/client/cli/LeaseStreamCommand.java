package io.tokenbroker.client.cli;

import io.tokenbroker.client.LeaseOptions;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The events of a stream of leases, as they come. */
@Command(
    name = "stream",
    description = "Hold leases for as long as this runs, and print what becomes of them.",
    footer = {
      "",
      "Give one back with `tokenbroker lease release`, and the next is granted. Without --json, a"
          + " line is: event, lease id, fencing number, token id, secret, with tabs between.",
      "It ends with exit code 4 when there was no first lease within --timeout, unless --wait; 5 when"
          + " the broker stops, 7 when another stream takes over."
    })
final class LeaseStreamCommand implements Callable<Integer> {
  @Mixin private final Remote remote = new Remote();

  @Mixin private final LeaseTerms terms = new LeaseTerms();

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Whose tokens.")
  private String account = "";

  @Option(
      names = "--window",
      paramLabel = "N",
      description = "How many leases at once, 1 to 1000. Default: 1.")
  private int window = 1;

  @Override
  public Integer call() throws InterruptedException {
    LeaseOptions options = terms.options(remote);
    StreamLeasesRequest.Builder request =
        StreamLeasesRequest.newBuilder()
            .setAccount(account)
            .setScope(options.scope())
            .setWindow(window)
            .setHolder(options.holder());
    if (terms.ttl != null) {
      request.setTtl(Times.duration(terms.ttl));
    }
    try (TokenBrokerClient client = remote.connect();
        FirstEvent<StreamLeasesResponse> events =
            new FirstEvent<>(() -> client.stub().streamLeases(request.build()))) {
      if (!terms.waits() && !events.came(remote.timeout())) {
        throw NothingCame.within(remote, client, account, "lease");
      }
      while (events.hasNext()) {
        remote.out().println(print(events.next()));
        if (remote.out().checkError()) { // flushes; the reader went away
          break;
        }
      }
      return ExitCodes.OK;
    }
  }

  private String print(StreamLeasesResponse event) {
    return switch (event.getEventCase()) {
      case GRANTED ->
          of(event.getGranted().getKept() ? "kept" : "granted", event.getGranted().getLease());
      case RENEWED -> of("renewed", event.getRenewed().getLease());
      case LOST -> ended("lost", event.getLost().getLeaseId(), event.getLost().getFencingNumber());
      case REVOKED ->
          ended("revoked", event.getRevoked().getLeaseId(), event.getRevoked().getFencingNumber());
      case EVENT_NOT_SET ->
          remote.json() ? new JsonLine().put("event", "unknown").end() : "unknown";
    };
  }

  private String of(String name, Lease lease) {
    return remote.json()
        ? new JsonLine().put("event", name).putObject("lease", LeaseView.json(lease)).end()
        : String.join(
            "\t",
            name,
            Visible.text(lease.getLeaseId()),
            Long.toUnsignedString(lease.getFencingNumber()),
            Visible.text(lease.getTokenId()),
            Visible.text(lease.getSecret()));
  }

  private String ended(String name, String id, long fencing) {
    return remote.json()
        ? new JsonLine()
            .put("event", name)
            .put("lease_id", id)
            .putUnsigned("fencing_number", fencing)
            .end()
        : String.join("\t", name, Visible.text(id), Long.toUnsignedString(fencing));
  }
}
