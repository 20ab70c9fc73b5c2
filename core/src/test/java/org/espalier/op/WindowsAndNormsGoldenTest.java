package org.espalier.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.io.Safetensors;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Convolution, pooling, norms, rotary embedding and einsum against PyTorch, outputs and gradients.
/// The numbers come from `src/test/goldens/windows_and_norms.py`.
class WindowsAndNormsGoldenTest {
  private static final Safetensors FILE = open();
  private static final Map<String, Function<Tensor[], Tensor>> CASES = cases();

  private static Safetensors open() {
    String name = "/goldens/windows_and_norms.safetensors";
    try (var stream = WindowsAndNormsGoldenTest.class.getResourceAsStream(name)) {
      byte[] bytes = Objects.requireNonNull(stream, name).readAllBytes();
      return Safetensors.of(name, MemorySegment.ofArray(bytes));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Map<String, Function<Tensor[], Tensor>> cases() {
    Map<String, Function<Tensor[], Tensor>> c = new LinkedHashMap<>();
    Sliding mixed = new Sliding(2, 1, 2);
    c.put("conv1d", t -> t[0].conv1d(t[1], t[2], Sliding.DENSE));
    c.put("conv1d_strided", t -> t[0].conv1d(t[1], t[2], mixed));
    c.put("conv2d", t -> t[0].conv2d(t[1], t[2], Sliding.DENSE));
    c.put("conv2d_strided", t -> t[0].conv2d(t[1], t[2], mixed));
    c.put("conv2d_axes", t -> convolution(t, 1, Sliding.by(2), Sliding.padded(2)));
    c.put("conv2d_groups", t -> convolution(t, 2, Sliding.padded(1)));
    c.put("conv2d_depthwise", t -> convolution(t, 3, Sliding.by(2)));
    c.put("conv3d", t -> convolution(t, 1, Sliding.DENSE));
    c.put("max1d", t -> t[0].maxPool1d(3, new Sliding(2, 1, 1)));
    c.put("max2d", t -> t[0].maxPool2d(2, Sliding.by(2)));
    c.put("max2d_dilated", t -> t[0].maxPool2d(3, new Sliding(2, 1, 2)));
    c.put("max2d_ties", t -> t[0].relu().maxPool2d(3, Sliding.padded(1)));
    c.put("avg1d", t -> t[0].avgPool1d(3, new Sliding(2, 1, 1)));
    c.put("avg2d", t -> t[0].avgPool2d(3, new Sliding(2, 1, 1)));
    c.put(
        "avg2d_without_padding",
        t -> AvgPool.apply(t[0], new int[] {3, 3}, false, new Sliding(2, 1, 1)));
    c.put("adaptive_global", t -> t[0].adaptiveAvgPool(1, 1));
    c.put("adaptive", t -> t[0].adaptiveAvgPool(3, 4));
    c.put("batch_norm", t -> BatchNorm.apply(t[0], t[1], t[2], 1e-5));
    c.put("group_norm", t -> GroupNorm.apply(t[0], 2, t[1], t[2], 1e-5));
    c.put("instance_norm", t -> InstanceNorm.apply(t[0], t[1], t[2], 1e-5));
    c.put("rms_norm", t -> RmsNorm.apply(t[0], t[1], 1e-6));
    c.put(
        "batch_norm_inference",
        t ->
            BatchNorm.apply(
                t[0],
                t[1],
                t[2],
                like(t[0], FILE.read("running.mean")),
                like(t[0], FILE.read("running.variance")),
                1e-5));
    c.put("rotary_neighbours", t -> rotary(t[0], true));
    c.put("rotary_halves", t -> rotary(t[0], false));
    c.put("einsum_attention", t -> Tensor.einsum("bqhd,bkhd->bhqk", t));
    c.put("einsum_bilinear", t -> Tensor.einsum("ni,oij,nj->no", t));
    c.put("einsum_implicit", t -> Tensor.einsum("b...a,ca...", t));
    return c;
  }

  private static Tensor convolution(Tensor[] t, int groups, Sliding... slidings) {
    return Convolution.apply(t[0], t[1], t[2], groups, slidings);
  }

  private static Tensor rotary(Tensor x, boolean interleaved) {
    RotaryTable table = RotaryTable.of(8, 8, 10000, x.dtype(), x.device());
    Tensor positions = Tensor.of(new int[] {0, 1, 2, 0, 7}).to(x.device());
    return Rotary.apply(x, positions, table, interleaved);
  }

  private static Tensor like(Tensor model, Tensor t) {
    return t.to(model.dtype()).to(model.device());
  }

  @Test
  void everyGoldenIsUsed() {
    TreeSet<String> names = new TreeSet<>();
    FILE.names().forEach(name -> names.add(name.substring(0, name.indexOf('.'))));
    names.remove("running");
    assertEquals(new TreeSet<>(CASES.keySet()), names);
  }

  @TestFactory
  Stream<DynamicTest> referenceInDoubleIsWithin1e9() {
    return CASES.keySet().stream()
        .map(name -> dynamicTest(name, () -> check(name, DType.F64, Device.REFERENCE, 1e-9)));
  }

  @TestFactory
  Stream<DynamicTest> cpuInSinglePrecisionIsWithin1e5() {
    return CASES.keySet().stream()
        .map(name -> dynamicTest(name, () -> check(name, DType.F32, Device.CPU, 1e-5)));
  }

  private static void check(String name, DType dtype, Device device, double tolerance) {
    try (Scope _ = Scope.open()) {
      List<Tensor> inputs = new ArrayList<>();
      while (FILE.names().contains(name + ".in" + inputs.size())) {
        Tensor input = FILE.read(name + ".in" + inputs.size()).to(dtype).to(device);
        inputs.add(input.requireGrad());
      }
      Tensor[] in = inputs.toArray(new Tensor[0]);
      Tensor y = Objects.requireNonNull(CASES.get(name)).apply(in);
      assertNear(FILE.read(name + ".y"), y, tolerance, name + ".y");
      Tensor dy = like(y, FILE.read(name + ".dy"));
      Tensor[] gradients = Autograd.of(y).outputGradients(dy).gradients(in);
      for (int i = 0; i < gradients.length; i++) {
        String d = name + ".d" + i;
        assertNear(FILE.read(d), gradients[i], tolerance, d);
      }
    }
  }

  private static void assertNear(Tensor expected, Tensor actual, double tolerance, String what) {
    assertEquals(expected.shape(), actual.shape(), what);
    double largest = expected.abs().max().item();
    double worst = expected.sub(like(expected, actual)).abs().max().item();
    assertTrue(worst <= tolerance * largest, what + ": " + worst + " of " + largest);
  }

  @Test
  void runningStatisticsMoveByTheMomentum() {
    Tensor mean = Tensor.zeros(DType.F64, Device.CPU, Shape.of(3));
    Tensor variance = Tensor.full(DType.F64, Device.CPU, Shape.of(3), 1);
    Tensor x = FILE.read("batch_norm.in0");
    BatchNorm.applyAndUpdate(x, null, null, mean, variance, 0.1, 1e-5);
    assertNear(FILE.read("running.mean"), mean, 1e-12, "mean");
    assertNear(FILE.read("running.variance"), variance, 1e-12, "variance");
  }
}
