package io.tokenbroker.server.scale;

import io.tokenbroker.server.testing.BuiltBroker;
import io.tokenbroker.server.testing.DatabaseServer.Product;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a broker costs whose database has many accounts of 4 tokens, all of them loaded: a real
 * MySQL or MariaDB, the built distribution, and this process, which calls it.
 *
 * <p>Arguments: the distribution, accounts, mysql or mariadb, options for the broker's JVM.
 */
public final class Scale {
  private static final String ROW = "| %-66s | %14s |%n";
  private static final String WARM = ScaleDatabase.account(0);
  private static final int WARM_UP_CALLS = 50_000;
  private static final int WARM_UP_LOADS = 4_000;
  private static final double SETTLE_SECONDS = 12;
  private static final double IDLE_SECONDS = 20;
  private static final int ROUNDS = 5;

  /** By number: on a machine that others keep busy, a time would have too few. */
  private static final int ROUND_CALLS = 200_000;

  /** Longer than a round of saving is from the next. */
  private static final double SHORT_SECONDS = 1.5;

  private static final double IDLE_SHARE = 0.1;
  private static final int LONGEST_SETTLES = 20;
  private static final double CHECK_SECONDS = 6;
  private static final int SCRAPES = 20;
  private static final int CHANGES = 25_000;
  private static final int IMPORTED = 100_000;
  private static final int IMPORTS = 3;

  private final ScaleDatabase database;
  private final BuiltBroker broker;
  private final Callers callers;
  private final int accounts;

  private Scale(ScaleDatabase database, BuiltBroker broker, Callers callers, int accounts) {
    this.database = database;
    this.broker = broker;
    this.callers = callers;
    this.accounts = accounts;
  }

  public static void main(String[] args) throws Exception {
    int accounts = Integer.parseInt(args[1]);
    String options = args.length > 3 ? args[3] : "";
    Path directory = Files.createTempDirectory("scale");
    try (ScaleDatabase database =
            new ScaleDatabase(Product.valueOf(args[2].toUpperCase(Locale.ROOT)));
        BuiltBroker broker =
            new BuiltBroker(
                Path.of(args[0]), directory.resolve("daemon.log"), database.settings(options));
        Callers callers = new Callers(broker.port())) {
      System.out.printf("%n%s, %s%n%n", args[2], options);
      System.out.printf(ROW, "accounts of " + ScaleDatabase.TOKENS + " tokens", accounts);
      System.out.println("|---|---|");
      database.fill(accounts);
      new Scale(database, broker, callers, accounts).run();
    }
    // connections included
    System.exit(0);
  }

  private void run() throws Exception {
    warmUp();
    long heapBefore = Figures.heapBytes(broker.pid());
    Spent load = new Spent();
    long[] loads = callers.calls(accounts, ScaleDatabase::account);
    load.tell("a first load", accounts, 1e6, "us");
    tell("the same, p99 of %d at a time", "%.1f ms", Figures.p99Millis(loads));
    rest(SETTLE_SECONDS);
    long heap = Figures.heapBytes(broker.pid()) - heapBefore;
    tell("heap per loaded account", "%.0f B", (double) heap / accounts);
    tell(
        "the same, besides secrets",
        "%.0f B",
        (double) heap / accounts - ScaleDatabase.secretBytes(accounts));
    idle();
    paced("");
    scrapes();
    turns();
    changes();
    imports();
    Map<String, Long> failed = callers.failed();
    tell(
        "calls that failed",
        "%.0f",
        (double) failed.values().stream().mapToLong(Long::longValue).sum());
    failed.forEach((why, count) -> System.out.println(count + " times " + why));
  }

  private void warmUp() throws InterruptedException {
    long[] unused = callers.calls(WARM_UP_CALLS, i -> WARM);
    for (int i = 0; i < WARM_UP_LOADS; i++) {
      callers.refresh(WARM);
    }
  }

  /** Nobody calls: what is left is the periodic jobs, above all the check. */
  private void idle() throws Exception {
    long reads = database.reads();
    Spent idle = new Spent();
    rest(IDLE_SECONDS);
    idle.tell("a second without calls", IDLE_SECONDS, 1e3, "ms");
    tell(
        "index entries and rows read by the database in it",
        "%.0f",
        (database.reads() - reads) / IDLE_SECONDS);
  }

