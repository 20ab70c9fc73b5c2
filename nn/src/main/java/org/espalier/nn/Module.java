package org.espalier.nn;

import java.util.List;
import org.espalier.Tensor;

/// A part of a network: it computes, and it lists its parts.
///
/// A module gets its parameters from the [Parameters] path that its constructor takes; names,
/// loading and freezing all come from there.
public interface Module {
  /// Computes the output for a batch.
  ///
  /// @param context what the batch is: layout, training or not, random stream, task
  /// @param x `[rows, dim]`, the rows of all sequences one after another without padding
  Tensor forward(Context context, Tensor x);

  /// Returns the modules this one consists of, in order.
  default List<Module> children() {
    return List.of();
  }
}
