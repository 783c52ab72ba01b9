package io.tokenbroker.server.config;

import io.tokenbroker.server.model.Setting;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;

/** The keys that {@link Setting}s declare, and the records that are made of their values. */
final class SettingKeys {
  private static final MemoryType MEMORY = new MemoryType(Runtime.getRuntime().maxMemory());

  /** To be asked for each time, they would be read from the class each time. */
  private static final ClassValue<RecordComponent[]> COMPONENTS =
      new ClassValue<>() {
        @Override
        protected RecordComponent[] computeValue(Class<?> record) {
          return record.getRecordComponents();
        }
      };

  private SettingKeys() {}

  /** Of the record and those in it, in the order of the components. */
  static Stream<Key<?>> of(Class<?> record) {
    return settings(record).map(SettingKeys::key);
  }

  /** The record with what was chosen. */
  static <R extends Record> R read(Class<R> type, Settings settings) {
    RecordComponent[] components = COMPONENTS.get(type);
    Object[] values =
        Arrays.stream(components).map(component -> value(component, settings)).toArray();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      return type.getDeclaredConstructor(types).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " can't be made of its settings", e);
    }
  }

  /** Adds a problem for each value that is below another one that it may not be below. */
  static void check(Class<?> record, Settings settings, Problems problems) {
    settings(record)
        .filter(component -> !setting(component).notBelow().isEmpty())
        .forEach(
            component ->
                checkOrder(
                    key(setting(component).notBelow()),
                    key(setting(component).key()),
                    settings,
                    problems));
  }

  private static void checkOrder(Key<?> low, Key<?> high, Settings settings, Problems problems) {
    if (((Duration) settings.get(high)).compareTo((Duration) settings.get(low)) < 0) {
      settings
          .given(high)
          .ifPresentOrElse(
              given -> problems.add(given, "must not be below " + low.name()),
              () ->
                  problems.add(
                      settings.given(low).orElseThrow(), "must not be above " + high.name()));
    }
  }

  private static Key<?> key(String name) {
    return Keys.byName(name).orElseThrow(() -> new IllegalStateException("no key " + name));
  }

  private static Stream<RecordComponent> settings(Class<?> record) {
    return Arrays.stream(COMPONENTS.get(record))
        .flatMap(
            component ->
                component.getType().isRecord()
                    ? settings(component.getType())
                    : Stream.of(component));
  }

  private static Object value(RecordComponent component, Settings settings) {
    Class<?> type = component.getType();
    return type.isRecord()
        ? read(type.asSubclass(Record.class), settings)
        : settings.get(key(setting(component).key()));
  }

  private static Setting setting(RecordComponent component) {
    Setting setting = component.getAnnotation(Setting.class);
    if (setting == null) {
      throw new IllegalStateException(component + " is no @Setting");
    }
    return setting;
  }

  private static Key<?> key(RecordComponent component) {
    Setting setting = setting(component);
    return Key.of(
        setting.key(), type(component.getType(), setting.range()), setting.value(), setting.doc());
  }

  private static ValueType<?> type(Class<?> type, String range) {
    if (type == Duration.class) {
      return DurationType.of(range);
    } else if (type == int.class) {
      return range.endsWith("B") ? SizeType.of(range) : NumberType.of(range);
    } else if (type == long.class) {
      return MEMORY;
    } else if (type == boolean.class) {
      return new SwitchType();
    } else if (type.isEnum()) {
      return new ChoiceType<>(type.asSubclass(Enum.class));
    }
    throw new IllegalStateException("no values of " + type + " can be chosen");
  }
}