  /** A caller of one account: how it fares in its worst quarter of a second, that of a check. */
  private void paced(String beside) {
    List<long[]> samples = new ArrayList<>(callers.paced(IDLE_SECONDS, WARM));
    long window = TimeUnit.MILLISECONDS.toNanos(250);
    double worst = 0;
    long start = samples.get(0)[0];
    for (double at = 0; at < IDLE_SECONDS * 1e9; at += window) {
      double from = at;
      double p99 =
          Figures.p99Millis(
              samples.stream()
                  .filter(s -> s[0] - start >= from && s[0] - start < from + window)
                  .mapToLong(s -> s[1])
                  .toArray());
      worst = Math.max(worst, p99);
    }
    double all = Figures.p99Millis(samples.stream().mapToLong(s -> s[1]).toArray());
    tell("p99 of a warm caller, over 20 s" + beside, "%.1f ms", all);
    tell("the same, in the worst 250 ms of them" + beside, "%.1f ms", worst);
  }

  /** Of all accounts, by Prometheus or somebody else. */
  private void scrapes() throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest metrics =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:%d/metrics".formatted(broker.httpPort())))
            .build();
    int bytes = 0;
    double before = 0;
    double begin = 0;
    for (int i = -SCRAPES; i < SCRAPES; i++) {
      if (i == 0) {
        before = Figures.processorSeconds(broker.pid());
        begin = System.nanoTime() / 1e9;
      }
      bytes = client.send(metrics, HttpResponse.BodyHandlers.ofByteArray()).body().length;
    }
    double took = System.nanoTime() / 1e9 - begin;
    double spent = Figures.processorSeconds(broker.pid()) - before;
    tell("a scrape, one after the other: processor time", "%.1f ms", spent * 1e3 / SCRAPES);
    tell("the same: from request to answer", "%.1f ms", took * 1e3 / SCRAPES);
    tell("what it has", "%.0f KiB", bytes / 1024.0);
    AtomicBoolean over = new AtomicBoolean();
    Thread prometheus =
        new Thread(
            () -> {
              while (!over.get()) {
                client
                    .sendAsync(metrics, HttpResponse.BodyHandlers.discarding())
                    .thenRun(() -> LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1)))
                    .join();
              }
            },
            "prometheus");
    prometheus.start();
    paced(", scraped every second");
    over.set(true);
    prometheus.join();
  }

  /** What calls leave to be done, above all what has to be saved, counts as theirs. */
  private void turns() throws Exception {
    Random random = new Random(1);
    AtomicInteger turn = new AtomicInteger();
    IntFunction<String> one = i -> ScaleDatabase.account(accounts / 2);
    IntFunction<String> any = i -> ScaleDatabase.account(random.nextInt(accounts));
    IntFunction<String> each = i -> ScaleDatabase.account(turn.getAndIncrement() % accounts);
    List<Map<Work, Double>> ofOne = new ArrayList<>();
    List<Map<Work, Double>> ofAny = new ArrayList<>();
    List<Map<Work, Double>> ofEach = new ArrayList<>();
    settle();
    for (int i = 0; i <= ROUNDS; i++) {
      Map<Work, Double> first = microsPerCall(one);
      Map<Work, Double> second = microsPerCall(any);
      Map<Work, Double> third = microsPerCall(each);
      if (i > 0) {
        ofOne.add(first);
        ofAny.add(second);
        ofEach.add(third);
      }
    }
    tellCalls("a NextToken over one account", ofOne);
    tellCalls("a NextToken over all accounts at random", ofAny);
    tellCalls("a NextToken over all accounts in turn", ofEach);
    tellRatios("at random", ofAny, ofOne);
    tellRatios("in turn", ofEach, ofOne);
  }

  private static void tellRatios(
      String order, List<Map<Work, Double>> ofAll, List<Map<Work, Double>> ofOne) {
    tell(
        "over all accounts " + order + ", to over one: with all that follows",
        "%.2f",
        ratio(ofAll, ofOne, Scale::sum));
    tell(
        "the same, event loops alone",
        "%.2f",
        ratio(ofAll, ofOne, micros -> micros.getOrDefault(Work.CALLS, 0.0)));
  }

  private static void tellCalls(String what, List<Map<Work, Double>> rounds) {
    tell(what + ": broker", "%.2f us", median(rounds.stream().map(Scale::sum)));
    for (Work work : Work.values()) {
      tell(
          "of it " + work,
          "%.2f us",
          median(rounds.stream().map(round -> round.getOrDefault(work, 0.0))));
    }
  }

  private static double sum(Map<Work, Double> micros) {
    return micros.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /** The median of the rounds. */
  private static double ratio(
      List<Map<Work, Double>> some,
      List<Map<Work, Double>> others,
      ToDoubleFunction<Map<Work, Double>> value) {
    return median(
        IntStream.range(0, some.size())
            .mapToObj(i -> value.applyAsDouble(some.get(i)) / value.applyAsDouble(others.get(i))));
  }

  private static double median(Stream<Double> values) {
    List<Double> sorted = values.sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  private Map<Work, Double> microsPerCall(IntFunction<String> account) throws Exception {
    Map<Work, Double> before = Figures.processorSecondsByWork(broker.pid());
    long[] unused = callers.calls(ROUND_CALLS, account);
    settle();
    Map<Work, Double> micros = new EnumMap<>(Work.class);
    Figures.processorSecondsByWork(broker.pid())
        .forEach(
            (work, seconds) ->
                micros.put(work, (seconds - before.getOrDefault(work, 0.0)) * 1e6 / ROUND_CALLS));
    return micros;
  }

  /** Until the broker is about as idle as without calls. */
  private void settle() throws Exception {
    double busy = 1;
    for (int i = 0; i < LONGEST_SETTLES && busy > IDLE_SHARE; i++) {
      double before = Figures.processorSeconds(broker.pid());
      rest(SHORT_SECONDS);
      busy = (Figures.processorSeconds(broker.pid()) - before) / SHORT_SECONDS;
    }
  }

  /** Somebody changes many accounts at once, and then one more. */
  private void changes() throws Exception {
    int changed = Math.min(accounts / 2, CHANGES);
    Spent spent = new Spent();
    int unused =
        database.execute(
            "update token set label = 'changed' where account < '%s'"
                .formatted(ScaleDatabase.account(changed)));
    // by then a check has begun with them
    rest(CHECK_SECONDS);
    String last = ScaleDatabase.account(accounts - 1);
    unused =
        database.execute(
            "insert into token (account, secret) values ('" + last + "', 'made-up-new')");
    long begin = System.nanoTime();
    List<String> ids = new ArrayList<>();
    while (ids.stream().distinct().count() <= ScaleDatabase.TOKENS) {
      ids.clear();
      for (int i = 0; i <= ScaleDatabase.TOKENS; i++) {
        ids.add(callers.nextId(last));
      }
      rest(0.01);
    }
    tell(
        "a change is seen that came 6 s after %d others, after".formatted(changed),
        "%.1f s",
        (System.nanoTime() - begin) / 1e9);
    rest(SETTLE_SECONDS);
    if (changed == CHANGES) {
      // of fewer, most would be what passes without any
      spent.tell("one of those, with all that follows", changed, 1e6, "us");
    }
  }

  private void imports() throws Exception {
    double unused = callers.add("imported-first", IMPORTED / 5);
    List<Imported> unloaded = new ArrayList<>();
    List<Imported> loaded = new ArrayList<>();
    for (int i = 0; i < IMPORTS; i++) {
      unloaded.add(imported("imported-" + i));
      String account = ScaleDatabase.account(accounts / 2 + i);
      String unusedId = callers.nextId(account);
      loaded.add(imported(account));
    }
    tellImport("import of %d lines, account not loaded".formatted(IMPORTED), unloaded);
    tellImport("the same, account loaded", loaded);
    tell(
        "the latter to the former: time",
        "%.2f",
        median(
            IntStream.range(0, IMPORTS)
                .mapToObj(i -> loaded.get(i).seconds / unloaded.get(i).seconds)));
    tell(
        "the same: broker",
        "%.2f",
        median(
            IntStream.range(0, IMPORTS)
                .mapToObj(i -> loaded.get(i).inBroker / unloaded.get(i).inBroker)));
  }

  /** In seconds: how long it took, and processor time. */
  private record Imported(double seconds, double inBroker, double inDatabase) {}

  private Imported imported(String account) throws Exception {
    double broker = Figures.processorSeconds(this.broker.pid());
    double database = this.database.processorSeconds();
    double seconds = callers.add(account, IMPORTED);
    return new Imported(
        seconds,
        Figures.processorSeconds(this.broker.pid()) - broker,
        this.database.processorSeconds() - database);
  }

  private static void tellImport(String what, List<Imported> imports) {
    tell(what, "%.1f s", median(imports.stream().map(Imported::seconds)));
    tell(what + ": broker", "%.1f s", median(imports.stream().map(Imported::inBroker)));
    tell(what + ": database", "%.1f s", median(imports.stream().map(Imported::inDatabase)));
  }

  private static void tell(String what, String format, double value) {
    System.out.printf(ROW, what.replace("%d at a time", "128 at a time"), format.formatted(value));
  }

  private static void rest(double seconds) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep((long) (seconds * 1e3));
  }

  /** Processor time from now on. */
  private final class Spent {
    private final double ofBroker = Figures.processorSeconds(broker.pid());
    private final double ofDatabase = database.processorSeconds();

    Spent() throws IOException {}

    void tell(String what, double parts, double scale, String unit)
        throws IOException, SQLException {
      double inBroker = (Figures.processorSeconds(broker.pid()) - ofBroker) * scale / parts;
      double inDatabase = (database.processorSeconds() - ofDatabase) * scale / parts;
      Scale.tell(what + ": broker", "%.1f " + unit, inBroker);
      Scale.tell(what + ": database", "%.1f " + unit, inDatabase);
    }
  }
}
