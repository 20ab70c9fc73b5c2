package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.incubator.vector.VectorShape;
import org.espalier.DType;
import org.espalier.memory.BufferPool;
import org.espalier.spi.FloatStorage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Each run of the suite uses the vectors that it was started for. The property `espalier.run` says
/// which: a width in bits, `absent` for a JVM without the Vector API, or nothing for the machine's
/// own width.
@Tag("widths")
class WidthOfThisRunTest {
  private static final String STARTED_FOR = System.getProperty("espalier.run", "hardware");

  @Test
  void theKernelsHaveTheWidthThatTheRunWasStartedFor() {
    switch (STARTED_FOR) {
      case "absent" -> {
        assertFalse(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
        assertFalse(Simd.vectorApiPresent());
        assertEquals(0, Simd.BITS);
      }
      case "hardware" -> assertEquals(Math.min(512, hardwareBits()), Simd.BITS);
      default -> assertEquals(Integer.parseInt(STARTED_FOR), Simd.BITS);
    }
    System.out.printf("this run: %s; %s%n", Simd.description(), notRun());
  }

  @Test
  void theTilesHaveIt() {
    String name = TileKernels.CHOSEN.getClass().getSimpleName();
    assertTrue(name.contains(Simd.BITS == 0 ? "Scalar" : Integer.toString(Simd.BITS)), name);
  }

  /// Memory without an owner is NaN there, and an op that leaves part of its output to chance
  /// fails.
  @Test
  void theNarrowestRunIsPoisoned() {
    if (STARTED_FOR.equals("128")) {
      var fresh = (FloatStorage) BufferPool.shared().take(DType.F32, 1);
      assertTrue(Float.isNaN(fresh.array()[0]), "start this run with -Despalier.poison=true");
      fresh.retain();
      fresh.release();
    }
  }

  private static String notRun() {
    int bits = Simd.vectorApiPresent() ? hardwareBits() : 0;
    return bits >= 512
        ? "no run lacks a width"
        : "NOT RUN on this machine: vectors wider than " + bits + " bits";
  }

  private static int hardwareBits() {
    return VectorShape.preferredShape().vectorBitSize();
  }
}
