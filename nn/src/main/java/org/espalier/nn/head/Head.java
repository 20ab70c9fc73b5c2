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
  default Tensor loss(Context context, Tensor hidden, Batch batch) {
    return loss(context, hidden, targets(batch).stream().map(t -> t.to(hidden.device())).toList());
  }

  /// Returns what the loss needs of a batch, on the heap: as many tensors, of the same shapes, for
  /// all batches of so many examples and rows.
  List<Tensor> targets(Batch batch);

  /// Returns the mean loss of a batch as one number. All that it knows of the batch's targets is in
  /// `targets`, so that it can be recorded once for many batches.
  ///
  /// @param hidden the encoder's output, `[rows, dim]`
  /// @param targets what [#targets] returned, where `hidden` is
  Tensor loss(Context context, Tensor hidden, List<Tensor> targets);

  /// Returns the answer for each example of a batch.
  ///
  /// @param hidden the encoder's output, `[rows, dim]`
  List<Prediction> predict(Context context, Tensor hidden, Batch batch);
}
