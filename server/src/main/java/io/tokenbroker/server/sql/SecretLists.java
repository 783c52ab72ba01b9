package io.tokenbroker.server.sql;

import io.tokenbroker.server.model.AccountId;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for secrets of an existing table that are lists: what another application has in one
 * column, say as a JSON array, would be handed out as one token, which no upstream takes. Such a
 * secret is served all the same, as it may be one, but the log has a warning.
 */
final class SecretLists {
  private static final Logger log = LoggerFactory.getLogger(SecretLists.class);
  private static final int MAX_LOGGED = 10;

  /** An array of texts; secrets of JSON are objects. */
  private static final Pattern JSON_ARRAY =
      Pattern.compile("\\s*\\[\\s*\".*\"\\s*]\\s*", Pattern.DOTALL);

  /** Words without a blank, a brace or a quote between commas, none of them short. */
  private static final Pattern COMMA_LIST =
      Pattern.compile("\\s*[^\\s,{}\"'=:]{8,}+(?:\\s*,\\s*[^\\s,{}\"'=:]{8,}+)++\\s*");

  private final AccountId account;
  private final List<String> ids = new ArrayList<>();
  private int count;

  SecretLists(AccountId account) {
    this.account = account;
  }

  void look(@Nullable String id, @Nullable String secret) {
    if (secret != null
        && (JSON_ARRAY.matcher(secret).matches() || COMMA_LIST.matcher(secret).matches())) {
      count++;
      if (ids.size() < MAX_LOGGED) {
        ids.add(String.valueOf(id));
      }
    }
  }

  /** Warns if there were any. */
  void tell() {
    if (count > 0) {
      log.atWarn()
          .addKeyValue("account", account)
          .addKeyValue("count", count)
          .addKeyValue("tokens", ids)
          .log(
              "secrets look like lists of several and are handed out whole: let credentials.query"
                  + " give a row for each, see docs/configuration.md (JSON_TABLE)");
    }
  }
}
