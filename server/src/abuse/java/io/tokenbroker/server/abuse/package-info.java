/** One caller who means harm, beside others who must not notice: {@code make abuse}. */
@NullMarked
package io.tokenbroker.server.abuse;

import org.jspecify.annotations.NullMarked;
