package org.espalier.cuda;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.espalier.DType;
import org.espalier.TensorException;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;

/// Functions of one and of two elements: `unary.cu` and `binary.cu`.
final class Elementwise {
  /// What four elements of the widest dtype here must be aligned to.
  private static final int ALIGNMENT = 16;

  private final CudaDevice device;
  private final Map<String, Kernel> unary = new HashMap<>();
  private final Map<String, Kernel> binary = new HashMap<>();
  private final Map<DType, Map<BinaryKernel, Kernel>> domains = new EnumMap<>(DType.class);
  private final Copies copies;

  /// Names the kernels of a device.
  Elementwise(CudaDevice device, Copies copies) {
    this.device = device;
    this.copies = copies;
  }

  /// `out = f(x)`.
  void unary(UnaryKernel function, View x, View out) {
    DType dtype = x.dtype();
    if (!dtype.isFloating() && isIdentity(function, dtype)) {
      copies.copy(x, out);
      return;
    }
    if (!has(function, dtype)) {
      throw DTypes.none(function, dtype);
    }
    int n = out.elements();
    if (n == 0) {
      return;
    }
    String name = name(function, dtype);
    if (dtype == DType.F32 && isFlat(x) && isFlat(out)) {
      kernel(unary, "unary", name + "_flat").each(quarters(n)).i32(n).view(x).view(out).run();
      return;
    }
    kernel(unary, "unary", name)
        .each(n)
        .struct(Axes.of(x, out).members())
        .i32(n)
        .view(x)
        .view(out)
        .run();
  }

  private static boolean isIdentity(UnaryKernel function, DType dtype) {
    return switch (function) {
      case FLOOR, CEIL, ROUND -> true;
      case NEG, ABS, SQUARE, RELU, SIGN -> dtype == DType.BOOL;
      default -> false;
    };
  }

  private static boolean has(UnaryKernel function, DType dtype) {
    return switch (function) {
      case NEG, ABS, SQUARE, RELU, SIGN -> !dtype.isHalf();
      case SQRT, RSQRT, RECIPROCAL, FLOOR, CEIL, ROUND -> dtype == DType.F32 || dtype == DType.F64;
      case EXP, LOG, TANH, SIGMOID, SILU, ERF, LOG1P, EXPM1, SIN, COS -> dtype == DType.F32;
    };
  }

  /// `out = f(a, b)`.
  void binary(BinaryKernel function, View a, View b, View out) {
    DType dtype = a.dtype();
    if (b.dtype() != dtype
        || dtype.isHalf()
        || (function == BinaryKernel.POW && dtype == DType.F64)) {
      throw DTypes.none(function, dtype);
    }
    int n = out.elements();
    if (n == 0) {
      return;
    }
    String name = name(function, dtype);
    if (dtype == DType.F32 && isFlat(a) && isFlat(b) && isFlat(out)) {
      kernel(binary, "binary", name + "_flat")
          .each(quarters(n))
          .i32(n)
          .view(a)
          .view(b)
          .view(out)
          .run();
      return;
    }
    Launch launch =
        kernel(binary, "binary", name)
            .each(n)
            .struct(Axes.of(a, b, out).members())
            .i32(n)
            .view(a)
            .view(b)
            .view(out);
    if (!dtype.isFloating() && (function == BinaryKernel.DIV || function == BinaryKernel.POW)) {
      launch.address(checkDomain(function, a, b, n));
    }
    launch.run();
  }

  /// Looks for operands that have no result, before anything is written; returns where the answer
  /// will be.
  private long checkDomain(BinaryKernel function, View a, View b, int n) {
    boolean division = function == BinaryKernel.DIV;
    long fault = device.faults().expect(division ? Elementwise::divided : Elementwise::raised);
    if (division || a.dtype() != DType.BOOL) {
      domains
          .computeIfAbsent(a.dtype(), _ -> new EnumMap<>(BinaryKernel.class))
          .computeIfAbsent(function, f -> device.kernel("binary", "check_" + name(f, a.dtype())))
          .each(n)
          .struct(Axes.of(a, b).members())
          .i32(n)
          .view(a)
          .view(b)
          .address(fault)
          .run();
    }
    return fault;
  }

  private static TensorException divided(int place, int value) {
    return new TensorException(
        "integer division of "
            + value
            + " by zero at element "
            + place
            + "; integers have no infinity: mask the zeros or divide as F32");
  }

  private static TensorException raised(int place, int power) {
    return new TensorException(
        "0 to the power "
            + power
            + " at element "
            + place
            + " divides by zero; integers have no infinity: mask the zeros or use F32");
  }

  private static String name(Enum<?> function, DType dtype) {
    return function.name().toLowerCase(Locale.ROOT) + "_" + DTypes.suffix(dtype);
  }

  private synchronized Kernel kernel(Map<String, Kernel> kernels, String family, String name) {
    return kernels.computeIfAbsent(name, k -> device.kernel(family, k));
  }

  private boolean isFlat(View view) {
    return view.isContiguous() && CudaStorage.address(view, device) % ALIGNMENT == 0;
  }

  /// The flat kernels take four elements a thread.
  private static int quarters(int n) {
    return Math.max(1, n / 4);
  }
}
