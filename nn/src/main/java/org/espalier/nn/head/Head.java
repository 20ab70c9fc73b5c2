package org.espalier.nn.head;

import java.util.List;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Module;
import org.espalier.nn.data.Batch;

/// What a task puts on top of a shared encoder: from hidden states to a loss, and to answers.
public interface Head extends Module {
  /// Returns the mean loss of a batch as one number.
  ///
  /// @param hidden the encoder's output, `[rows, dim]`
  Tensor loss(Context context, Tensor hidden, Batch batch);

  /// Returns the answer for each example of a batch.
  ///
  /// @param hidden the encoder's output, `[rows, dim]`
  List<Prediction> predict(Context context, Tensor hidden, Batch batch);
}
