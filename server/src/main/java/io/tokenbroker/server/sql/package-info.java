/** The only package that speaks SQL: jOOQ on SQLite, MySQL and MariaDB. */
@NullMarked
package io.tokenbroker.server.sql;

import org.jspecify.annotations.NullMarked;
