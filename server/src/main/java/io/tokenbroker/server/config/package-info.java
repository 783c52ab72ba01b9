/** One typed, validated configuration and what is set up from it before anything else. */
@NullMarked
package io.tokenbroker.server.config;

import org.jspecify.annotations.NullMarked;
