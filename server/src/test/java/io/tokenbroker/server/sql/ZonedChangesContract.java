package io.tokenbroker.server.sql;

/** The same with a URL whose session variables leave none of the broker's. */
abstract class ZonedChangesContract extends ChangesContract {
  @Override
  DatabaseSettings fresh() {
    DatabaseSettings fresh = super.fresh();
    String mark = fresh.url().contains("?") ? "&" : "?";
    return new DatabaseSettings(
        fresh.keys(),
        fresh.url() + mark + "sessionVariables=time_zone='-05:00'",
        fresh.user(),
        fresh.password(),
        fresh.poolSize());
  }
}
