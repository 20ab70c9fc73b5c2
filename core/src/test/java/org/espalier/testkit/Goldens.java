package org.espalier.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.io.Safetensors;

/// Results of another framework, from a file in `src/test/resources/goldens` of the module under
/// test; the script beside the tests that made it says how.
///
/// A case's tensors are `case/input`, `case/y`, `case/dy` (the gradient that backward starts from)
/// and `case/d_input`. Results are F64; inputs are numbers that F32 holds exactly.
public final class Goldens {
  private final Safetensors file;

  private Goldens(Safetensors file) {
    this.file = file;
  }

  /// Opens a file by its name without ending.
  ///
  /// Not by the class loader: within a module, resources belong to a package.
  public static Goldens open(String name) {
    Path folder = Path.of(System.getProperty("basedir", "."), "src", "test", "resources");
    return new Goldens(Safetensors.open(folder.resolve("goldens").resolve(name + ".safetensors")));
  }

  /// Returns the names before the first slash.
  public Set<String> cases() {
    Set<String> cases = new TreeSet<>();
    file.names().forEach(name -> cases.add(name.substring(0, name.indexOf('/'))));
    return cases;
  }

  /// Returns the names of all tensors.
  public Set<String> names() {
    return file.names();
  }

  /// Returns a tensor as it is in the file.
  public Tensor get(String name) {
    return file.read(name);
  }

  /// Returns an input on a device; real numbers take the dtype `real` and want their gradient.
  public Tensor input(String name, DType real, Device device) {
    Tensor t = get(name);
    return t.dtype().isFloating() ? t.to(real).to(device).copy().requireGrad() : t.to(device);
  }

  /// Checks an output and the gradients of its inputs against those of a case.
  ///
  /// @param inputs their names, in the order of `leaves`; for inputs without gradient none
  /// @param bound largest difference, in parts of a tensor's largest magnitude for F64 and of the
  ///   case's for F32
  public void check(String name, Tensor y, double bound, String[] inputs, Tensor[] leaves) {
    Tensor dy = get(name + "/dy").to(y.dtype()).to(y.device());
    Tensor[] gradients = Autograd.of(y).outputGradients(dy).zerosForUnused().gradients(leaves);
    boolean single = y.dtype() == DType.F32;
    double inCase = OpCaseSuite.largest(get(name + "/y"));
    for (String input : inputs) {
      inCase = Math.max(inCase, OpCaseSuite.largest(get(name + "/d_" + input)));
    }
    assertClose(name + "/y", y, bound, single ? inCase : 0);
    for (int i = 0; i < leaves.length; i++) {
      assertClose(name + "/d_" + inputs[i], gradients[i], bound, single ? inCase : 0);
    }
  }

  /// Checks a tensor against the one of that name.
  ///
  /// @param bound largest difference, in parts of `magnitude`
  /// @param magnitude of what is compared; 0 for the largest in the tensor
  public void assertClose(String name, Tensor actual, double bound, double magnitude) {
    Tensor golden = get(name);
    assertEquals(golden.shape(), actual.shape(), name);
    double[] expected = golden.toDoubleArray();
    double[] found = actual.toDoubleArray();
    double allowed = bound * (magnitude > 0 ? magnitude : OpCaseSuite.largest(golden));
    for (int i = 0; i < expected.length; i++) {
      double difference = Math.abs(found[i] - expected[i]);
      String what = name + " at element " + i + ": " + found[i] + " instead of " + expected[i];
      assertTrue(difference <= allowed, () -> what + ", allowed " + allowed);
    }
  }
}
