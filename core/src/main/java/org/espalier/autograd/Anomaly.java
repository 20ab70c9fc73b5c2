package org.espalier.autograd;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.op.Op;
import org.jspecify.annotations.Nullable;

/// What [Autograd#anomalyMode] watches: values that are no numbers, and the source lines of ops.
final class Anomaly {
  private static final ScopedValue<Anomaly> CURRENT = ScopedValue.newInstance();
  private static final StackWalker STACK = StackWalker.getInstance();

  /// The node whose backward is running; its own operations are not looked at one by one.
  private final @Nullable Node during;

  private Anomaly(@Nullable Node during) {
    this.during = during;
  }

  static boolean isOn() {
    return CURRENT.isBound();
  }

  static <T> T watch(Supplier<T> body) {
    return ScopedValue.where(CURRENT, new Anomaly(null)).call(body::get);
  }

  static void watch(Runnable body) {
    ScopedValue.where(CURRENT, new Anomaly(null)).run(body);
  }

  /// Runs the backward of a node.
  static <T> T during(Node node, Supplier<T> backward) {
    return isOn()
        ? ScopedValue.where(CURRENT, new Anomaly(node)).call(backward::get)
        : backward.get();
  }

  /// Returns where the user's code is now, for messages; null when nobody watches.
  static @Nullable String origin() {
    if (!isOn()) {
      return null;
    }
    Node backward = CURRENT.get().during;
    if (backward != null) {
      return "the backward of " + backward.described();
    }
    // The user's own line; inside a program of this toolkit, the line that called the engine.
    return first(f -> !f.getClassName().startsWith("org.espalier."))
        .or(() -> first(f -> !isEngine(f.getClassName())))
        .orElse("an unknown line");
  }

  private static Optional<String> first(Predicate<StackWalker.StackFrame> wanted) {
    return STACK.walk((Stream<StackWalker.StackFrame> frames) ->
        frames
            .filter(f -> !isPlatform(f.getClassName()))
            .takeWhile(f -> !isRunner(f.getClassName()))
            .filter(wanted)
            .findFirst()
            .map(f -> f.toStackTraceElement().toString()));
  }

  private static boolean isPlatform(String name) {
    return name.startsWith("java.") || name.startsWith("jdk.") || name.startsWith("sun.");
  }

  /// Whoever runs tests calls the user's code, and is not it.
  private static boolean isRunner(String name) {
    return name.startsWith("org.junit.");
  }

  private static boolean isEngine(String name) {
    String packageName = name.substring(0, Math.max(0, name.lastIndexOf('.')));
    return switch (packageName) {
      case "org.espalier", "org.espalier.autograd", "org.espalier.op", "org.espalier.engine" ->
          true;
      default -> false;
    };
  }

  /// Checks what an op computed.
  ///
  /// @throws TensorException when a NaN or an infinity is new in `output`
  static void checkForward(Op op, Tensor[] inputs, Tensor output) {
    if (!isOn() || CURRENT.get().during != null) {
      return;
    }
    String found = strange(output);
    if (found == null) {
      return;
    }
    for (int i = 0; i < inputs.length; i++) {
      String before = strange(inputs[i]);
      if (before != null && before.startsWith("NaN")) {
        throw new TensorException(
            "input "
                + i
                + " of "
                + name(op, output)
                + " holds "
                + before
                + " already: it came into"
                + " the computation from outside; check the data or the parameter it is");
      }
      if (before != null && !found.startsWith("NaN")) {
        return; // an infinity that was put in on purpose, a mask perhaps
      }
    }
    throw new TensorException(
        name(op, output)
            + " made "
            + found
            + ", its inputs were finite enough; look at their"
            + " range just before");
  }

  private static String name(Op op, Tensor output) {
    return op.name() + output.shape() + " (at " + origin() + ")";
  }

  /// Checks a gradient that a node's backward computed.
  ///
  /// @throws TensorException when a NaN or an infinity is new in it
  static void checkBackward(Node node, int input, Tensor dy, Gradient gradient) {
    if (!isOn()) {
      return;
    }
    String found = strange(gradient.dense());
    if (found != null && strange(dy) == null) {
      throw new TensorException(
          "the backward of "
              + node.described()
              + " made "
              + found
              + " in the gradient of input "
              + input
              + "; the gradient that it received was finite");
    }
  }

  /// Says which value is no finite number, and where; null when all are.
  private static @Nullable String strange(Tensor t) {
    if (!t.dtype().isFloating()) {
      return null;
    }
    double[] values = t.detach().toDoubleArray();
    String infinite = null;
    for (int i = 0; i < values.length; i++) {
      if (Double.isNaN(values[i])) {
        return at("NaN", i);
      }
      if (infinite == null && Double.isInfinite(values[i])) {
        infinite = at(values[i] > 0 ? "infinity" : "-infinity", i);
      }
    }
    return infinite;
  }

  private static String at(String what, int element) {
    return String.format(Locale.ROOT, "%s at element %d", what, element);
  }
}
