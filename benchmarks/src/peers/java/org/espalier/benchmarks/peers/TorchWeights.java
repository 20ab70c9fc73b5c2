package org.espalier.benchmarks.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.espalier.io.Safetensors;
import org.espalier.io.SafetensorsEntry;

/// The parameters of a network as PyTorch's tensors, by name.
final class TorchWeights {
  private final Map<String, Tensor> byName = new LinkedHashMap<>();
  private final Map<String, TensorOptional> asOptional = new LinkedHashMap<>();

  /// Reads a file; nothing of it passes through the Java heap.
  TorchWeights(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      var entries = Safetensors.open(file).entries().values();
      long end = entries.stream().mapToLong(SafetensorsEntry::end).max().orElse(0);
      long start = channel.size() - end;
      for (SafetensorsEntry entry : entries) {
        var bytes =
            channel.map(FileChannel.MapMode.READ_ONLY, start + entry.begin(), entry.bytes());
        var floats = bytes.order(ByteOrder.nativeOrder()).asFloatBuffer();
        long[] sizes = entry.sizes().stream().mapToLong(Long::longValue).toArray();
        try (FloatPointer pointer = new FloatPointer(floats);
            Tensor mapped = torch.from_blob(pointer, sizes)) {
          Tensor own = mapped.clone();
          own.set_requires_grad(true);
          byName.put(entry.name(), own);
          asOptional.put(entry.name(), new TensorOptional(own));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Returns a parameter.
  Tensor get(String name) {
    Tensor t = byName.get(name);
    if (t == null) {
      throw new IllegalArgumentException("there is no parameter '" + name + "'");
    }
    return t;
  }

  /// Returns a parameter for a function that can do without.
  TensorOptional optional(String name) {
    get(name);
    return asOptional.getOrDefault(name, new TensorOptional());
  }

  /// Returns all by name.
  Map<String, Tensor> all() {
    return byName;
  }

  /// Returns all for a function of PyTorch.
  TensorVector vector() {
    return new TensorVector(byName.values().toArray(new Tensor[0]));
  }

  /// `x wᵀ + b` with the weight and the bias at a place.
  Tensor linear(String at, Tensor x) {
    return torch.linear(x, get(at + ".weight"), optional(at + ".bias"));
  }

  /// `x w + b` with the weight and the bias at a place.
  Tensor transposedLinear(String at, Tensor x) {
    Tensor w = get(at + ".weight");
    Tensor y = torch.addmm(get(at + ".bias"), x.view(-1, w.size(0)), w);
    return y.view(x.size(0), x.size(1), w.size(1));
  }

  /// The layer norm at a place.
  Tensor norm(String at, Tensor x, double eps) {
    Tensor w = get(at + ".weight");
    return torch.layer_norm(
        x, new long[] {w.size(0)}, optional(at + ".weight"), optional(at + ".bias"), eps, true);
  }

  /// Forgets all gradients.
  void zeroGrad() {
    byName.values().forEach(t -> t.mutable_grad().reset());
  }
}
