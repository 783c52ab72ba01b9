package io.tokenbroker.server.config;

import io.tokenbroker.server.account.JobSettings;
import io.tokenbroker.server.audit.AuditConfig;
import io.tokenbroker.server.config.ListenConfig.Place;
import io.tokenbroker.server.grpc.CallLimits;
import io.tokenbroker.server.grpc.ConnectionLimits;
import io.tokenbroker.server.lease.LeaseSettings;
import io.tokenbroker.server.log.LogConfig;
import io.tokenbroker.server.outcome.OutcomeSettings;
import io.tokenbroker.server.rotation.RotationSettings;
import io.tokenbroker.server.security.TlsFiles;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What an operator can choose, checked and complete. Immutable; prints no passwords.
 *
 * @param http empty without an HTTP port
 * @param tls what callers are shown and need; without it plain text is spoken
 * @param encryption of the secrets in the broker's own database
 * @param policy the file that says who may do what; without it, every caller may do everything
 * @param data the directory of the embedded database; it need not exist yet
 * @param credentials an existing table to read the tokens from, instead of the broker's own
 * @param audit where acts and hand-outs are written down; empty for nowhere
 * @param channelz whether to serve grpc.channelz.v1
 * @param fleet empty for a broker that shares its accounts with no other one
 * @param webhook empty if nobody is told of accounts and tokens
 */
public record Config(
    ListenConfig listen,
    Optional<HttpConfig> http,
    Optional<TlsFiles> tls,
    EncryptionConfig encryption,
    IdentityConfig identity,
    Optional<Path> policy,
    Path data,
    DatabaseConfig database,
    Optional<CredentialsConfig> credentials,
    JobSettings jobs,
    RotationSettings rotation,
    OutcomeSettings outcome,
    LeaseSettings lease,
    ShutdownConfig shutdown,
    CallLimits limits,
    ConnectionLimits connections,
    Optional<AuditConfig> audit,
    boolean channelz,
    Optional<FleetConfig> fleet,
    Optional<WebhookConfig> webhook,
    LogConfig log) {
  /** Wherever calls are accepted, over HTTP too. */
  public Stream<Place> places() {
    return Stream.concat(
        listen.places(), http.stream().map(http -> new Place(http.given(), http.address())));
  }
}
