/** One table of cases, seen by callers in all languages: {@code make conformance}. */
@NullMarked
package io.tokenbroker.server.conformance;

import org.jspecify.annotations.NullMarked;
