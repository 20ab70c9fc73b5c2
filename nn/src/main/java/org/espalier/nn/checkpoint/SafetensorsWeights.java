package org.espalier.nn.checkpoint;

import java.nio.file.Path;
import java.util.Set;
import org.espalier.Tensor;
import org.espalier.io.Safetensors;
import org.espalier.nn.Weights;

/// The tensors of a safetensors file, or of the shards that an index names; each is read when it is
/// asked for, in the dtype that the file has.
///
/// ```java
/// Weights weights = SafetensorsWeights.open(Path.of("model.safetensors"));
/// var encoder = new Bert(Parameters.loaded(weights), config);
/// ```
public final class SafetensorsWeights implements Weights {
  private final Safetensors file;

  /// Serves the tensors of an open file.
  public SafetensorsWeights(Safetensors file) {
    this.file = file;
  }

  /// Opens a file, or with the path of an index the shards beside it.
  ///
  /// @throws org.espalier.io.FormatException when it breaks a rule of the format
  /// @throws java.io.UncheckedIOException when it cannot be read
  public static SafetensorsWeights open(Path file) {
    return new SafetensorsWeights(Safetensors.open(file));
  }

  @Override
  public Set<String> names() {
    return file.names();
  }

  /// Returns the tensor of a name.
  ///
  /// @throws org.espalier.io.FormatException when there is none
  @Override
  public Tensor get(String name) {
    return file.read(name);
  }

  /// A tensor is read from the file whenever it is asked for.
  @Override
  public boolean readsAnew() {
    return true;
  }
}
