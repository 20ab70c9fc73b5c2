package org.espalier.multitask.sharing;

import java.util.List;
import java.util.Map;
import org.espalier.Tensor;
import org.espalier.nn.Module;
import org.jspecify.annotations.Nullable;

/// How tasks share what is below their heads.
public interface Sharing {
  /// What reports call it.
  String name();

  /// Returns the encoder that a task's rows go through.
  Module encoder(String task);

  /// Returns the parameters below the heads that a step of this task trains, by full name.
  Map<String, Tensor> parameters(String task);

  /// Returns what a step of this task adds to its loss, one number; null when nothing.
  @Nullable Tensor penalty(String task);

  /// Returns the distinct encoders, for inspection.
  List<Module> encoders();
}
