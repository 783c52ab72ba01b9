package io.tokenbroker.server.config;

import io.tokenbroker.server.fleet.FleetSettings;
import java.util.Optional;

/** The key that makes a broker a member of a fleet, and what goes with it. */
final class FleetKeys {
  static final String AUTO = "auto";

  static final Key<String> ADVERTISE =
      Key.optional(
          "fleet.advertise",
          new AdvertiseType(),
          "broker-1.internal:50051",
          "Where the other brokers of the database reach this one, and it takes part in their"
              + " fleet; auto is the address of this machine, or the one it listens on. Without"
              + " it, the broker takes all accounts for its own.");

  private FleetKeys() {}

  /** Empty without a fleet, and after a problem. */
  static Optional<FleetConfig> check(Settings settings, Problems problems, FleetSettings rest) {
    Optional<Given> given = settings.given(ADVERTISE);
    if (given.isEmpty()) {
      return Optional.empty();
    }
    if (settings.find(Keys.DATABASE_URL).isEmpty()) {
      problems.add(
          given.get(),
          "needs database.url as well: the brokers of a fleet share a MySQL or MariaDB, and the"
              + " embedded database has one broker");
    }
    return settings
        .find(ADVERTISE)
        .map(
            text ->
                new FleetConfig(
                    text.equals(AUTO)
                        ? Optional.empty()
                        : Optional.of(new HostPortType().parse(text)),
                    rest));
  }

  private record AdvertiseType() implements ValueType<String> {
    @Override
    public String parse(String text) {
      if (!text.equals(AUTO)) {
        HostPort parsed = new HostPortType().parse(text);
        if (parsed.port() == 0 || isAny(parsed.host())) {
          throw new IllegalArgumentException();
        }
      }
      return text;
    }

    private static boolean isAny(String host) {
      return host.equals("0.0.0.0") || host.equals("::") || host.equals("*");
    }

    @Override
    public String allowed() {
      return "auto, or HOST:PORT as others reach it, not an address of all interfaces, such as"
          + " broker-1.internal:50051";
    }

    @Override
    public String range() {
      return "auto, or HOST:PORT";
    }
  }
}
