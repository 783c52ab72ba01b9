package io.tokenbroker.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.client.LeaseStream;
import io.tokenbroker.client.LeaseStreamOptions;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.client.fake.FakeBroker;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BatchWorkersTest {
  // in process, where the end of a stream and the releases behind it arrive in their order
  private final FakeBroker broker = FakeBroker.inProcess();
  private final TokenBrokerClient client =
      TokenBrokerClient.over(broker.channel(), Duration.ofSeconds(10));
  private final StringWriter text = new StringWriter();
  private List<Quote> quotes = List.of();

  @BeforeEach
  void read() throws Exception {
    quotes = BatchWorkers.quotes();
  }

  @AfterEach
  void close() {
    client.close();
    broker.close();
  }

  @Test
  void printsTheMovingAveragesInTheOrderOfTheFile() throws Exception {
    assertThat(run(quotes.iterator(), pipeline -> {})).isEqualTo(200);
    MovingAverages averages = new MovingAverages(10);
    List<String> expected = new ArrayList<>();
    for (Quote quote : quotes) {
      BigDecimal average = averages.add(quote.symbol(), quote.price());
      expected.add(String.format("%-10s %9s  average %9s", quote.symbol(), quote.price(), average));
    }
    assertThat(text.toString().lines().toList()).isEqualTo(expected);
    client.close(); // lets the releases arrive
    assertThat(broker.leases.standing()).isEmpty();
    assertThat(broker.leases.releases.size()).isGreaterThanOrEqualTo(40); // 5 quotes each
    assertThat(broker.leases.mostStreamed.get()).isLessThanOrEqualTo(3);
  }

  @Test
  void stopsInTheMiddleWithWhatIsUnderWay() throws Exception {
    AtomicReference<Pipeline> running = new AtomicReference<>();
    AtomicInteger read = new AtomicInteger();
    int printed = run(counting(read, 50, () -> running.get().stop()), running::set);
    assertThat(printed).isEqualTo(50);
    assertThat(text.toString().lines()).hasSize(50);
    client.close(); // lets the releases arrive
    assertThat(broker.leases.standing()).isEmpty();
  }

  @Test
  void readsNoMoreThanIsUnderWay() throws Exception {
    AtomicInteger read = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    PrintWriter slow =
        new PrintWriter(
            new StringWriter() {
              private int lines;

              @Override
              public void flush() {
                lines++;
                most.accumulateAndGet(read.get() - lines, Math::max);
              }
            });
    try (QuoteServer upstream = new QuoteServer(quotes);
        LeaseStream leases = leases()) {
      new Pipeline(counting(read, -1, () -> {}), leases, upstream::uri, 3, 8, slow).run();
    }
    assertThat(most.get()).isBetween(1, 9); // the queue, and the one that waits to get into it
  }

  @Test
  void anAverageIsOfThePastTen() {
    MovingAverages averages = new MovingAverages(10);
    for (int i = 1; i <= 10; i++) {
      averages.add("A", BigDecimal.valueOf(i));
    }
    assertThat(averages.add("A", BigDecimal.valueOf(11))).isEqualByComparingTo("6.5");
    assertThat(averages.add("B", BigDecimal.valueOf(3))).isEqualByComparingTo("3");
  }

  private interface Started {
    void with(Pipeline pipeline);
  }

  private int run(Iterator<Quote> source, Started started) throws Exception {
    int printed;
    try (QuoteServer upstream = new QuoteServer(quotes);
        LeaseStream leases = leases()) {
      Pipeline pipeline = new Pipeline(source, leases, upstream::uri, 3, 8, new PrintWriter(text));
      started.with(pipeline);
      printed = pipeline.run();
      assertThat(upstream.refused()).isZero(); // no token was used twice at once
    }
    client.close(); // waits for the releases
    return printed;
  }

  private LeaseStream leases() {
    return client.streamLeases("demo", LeaseStreamOptions.of("test").withWindow(3), lost -> {});
  }

  private Iterator<Quote> counting(AtomicInteger read, int when, Runnable then) {
    Iterator<Quote> all = quotes.iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return all.hasNext();
      }

      @Override
      public Quote next() {
        if (read.incrementAndGet() == when) {
          then.run();
        }
        return all.next();
      }
    };
  }
}
