/** The ground, without I/O: values, and the reasons why a call can fail. */
@NullMarked
package io.tokenbroker.server.model;

import org.jspecify.annotations.NullMarked;
