package io.tokenbroker.server.config;

import java.time.Duration;

/**
 * @param delay how long health is NOT_SERVING before connections are told to go, 0 to 10 min
 * @param grace how long calls in flight may take after the delay, 1 s to 10 min
 * @param saveGrace how long the last positions and states may take to be saved, 1 s to 10 min
 */
public record ShutdownConfig(Duration delay, Duration grace, Duration saveGrace) {}
