/**
 * The distribution as its users meet it: real processes, started by its own launcher, called over
 * real sockets. Run by failsafe once the distribution is assembled in target/tokenbroker.
 */
package io.tokenbroker.server.e2e;
