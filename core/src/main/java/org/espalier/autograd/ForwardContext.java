package org.espalier.autograd;

import org.espalier.Tensor;

/// What an op's forward is told and may say.
public final class ForwardContext {
  private static final Tensor[] NOTHING = new Tensor[0];
  private final boolean recording;
  private Tensor[] saved = NOTHING;

  ForwardContext(boolean recording) {
    this.recording = recording;
  }

  /// Tells whether backward may follow; when not, what only backward needs need not be computed.
  public boolean recording() {
    return recording;
  }

  /// Tells whether this run serves training: it is recorded, or the first run of an
  /// [Autograd#checkpoint], which is not but will be repeated. Parameters then change soon.
  public boolean training() {
    return recording || Checkpoint.isRunning();
  }

  /// Names the tensors that backward needs, in the order in which it will ask for them; inputs, the
  /// output, or others.
  public void save(Tensor... tensors) {
    saved = tensors;
  }

  Tensor[] saved() {
    return saved;
  }
}
