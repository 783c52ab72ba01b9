/** Where everything is wired, and the order of starting and stopping. */
@NullMarked
package io.tokenbroker.server;

import org.jspecify.annotations.NullMarked;
