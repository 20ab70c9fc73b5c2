package org.espalier.meter;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.memory.BufferPool;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.FusedKernel.AdamWSlot;
import org.espalier.spi.FusedKernel.AttentionSpec;
import org.espalier.spi.Layout;
import org.espalier.spi.View;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A kernel whose operands the profile does not know would show no bytes.
final class KernelCostTest {
  private static final View ONE =
      new View(new BufferPool(0, false).take(DType.I32, 1), Layout.contiguous(Shape.of(1)));

  static Class<?>[] kernels() {
    return FusedKernel.class.getPermittedSubclasses();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void knowsTheOperandsOfEveryFusedKernel(Class<?> type) throws ReflectiveOperationException {
    RecordComponent[] parts = type.getRecordComponents();
    var constructor =
        type.getDeclaredConstructor(
            Arrays.stream(parts).map(RecordComponent::getType).toArray(Class<?>[]::new));
    Object[] arguments = Arrays.stream(parts).map(p -> some(p.getType(), p.getName())).toArray();
    FusedKernel kernel = (FusedKernel) constructor.newInstance(arguments);
    assertFalse(
        KernelCost.moved(kernel).isEmpty(), type.getSimpleName() + " needs a line in KernelCost");
  }

  private static Object some(Class<?> type, String name) {
    if (type == View.class) {
      return ONE;
    } else if (type == boolean.class) {
      return false;
    } else if (type == int.class) {
      return 1;
    } else if (type == long.class) {
      return 1L;
    } else if (type == double.class) {
      return 0.5;
    } else if (type == AttentionSpec.class) {
      return new AttentionSpec(ONE, ONE, 1, 1, 1, 1, FusedKernel.AttentionMask.NONE, 0, 0, 0);
    } else if (name.equals("vectors")) {
      return List.of(List.of(ONE));
    } else if (type == List.class) {
      return List.of(new AdamWSlot(ONE, ONE, null, ONE, ONE));
    }
    throw new AssertionError("give this test a " + type + " for " + name);
  }
}
