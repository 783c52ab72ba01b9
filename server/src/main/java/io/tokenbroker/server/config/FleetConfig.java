package io.tokenbroker.server.config;

import io.tokenbroker.server.fleet.FleetSettings;
import java.util.Optional;

/**
 * A broker's part in a fleet.
 *
 * @param advertise where the others reach this broker; empty for where it listens
 */
public record FleetConfig(Optional<HostPort> advertise, FleetSettings settings) {}
