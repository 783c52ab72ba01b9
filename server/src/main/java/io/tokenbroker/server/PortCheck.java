package io.tokenbroker.server;

import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.ListenConfig.Place;
import io.tokenbroker.server.config.SocketPath;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Whether the addresses can be listened on. */
final class PortCheck {
  private static final String SUBJECT = "address";

  private PortCheck() {}

  /**
   * @param running whether a broker uses the data directory now, most likely the one at these
   *     addresses
   */
  static void look(Config config, boolean running, Findings findings) {
    config.places().forEach(place -> look(place, running, findings));
  }

  private static void look(Place place, boolean running, Findings findings) {
    if (place.given() instanceof SocketPath socket) {
      look(socket, findings);
    } else if (place.address() instanceof InetSocketAddress address) {
      look(place, address, running, findings);
    }
  }

  private static void look(SocketPath socket, Findings findings) {
    Path directory = socket.path().toAbsolutePath().getParent();
    if (directory != null && Files.isDirectory(directory) && Files.isWritable(directory)) {
      findings.ok(SUBJECT, socket + " can be made");
    } else {
      findings.fail(
          SUBJECT,
          socket + " can't be made: its directory is not there, or this user may not write there",
          "Make " + directory + ", or choose another path.");
    }
  }

  private static void look(
      Place place, InetSocketAddress address, boolean running, Findings findings) {
    try (ServerSocket socket = new ServerSocket()) {
      // as of the broker: what was closed a moment ago is no obstacle
      socket.setReuseAddress(true);
      socket.bind(address);
      findings.ok(SUBJECT, place.given() + " is free");
    } catch (IOException e) {
      String cause = String.valueOf(e.getMessage());
      boolean taken =
          e instanceof BindException && cause.toLowerCase(Locale.ROOT).contains("in use");
      if (!taken) {
        findings.fail(
            SUBJECT,
            "%s can't be listened on: %s".formatted(place.given(), cause),
            "Choose an address of this machine, and a port above 1023.");
      } else if (running) {
        findings.ok(SUBJECT, place.given() + " is in use, as a broker runs");
      } else {
        findings.warn(
            SUBJECT,
            place.given() + " is in use",
            "If it is not by this broker, stop what listens there (ss -ltnp), or choose another.");
      }
    }
  }
}
