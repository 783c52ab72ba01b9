package io.tokenbroker.server.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What each key is set to, after all layers. Immutable once it is filled. */
final class Settings {
  private static final Map<Key<?>, Object> DEFAULTS = defaults();

  private final Map<Key<?>, Object> values = new HashMap<>(DEFAULTS);
  private final Map<Key<?>, Given> given = new HashMap<>();

  /**
   * @param layers of rising precedence; a bad value is a problem even if a later layer overrides it
   */
  Settings(List<List<Given>> layers, Problems problems) {
    layers.forEach(layer -> layer.forEach(value -> put(value, problems)));
  }

  private static Map<Key<?>, Object> defaults() {
    Map<Key<?>, Object> defaults = new HashMap<>();
    for (Key<?> key : Keys.ALL) {
      key.defaultValue().ifPresent(text -> defaults.put(key, key.type().parse(text)));
    }
    return Map.copyOf(defaults);
  }

  private void put(Given value, Problems problems) {
    Key<?> key = value.key();
    given.put(key, value);
    try {
      values.put(key, key.type().parse(value.text()));
    } catch (IllegalArgumentException e) {
      problems.add(value, "must be " + key.type().allowed());
    }
  }

  /** As it was given, even if it was bad; empty if it has its default. */
  Optional<Given> given(Key<?> key) {
    return Optional.ofNullable(given.get(key));
  }

  @SuppressWarnings("unchecked") // put() stores what the key's own type has parsed
  <T> Optional<T> find(Key<T> key) {
    return Optional.ofNullable((T) values.get(key));
  }

  /** The value of a key that has a default. */
  <T> T get(Key<T> key) {
    return find(key).orElseThrow();
  }
}
