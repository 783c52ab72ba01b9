package io.tokenbroker.client.cli;

import com.google.protobuf.Timestamp;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.CallerKey;
import io.tokenbroker.v1.CreateCallerKeyRequest;
import io.tokenbroker.v1.CreateCallerKeyResponse;
import io.tokenbroker.v1.ListCallerKeysRequest;
import io.tokenbroker.v1.RevokeCallerKeysRequest;
import io.tokenbroker.v1.UpdateCallerKeyRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** The bearer keys of callers. */
@Command(name = "callers", description = "Make, list, expire and revoke the keys of callers.")
final class CallersCommand implements Runnable {
  private static final String WHEN =
      "In so long, such as 30d, at a time such as 2030-01-31T12:00:00Z, or never.";
  private static final Pattern KEY_ID = Pattern.compile("[0-9a-f]{16}");

  @Mixin private final Remote group = new Remote();

  @Override
  public void run() {
    throw group.usage(HelpOrder.missing("callers"));
  }

  @Command(
      name = "add",
      description = "Make a key for a caller, and print it: nobody can find it out later.",
      footer = {
        "",
        "Put it into a file of mode 0600, and give that with --token-file or TOKENBROKER_TOKEN_FILE."
      })
  int add(
      @Mixin Remote remote,
      @Parameters(
              paramLabel = "NAME",
              description = "Whose key; a policy knows the caller as key:NAME.")
          String name,
      @Option(names = "--expires", paramLabel = "WHEN", description = WHEN + " Default: never.")
          @Nullable String expires) {
    CreateCallerKeyRequest.Builder request = CreateCallerKeyRequest.newBuilder().setName(name);
    Timestamp end = time(remote, expires == null ? "never" : expires);
    if (end != null) {
      request.setExpireTime(end);
    }
    try (TokenBrokerClient client = remote.connect()) {
      CreateCallerKeyResponse made = client.adminStub().createCallerKey(request.build());
      if (remote.json()) {
        remote.out().println(json(made.getCallerKey()).put("key", made.getKey()).end());
      } else {
        remote.out().println(made.getKey());
        remote
            .err()
            .println(
                "key %s of key:%s; it is not shown again"
                    .formatted(
                        made.getCallerKey().getKeyId(),
                        Visible.text(made.getCallerKey().getName())));
      }
      return ExitCodes.OK;
    }
  }

  @Command(name = "list", description = "List the keys of callers, never the keys themselves.")
  int list(@Mixin Remote remote) {
    Table table = new Table("NAME", "KEY_ID", "CREATED", "EXPIRES");
    try (TokenBrokerClient client = remote.connect()) {
      for (CallerKey key :
          client
              .adminStub()
              .listCallerKeys(ListCallerKeysRequest.getDefaultInstance())
              .getCallerKeysList()) {
        if (remote.json()) {
          remote.out().println(json(key).end());
        } else {
          table.row(key.getName(), key.getKeyId(), Times.ready(key.getCreateTime()), expires(key));
        }
      }
    }
    if (!remote.json()) {
      table.print(remote.out());
    }
    return ExitCodes.OK;
  }

  @Command(name = "expire", description = "Change from when on a key is refused.")
  int expire(
      @Mixin Remote remote,
      @Parameters(paramLabel = "KEY_ID") String id,
      @Parameters(paramLabel = "WHEN", description = WHEN) String when) {
    UpdateCallerKeyRequest.Builder request = UpdateCallerKeyRequest.newBuilder().setKeyId(id);
    Timestamp end = time(remote, when);
    if (end != null) {
      request.setExpireTime(end);
    }
    try (TokenBrokerClient client = remote.connect()) {
      CallerKey key = client.adminStub().updateCallerKey(request.build()).getCallerKey();
      remote
          .out()
          .println(
              remote.json()
                  ? json(key).end()
                  : "expires " + (end == null ? "never" : expires(key)));
      return ExitCodes.OK;
    }
  }

  @Command(
      name = "revoke",
      description = "Remove one key, or all of a caller, for good.",
      footer = {
        "",
        "The broker that answers refuses it at once, others of the same database within their",
        "refresh_interval, 5s if not configured otherwise."
      })
  int revoke(
      @Mixin Remote remote,
      @Parameters(paramLabel = "NAME|KEY_ID", description = "Whose keys, or which.") String which) {
    RevokeCallerKeysRequest.Builder request = RevokeCallerKeysRequest.newBuilder();
    try (TokenBrokerClient client = remote.connect()) {
      int count =
          client
              .adminStub()
              .revokeCallerKeys(
                  (KEY_ID.matcher(which).matches()
                          ? request.setKeyId(which)
                          : request.setName(which))
                      .build())
              .getRevokedCount();
      remote
          .out()
          .println(
              remote.json()
                  ? new JsonLine().put("revoked", which).put("revoked_count", count).end()
                  : "revoked " + count + " key(s)");
      return ExitCodes.OK;
    }
  }

  /** Null for never. */
  private static @Nullable Timestamp time(Remote remote, String when) {
    if (when.equals("never")) {
      return null;
    }
    try {
      return Times.parse(when);
    } catch (DateTimeException notATime) {
      try {
        Instant end = Instant.now().plus(new TimeoutConverter().convert(when));
        return Timestamp.newBuilder()
            .setSeconds(end.getEpochSecond())
            .setNanos(end.getNano())
            .build();
      } catch (TypeConversionException | DateTimeException neither) {
        throw remote.usage(
            "'"
                + when
                + "' is neither never, nor a time such as 2030-01-31T12:00:00Z, nor one to"
                + " come such as 30d");
      }
    }
  }

  private static String expires(CallerKey key) {
    return key.hasExpireTime() ? Times.ready(key.getExpireTime()) : "";
  }

  private static JsonLine json(CallerKey key) {
    JsonLine json =
        new JsonLine()
            .put("name", key.getName())
            .put("key_id", key.getKeyId())
            .put("create_time", Times.iso(key.getCreateTime()));
    return key.hasExpireTime() ? json.put("expire_time", Times.iso(key.getExpireTime())) : json;
  }
}
