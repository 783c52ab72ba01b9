@NullMarked
package io.tokenbroker.client;

import org.jspecify.annotations.NullMarked;
