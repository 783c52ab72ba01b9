/** The HTTP port: the contract in JSON, health, and metrics. Event loops only, nothing blocks. */
@NullMarked
package io.tokenbroker.server.web;

import org.jspecify.annotations.NullMarked;
