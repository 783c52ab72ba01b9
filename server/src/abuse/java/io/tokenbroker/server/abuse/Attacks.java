package io.tokenbroker.server.abuse;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** All attacks, by name. */
final class Attacks {
  private static final String HTTP_HEADS = "http-heads";
  private static final String UNREAD_HTTP = "unread-http";
  private static final String BAD_CALLER = "bad-caller";
  private static final String MADE_UP_CALLERS = "callers";

  private Attacks() {}

  static Map<String, Supplier<Attack>> byName() {
    Map<String, Supplier<Attack>> attacks = new LinkedHashMap<>();
    attacks.put("add-tokens", AddTokensFlood::new);
    attacks.put("partial-uploads", PartialUploads::new);
    attacks.put("unread-answers", UnreadAnswers::ofCalls);
    attacks.put("unread-streams", UnreadAnswers::ofStreams);
    attacks.put("unread-turns", UnreadAnswers::ofSmallTurns);
    attacks.put("watchers", ManyWatchers::new);
    attacks.put("rapid-reset", RapidReset::new);
    attacks.put("continuations", FrameFlood::ofContinuations);
    attacks.put("settings", FrameFlood::ofSettings);
    attacks.put("unread-settings", FrameFlood::ofUnreadSettings);
    attacks.put("pings", FrameFlood::ofPings);
    attacks.put("unread-pings", FrameFlood::ofUnreadPings);
    attacks.put("huge-headers", FrameFlood::ofHugeHeaders);
    attacks.put("bombs", CompressedBombs::new);
    attacks.put("idle", IdleConnections::new);
    attacks.put("malformed", MalformedBytes::new);
    attacks.put("failing", FailingRequests::new);
    attacks.put("connections", ConnectionFlood::new);
    attacks.put("scopes", MadeUpScopes::new);
    attacks.put("waiters", ManyWaiters::new);
    attacks.put("lists", ManyLists::new);
    attacks.put(HTTP_HEADS, HttpHeads::new);
    attacks.put(UNREAD_HTTP, UnreadHttp::new);
    attacks.put(BAD_CALLER, BadCaller::new);
    attacks.put(MADE_UP_CALLERS, MadeUpCallers::new);
    return attacks;
  }

  /** Whether the broker has an HTTP port. */
  static boolean isOverHttp(String attack) {
    return attack.equals(HTTP_HEADS) || attack.equals(UNREAD_HTTP);
  }

  /** Whether the broker knows its callers, and bounds the attacker. */
  static boolean isOfKnownCaller(String attack) {
    return attack.equals(BAD_CALLER);
  }

  /** Whether it knows them by JWTs, too, and the attacker may sign these. */
  static boolean isOfJwts(String attack) {
    return attack.equals(MADE_UP_CALLERS);
  }
}
