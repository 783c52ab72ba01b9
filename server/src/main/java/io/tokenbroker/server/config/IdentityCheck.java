package io.tokenbroker.server.config;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Checks how callers show who they are. */
record IdentityCheck(Settings settings, Problems problems) {
  IdentityConfig identity() {
    return new IdentityConfig(
        settings.get(CallerKeys.CERTIFICATE_NAMES), settings.get(CallerKeys.KEYS), jwt());
  }

  private Optional<IdentityConfig.Jwt> jwt() {
    Optional<Given> file = settings.given(CallerKeys.JWKS_FILE);
    Optional<Given> url = settings.given(CallerKeys.JWKS_URL);
    if (file.isPresent() && url.isPresent()) {
      problems.add(url.get(), "and " + file.get().describe() + " exclude each other; remove one");
      return Optional.empty();
    }
    List<String> needed =
        Stream.of(CallerKeys.ISSUER, CallerKeys.AUDIENCE)
            .filter(key -> settings.given(key).isEmpty())
            .map(Key::name)
            .toList();
    Optional<Given> any =
        file.or(() -> url)
            .or(() -> settings.given(CallerKeys.ISSUER))
            .or(() -> settings.given(CallerKeys.AUDIENCE));
    if (any.isPresent() && file.or(() -> url).isEmpty()) {
      problems.add(
          any.get(),
          "needs %s or %s as well"
              .formatted(CallerKeys.JWKS_FILE.name(), CallerKeys.JWKS_URL.name()));
      return Optional.empty();
    }
    if (any.isPresent() && !needed.isEmpty()) {
      problems.add(any.get(), "needs %s as well".formatted(String.join(" and ", needed)));
      return Optional.empty();
    }
    return settings
        .find(CallerKeys.ISSUER)
        .flatMap(
            issuer ->
                settings
                    .find(CallerKeys.AUDIENCE)
                    .map(
                        audience ->
                            new IdentityConfig.Jwt(
                                settings.find(CallerKeys.JWKS_FILE),
                                settings.find(CallerKeys.JWKS_URL),
                                issuer,
                                audience,
                                settings.get(CallerKeys.ALGORITHMS))));
  }
}
