package io.tokenbroker.server.audit;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Finds who was handed a token: by the number of the turn, or by the token's id and a time.
 *
 * @param wanted the number of a turn, or the id of a token
 * @param at the time that is asked about; without it, turns of any time
 * @param within how long before that a turn may have been handed out
 */
record WhoHad(String account, String wanted, Optional<Instant> at, Duration within) {

  /**
   * One hand-out.
   *
   * @param kind turn or lease
   * @param turn its number, 0 if only the token was asked for
   * @param since when it was handed out at the earliest
   * @param until when it was at the latest; for a lease, until when it was held
   */
  record Found(
      String kind,
      String token,
      long turn,
      String caller,
      String from,
      String scope,
      String leaseId,
      Instant since,
      Instant until,
      long seq) {}

  void search(List<Path> files, Consumer<Found> found) throws IOException {
    LeaseTimes leases = new LeaseTimes();
    for (Path file : files) {
      try (AuditLines lines = new AuditLines(file)) {
        for (AuditLine line = lines.next(); line != null; line = lines.next()) {
          look(line, leases, found);
        }
      }
    }
    at.ifPresent(time -> leases.at(time).forEach(found));
  }

  /** In the order of the lines; leases are told by their times when all were looked at. */
  void look(AuditLine line, LeaseTimes leases, Consumer<Found> found) {
    boolean ours = line.text("account").equals(account);
    try {
      switch (line.text("type")) {
        case "turns" -> {
          if (ours) {
            turns(line, found);
          }
        }
        case "turn" -> {
          if (ours) {
            turn(line, found);
          }
        }
        case "lease" -> {
          if (!line.text("expire_time").isEmpty()) {
            if (ours && line.text("token").equals(wanted)) {
              leases.held(line);
            }
          } else {
            leases.ended(line);
          }
        }
        case "renewed" -> leases.renewed(line);
        case "answer" -> {
          if (line.text("method").endsWith("/RevokeLease") && line.text("result").equals("OK")) {
            leases.ended(line);
          }
        }
        default -> {
          // hands out nothing
        }
      }
    } catch (DateTimeException | NumberFormatException e) {
      // no record that a broker has written; verify tells
    }
  }

  private void turn(AuditLine line, Consumer<Found> found) {
    Instant time = Instant.parse(line.text("time"));
    boolean byTurn = String.valueOf(line.count("turn")).equals(wanted) && isAbout(time, time);
    boolean byToken = at.isPresent() && line.text("token").equals(wanted) && isAbout(time, time);
    if (byTurn || byToken) {
      found.accept(found(line, line.text("token"), line.count("turn"), time));
    }
  }

  private void turns(AuditLine line, Consumer<Found> found) {
    Instant since = Instant.parse(line.text("since"));
    Instant time = Instant.parse(line.text("time"));
    if (!isAbout(since, time)) {
      return;
    }
    List<Found> all = new ArrayList<>();
    for (Map.Entry<String, JsonElement> one : line.object("tokens").entrySet()) {
      if (one.getValue() instanceof JsonPrimitive steps && steps.isString()) {
        if (isNumber(wanted) && Steps.contains(steps.getAsString(), Long.parseLong(wanted))) {
          all.add(found(line, one.getKey(), Long.parseLong(wanted), since));
        } else if (at.isPresent() && one.getKey().equals(wanted)) {
          all.add(found(line, one.getKey(), 0, since));
        }
      }
    }
    all.forEach(found);
  }

  private static Found found(AuditLine line, String token, long turn, Instant since) {
    return new Found(
        "turn",
        token,
        turn,
        line.text("caller"),
        line.text("from"),
        line.text("scope"),
        "",
        since,
        Instant.parse(line.text("time")),
        line.seq());
  }

  private static boolean isNumber(String text) {
    return text.matches("[1-9][0-9]{0,17}");
  }

  /** Whether what was handed out between these times may have been in use at the time. */
  private boolean isAbout(Instant since, Instant until) {
    return at.isEmpty() || (!since.isAfter(at.get()) && !until.isBefore(at.get().minus(within)));
  }
}
