package io.tokenbroker.client.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Takes signals of this process in place of the JVM until it is closed. By reflection: the compiler
 * warns of sun.misc.Signal in a way that cannot be silenced, and the JDK has nothing else.
 */
public final class Signals implements AutoCloseable {
  private interface Undo {
    void run() throws ReflectiveOperationException;
  }

  private final List<Undo> undos = new ArrayList<>();

  /**
   * @param names without SIG; those that cannot be taken are left as they are
   * @param handler is told the name, on a thread of its own
   */
  public Signals(List<String> names, Consumer<String> handler) {
    for (String name : names) {
      try {
        take(name, handler);
      } catch (ReflectiveOperationException | IllegalArgumentException e) {
        // ignored by the parent, as with nohup, or not this JDK's
      }
    }
  }

  private void take(String name, Consumer<String> handler) throws ReflectiveOperationException {
    Class<?> signalType = Class.forName("sun.misc.Signal");
    Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
    InvocationHandler invocation =
        (proxy, method, args) -> {
          switch (method.getName()) {
            case "handle" -> handler.accept(name);
            case "equals" -> {
              return proxy == args[0];
            }
            case "hashCode" -> {
              return System.identityHashCode(proxy);
            }
            default -> {
              return "handler of SIG" + name;
            }
          }
          return null;
        };
    Object ours =
        Proxy.newProxyInstance(
            Signals.class.getClassLoader(), new Class<?>[] {handlerType}, invocation);
    Object signal = signalType.getConstructor(String.class).newInstance(name);
    var handle = signalType.getMethod("handle", signalType, handlerType);
    Object old = handle.invoke(null, signal, ours);
    undos.add(() -> handle.invoke(null, signal, old));
  }

  @Override
  public void close() {
    for (Undo undo : undos) {
      try {
        undo.run();
      } catch (ReflectiveOperationException e) {
        // it worked the first time
      }
    }
  }
}
