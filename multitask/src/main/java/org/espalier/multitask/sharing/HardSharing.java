package org.espalier.multitask.sharing;

import java.util.List;
import java.util.Map;
import org.espalier.Tensor;
import org.espalier.nn.Module;
import org.jspecify.annotations.Nullable;

/// One encoder for all tasks (Caruana 1993): the trunk of the espalier.
public final class HardSharing implements Sharing {
  private final Module encoder;
  private final Map<String, Tensor> parameters;

  /// Shares an encoder with these parameters.
  public HardSharing(Module encoder, Map<String, Tensor> parameters) {
    this.encoder = encoder;
    this.parameters = parameters;
  }

  @Override
  public String name() {
    return "hard";
  }

  @Override
  public Module encoder(String task) {
    return encoder;
  }

  @Override
  public Map<String, Tensor> parameters(String task) {
    return parameters;
  }

  @Override
  public @Nullable Tensor penalty(String task) {
    return null;
  }

  @Override
  public List<Module> encoders() {
    return List.of(encoder);
  }
}
