/** What a broker costs that has many accounts, see {@code make scale}. */
@NullMarked
package io.tokenbroker.server.scale;

import org.jspecify.annotations.NullMarked;
