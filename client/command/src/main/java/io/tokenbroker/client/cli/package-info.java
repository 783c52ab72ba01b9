/**
 * The {@code tokenbroker} command. It uses the client library as any program would; its own
 * libraries (picocli, gson, commons-csv, progressbar) are not needed by those who use the library.
 */
@NullMarked
package io.tokenbroker.client.cli;

import org.jspecify.annotations.NullMarked;
