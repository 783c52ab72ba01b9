package io.tokenbroker.server.model;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A component that operators choose. It is all that declares a key of the configuration: the file,
 * the environment, help, checks and documents come from here, and the record is made of what was
 * chosen. The component's type says what a value may look like.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {
  /** The key: dotted, as it nests in the file. */
  String key();

  /** What it is when nobody gives it. */
  String value();

  /** Of a duration, a number or a size: the least and the most, such as {@code 100ms to 1h}. */
  String range() default "";

  /** The key of the same type whose value is the least for this one; none if empty. */
  String notBelow() default "";

  /** One line that says what it does. */
  String doc();
}
