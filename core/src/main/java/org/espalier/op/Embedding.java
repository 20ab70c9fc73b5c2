package org.espalier.op;

import java.util.Arrays;
import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// Table look-up: `y[i] = table[ids[i]]`. The gradient is row-sparse: only the rows that were
/// looked up. Of a table in F16 or BF16 these rows alone become F32.
public record Embedding() implements Op {
  /// Returns the rows `[n, dim]` of `table` (`[size, dim]`) for I32 or I64 `ids` (`[n]`).
  ///
  /// @throws TensorException when an id is not a row of the table
  public static Tensor apply(Tensor table, Tensor ids) {
    Op op = new Embedding();
    Tensor narrow = Kernels.requireIndices(op, ids);
    if (table.rank() != 2) {
      throw new TensorException("embedding needs a table [size, dim], found " + table.shape());
    }
    return Autograd.apply(op, table, narrow);
  }

  @Override
  public boolean keepsHalf(int input) {
    return input == 0;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    context.save(in[1]);
    Tensor rows = Rows.gather(in[0], in[1]);
    return rows.dtype().isHalf() ? rows.to(DType.F32) : rows;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    if (context.createGraph()) {
      return context.dense(
          IndexAdd.apply(dy, context.saved(0), context.inputShape(0).size(0)), null);
    }
    if (SumByIndex.isFor(dy)) {
      return new @Nullable Gradient[] {
        SumByIndex.apply(dy, context.saved(0), context.inputShape(0)), null
      };
    }
    int[] ids = context.saved(0).toIntArray();
    int[] distinct = distinct(ids);
    int[] place = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      place[i] = Arrays.binarySearch(distinct, ids[i]);
    }
    Tensor values = IndexAdd.apply(dy, Tensor.of(place).to(dy.device()), distinct.length);
    return new @Nullable Gradient[] {
      new Gradient.RowSparse(Tensor.of(distinct).to(dy.device()), values, context.inputShape(0)),
      null
    };
  }

  private static int[] distinct(int[] ids) {
    int[] sorted = ids.clone();
    Arrays.sort(sorted);
    int n = 0;
    for (int i = 0; i < sorted.length; i++) {
      if (i == 0 || sorted[i] != sorted[i - 1]) {
        sorted[n++] = sorted[i];
      }
    }
    return Arrays.copyOf(sorted, n);
  }
}
