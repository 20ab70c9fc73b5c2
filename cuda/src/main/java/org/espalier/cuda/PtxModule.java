package org.espalier.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.espalier.TensorException;

/// The kernels of one `.cu` file, compiled to PTX when Espalier was built and to the device's own
/// code by the driver when the first of them is asked for.
final class PtxModule implements AutoCloseable {
  private static final Pattern ENTRY =
      Pattern.compile("\\.entry\\s+(\\w+)\\s*\\(([^)]*)\\)", Pattern.DOTALL);

  private static final Pattern PARAMETER =
      Pattern.compile("\\.param\\s+(?:\\.align\\s+\\d+\\s+)?\\.(\\w+)[^,\\[]*(?:\\[(\\d+)])?");

  private final String family;
  private final Context context;
  private final CUmodule module = new CUmodule();
  private final Map<String, List<String>> signatures;

  /// Loads the kernels of a family into a device.
  PtxModule(String family, Context context) {
    this.family = family;
    this.context = context;
    String ptx = read(family);
    signatures = signatures(ptx);
    try (var _ = context.own()) {
      Driver.check(
          JCudaDriver.cuModuleLoadData(module, ptx),
          "loading the kernels of " + family + ".cu into a driver of CUDA " + Driver.version());
    }
  }

  private static String read(String family) {
    String resource = "ptx/" + family + ".ptx";
    try (InputStream in = PtxModule.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new TensorException("there is no resource " + resource + "; run compile-kernels.sh");
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new TensorException("the kernels of " + family + " cannot be read: " + e, e);
    }
  }

  /// Returns the parameters of each kernel: `u32`, `u64`, `f32`, `f64`, or for a structure its
  /// bytes as `b8[164]`.
  static Map<String, List<String>> signatures(String ptx) {
    Map<String, List<String>> signatures = new HashMap<>();
    Matcher entry = ENTRY.matcher(ptx);
    while (entry.find()) {
      List<String> types = new ArrayList<>();
      Matcher parameter = PARAMETER.matcher(entry.group(2));
      while (parameter.find()) {
        String type = parameter.group(1);
        types.add(parameter.group(2) == null ? type : type + "[" + parameter.group(2) + "]");
      }
      signatures.put(entry.group(1), List.copyOf(types));
    }
    return signatures;
  }

  /// Returns the types of a kernel's parameters.
  List<String> signature(String kernel) {
    List<String> types = signatures.get(kernel);
    if (types == null) {
      throw new TensorException(family + ".cu has no kernel " + kernel);
    }
    return types;
  }

  /// Returns the driver's handle of a kernel.
  CUfunction function(String kernel) {
    CUfunction function = new CUfunction();
    Driver.check(
        JCudaDriver.cuModuleGetFunction(function, module, kernel), "finding the kernel " + kernel);
    return function;
  }

  @Override
  public void close() {
    try (var _ = context.own()) {
      Driver.check(JCudaDriver.cuModuleUnload(module), "unloading the kernels of " + family);
    }
  }
}
