/**
 * Which of several brokers on one database answers for an account: the JDK, model and clock alone.
 */
@NullMarked
package io.tokenbroker.server.fleet;

import org.jspecify.annotations.NullMarked;
