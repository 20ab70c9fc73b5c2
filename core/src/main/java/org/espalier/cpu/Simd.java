package org.espalier.cpu;

import jdk.incubator.vector.VectorShape;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// The width of the vectors that the CPU kernels use, chosen once.
///
/// The property `espalier.vectorBits` forces it to 512, 256, 128 or 0 (plain loops); otherwise it
/// is what the hardware prefers, at most 512. No vector type appears in the fields or signatures of
/// this class, so that it loads where the module `jdk.incubator.vector` is absent.
final class Simd {
  private static final String PROPERTY = "espalier.vectorBits";
  private static final int ABSENT = -1;
  private static final int HARDWARE_BITS = hardwareBits();

  /// Width of a vector in bits: 512, 256, 128, or 0 for plain loops.
  static final int BITS = chosenBits(System.getProperty(PROPERTY), HARDWARE_BITS);

  static {
    if (!vectorApiPresent()) {
      System.getLogger("org.espalier").log(System.Logger.Level.WARNING, absent());
    }
  }

  private Simd() {}

  /// Tells whether the module `jdk.incubator.vector` was found.
  static boolean vectorApiPresent() {
    return HARDWARE_BITS != ABSENT;
  }

  /// Says in one line which vectors are used, whether products are fused, and why.
  static String description() {
    String width = BITS == 0 ? "plain loops" : BITS + "-bit vectors";
    String fma = fusedMultiplyAddIsFast() ? "hardware FMA" : "no hardware FMA: very slow";
    String reason;
    if (!vectorApiPresent()) {
      reason = absent();
    } else if (!System.getProperty(PROPERTY, "").isBlank()) {
      reason = "forced by -D" + PROPERTY + "; the JVM prefers " + HARDWARE_BITS + " bits here";
    } else if (BITS == 0) {
      reason = "the JVM offers only " + HARDWARE_BITS + "-bit vectors here";
    } else {
      reason = "the width this JVM prefers here";
    }
    return width + ", " + fma + " (" + reason + ")";
  }

  /// Returns the width to use.
  ///
  /// @param forced the property's value
  /// @param hardware the preferred width in bits, or -1 without the Vector API
  /// @throws TensorException when the forced width is not a width, or cannot be had
  static int chosenBits(@Nullable String forced, int hardware) {
    if (forced == null || forced.isBlank()) {
      return hardware >= 512 ? 512 : hardware >= 256 ? 256 : hardware >= 128 ? 128 : 0;
    }
    int bits =
        switch (forced.strip()) {
          case "0" -> 0;
          case "128" -> 128;
          case "256" -> 256;
          case "512" -> 512;
          default ->
              throw new TensorException(
                  "-D"
                      + PROPERTY
                      + "="
                      + forced
                      + " is not a vector width; use 512, 256, 128 or 0");
        };
    if (bits > Math.max(0, hardware)) {
      throw new TensorException(
          "-D"
              + PROPERTY
              + "="
              + forced
              + " cannot be had: "
              + (hardware == ABSENT
                  ? "start java with --add-modules jdk.incubator.vector, or use 0"
                  : "the JVM prefers " + hardware + " bits here; use a smaller width, or 0"));
    }
    return bits;
  }

  private static String absent() {
    return "module jdk.incubator.vector is absent, so the kernels are plain loops and several times"
        + " slower; start java with --add-modules jdk.incubator.vector";
  }

  private static int hardwareBits() {
    try {
      return Hardware.preferredBits();
    } catch (LinkageError absent) {
      return ABSENT;
    }
  }

  /// Without the instruction `Math.fma` computes in BigDecimal, hundreds of times slower: a short
  /// chain tells.
  private static boolean fusedMultiplyAddIsFast() {
    float y = 1;
    long start = System.nanoTime();
    for (int i = 0; i < 2000; i++) {
      y = Math.fma(y, 0.5f, 1);
    }
    return (System.nanoTime() - start) / 2000 < 150 && y > 0;
  }

  /// Apart, so that `Simd` itself links without the Vector API.
  private static final class Hardware {
    private Hardware() {}

    static int preferredBits() {
      return VectorShape.preferredShape().vectorBitSize();
    }
  }
}
