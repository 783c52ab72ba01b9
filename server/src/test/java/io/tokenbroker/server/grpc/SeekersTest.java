package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** In which order calls that wait come to an owner that they had to look for, over real sockets. */
final class SeekersTest extends ForwardingTestBase {
  private static final Metadata.Key<String> NAME =
      Metadata.Key.of("name", Metadata.ASCII_STRING_MARSHALLER);

  private final List<Future<NextTokenResponse>> answers = new ArrayList<>();

  private void call(String name, boolean wait) {
    Metadata headers = new Metadata();
    headers.put(NAME, name);
    answers.add(
        TokenBrokerGrpc.newFutureStub(entry.channel())
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
            .nextToken(next().toBuilder().setWait(wait).build()));
  }

  private void awaitLooks(long more) {
    long before = looks();
    Eventually.until("they look again", () -> looks() >= before + more);
  }

  private long looks() {
    return entry.server().forwards().orElseThrow().lookedAgain();
  }

  private List<String> names() throws Exception {
    for (Future<NextTokenResponse> answer : answers) {
      assertThat(answer.get(20, TimeUnit.SECONDS).hasTurn()).isTrue();
    }
    return owner.seen.stream().map(seen -> String.valueOf(seen.headers().get(NAME))).toList();
  }

  @Test
  void whoComesLaterIsBehindThoseWhoLook() throws Exception {
    entry.believes(ACME, null, 0);
    call("first", true);
    awaitLooks(7);
    call("second", true);
    awaitLooks(1);
    entry.believes(ACME, owner, 2);
    call("third", true);
    assertThat(names()).containsExactly("first", "second", "third");
  }

  @Test
  void alsoWhoDoesNotWait() throws Exception {
    entry.believes(ACME, null, 0);
    call("first", true);
    awaitLooks(7);
    entry.believes(ACME, owner, 2);
    call("second", false);
    assertThat(names()).containsExactly("first", "second");
  }

  @Test
  void alsoWhereTheOwnerIsThisBroker() throws Exception {
    entry.believes(ACME, null, 0);
    call("first", true);
    awaitLooks(7);
    entry.believes(ACME, entry, 2);
    call("second", false);
    for (Future<NextTokenResponse> answer : answers) {
      assertThat(answer.get(20, TimeUnit.SECONDS).hasTurn()).isTrue();
    }
    assertThat(entry.seen)
        .extracting(seen -> seen.headers().get(NAME))
        .containsExactly("first", "second");
  }

  @Test
  void whoHasGoneIsPassedOver() throws Exception {
    entry.believes(ACME, null, 0);
    call("first", true);
    call("second", true);
    awaitLooks(2);
    answers.remove(0).cancel(true);
    awaitLooks(3);
    entry.believes(ACME, owner, 2);
    assertThat(names()).containsExactly("second");
  }
}
