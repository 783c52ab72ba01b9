package io.tokenbroker.server.sql;

import io.tokenbroker.server.store.StoreStartException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the broker adds to the URL of a server. What the URL says itself wins. */
final class MySqlUrl {
  /** The same on every server, whatever its own settings are. */
  private static final String UTC = "time_zone='+00:00'";

  private static final String STRICT = "sql_mode='STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'";

  /** In seconds; below socketTimeout, or a row that somebody holds looks like a lost connection. */
  static final String LOCK_WAIT = "innodb_lock_wait_timeout=2";

  /** For the TCP connection, and for each answer until the login has succeeded. */
  static final String CONNECT_TIMEOUT = "connectTimeout";

  /** For each answer after that. */
  static final String SOCKET_TIMEOUT = "socketTimeout";

  /** Whether the server keeps statements. */
  static final String SERVER_STATEMENTS = "useServerPrepStmts";

  /** In milliseconds. */
  static final int ANSWER_TIMEOUT = 30_000;

  /** The longest text of a statement that the driver keeps; 1,000 positions at once take 17,100. */
  static final String LONGEST_KEPT = "prepStmtCacheSqlLimit";

  /** Greedy, as a password may hold any of the marks that end it; and key-value hosts. */
  private static final Pattern USER_INFO = Pattern.compile("(?s)//.*@");

  private static final Pattern PASSWORD = Pattern.compile("(?is)[(,;?&]?\\s*password\\w*\\s*=.*");

  private final String url;
  private final Properties properties = new Properties();

  /**
   * @param own whether the schema is the broker's own, so that it may set what statements mean
   */
  MySqlUrl(DatabaseSettings settings, boolean own) {
    String given = settings.url();
    if (given.startsWith("jdbc:mysql:") || given.startsWith("jdbc:mariadb:")) {
      url = given.replaceFirst("^jdbc:mariadb:", "jdbc:mysql:");
      mysqlProperties(own).forEach(this::add);
    } else {
      throw new StoreStartException(
          "%s.url must begin with jdbc:mysql: (MySQL, MariaDB) or jdbc:sqlite:, not with %s."
              .formatted(settings.keys(), given.replaceAll("^((?:jdbc:)?[a-z0-9]*:?).*$", "$1")));
    }
  }

  String url() {
    return url;
  }

  Properties properties() {
    return properties;
  }

  /** The URL without parameters and passwords, for people. */
  static String location(String url) {
    String withoutUser = USER_INFO.matcher(url).replaceFirst("//");
    return PASSWORD.matcher(withoutUser).replaceFirst("").replaceFirst("(?s)[?;].*$", "");
  }

  /** Of a time-out; empty if the URL says nothing, or nothing that the driver would take. */
  OptionalInt milliseconds(String name) {
    Matcher given = Pattern.compile(said(name) + "(\\d{1,9})(?![^&,)])").matcher(url);
    return given.find() ? OptionalInt.of(Integer.parseInt(given.group(1))) : OptionalInt.empty();
  }

  /** For a connection that is to be opened. Nonsense in the URL is left to the driver to refuse. */
  void setTimeout(Properties connection, String name, int milliseconds) {
    if (!says(name) || milliseconds(name).isPresent()) {
      connection.setProperty(name, String.valueOf(milliseconds));
    }
  }

  private void add(String name, String value) {
    if (!says(name)) {
      properties.setProperty(name, value);
    }
  }

  /** Whether a variable of the server is set by it. */
  boolean mentions(String variable) {
    return url.toLowerCase(Locale.ROOT).contains(variable);
  }

  boolean says(String name) {
    return Pattern.compile(said(name)).matcher(url).find();
  }

  private static String said(String name) {
    return "(?i)[?&,(]" + name + "=";
  }

  private static Map<String, String> mysqlProperties(boolean own) {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("tcpKeepAlive", "true");
    properties.put("characterEncoding", "UTF-8");
    properties.put("rewriteBatchedStatements", "true");
    properties.put("continueBatchOnError", "false");
    properties.put("cachePrepStmts", "true");
    properties.put(LONGEST_KEPT, "32768");
    properties.put("zeroDateTimeBehavior", "CONVERT_TO_NULL");
    // else the driver makes spans of its own, of whatever is on the class path
    properties.put("openTelemetry", "DISABLED");
    // else every batch asks the server first whether it may write
    properties.put("readOnlyPropagatesToServer", "false");
    // else every streamed result costs two more statements
    properties.put("netTimeoutForStreamingResults", "0");
    properties.put("sessionVariables", own ? UTC + "," + STRICT + "," + LOCK_WAIT : UTC);
    return properties;
  }
}
