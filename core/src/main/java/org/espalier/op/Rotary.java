package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.FusedKernel;
import org.jspecify.annotations.Nullable;

/// Rotary position embedding (Su et al. 2021): in every head of a row at position `p`, pair `j`
/// turns by the angle `p * frequency_j`: `(a, b) -> (a cos - b sin, a sin + b cos)`. So the product
/// of a query and a key depends on the distance of their positions. Rotations have the inverse as
/// their transpose: backward turns by the negative angle.
///
/// @param interleaved whether the pairs are neighbours, columns `2j` and `2j + 1` (the paper,
///   GPT-J), or columns `j` and `j + headDim / 2` (GPT-NeoX, Llama in Hugging Face's layout)
/// @param inverse whether the angles are negated
public record Rotary(boolean interleaved, boolean inverse) implements Op {
  /// Returns `x` turned.
  ///
  /// @param x `[rows, heads * headDim]`; the rows may be those of a ragged batch
  /// @param positions I32 or I64 `[rows]`: the place of each row in its sequence
  /// @param table of the dtype and device of `x`; has a row for each position
  /// @throws TensorException when shapes or dtypes do not fit, or a position is not in the table
  public static Tensor apply(Tensor x, Tensor positions, RotaryTable table, boolean interleaved) {
    Op op = new Rotary(interleaved, false);
    Tensor narrow = Kernels.requireIndices(op, positions);
    int headDim = 2 * table.cos().size(1);
    if (x.rank() != 2
        || x.size(0) != positions.size(0)
        || x.size(1) % headDim != 0
        || x.dtype() != table.cos().dtype()) {
      throw new TensorException(
          "rotary: input "
              + x.shape()
              + " "
              + x.dtype()
              + ", positions "
              + positions.shape()
              + ", table for heads of "
              + headDim
              + " columns in "
              + table.cos().dtype()
              + "; needs [rows, heads * headDim] and [rows], and the table's dtype");
    }
    return Autograd.apply(op, x, narrow, table.cos(), table.sin());
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    context.save(in[1], in[2], in[3]);
    Tensor x = in[0].contiguous();
    Tensor positions = in[1].contiguous();
    if (!Kernels.supports(x, FusedKernel.Rotary.class)) {
      return composed(x, positions, in[2], in[3]);
    }
    Tensor y = Kernels.empty(x, x.shape());
    Kernels.backend(x)
        .run(
            new FusedKernel.Rotary(
                Kernels.view(x),
                Kernels.view(positions),
                Kernels.view(in[2]),
                Kernels.view(in[3]),
                interleaved,
                inverse,
                Kernels.view(y)));
    return y;
  }

  /// Returns the same in other ops, for backends without the kernel.
  Tensor composed(Tensor x, Tensor positions, Tensor cosTable, Tensor sinTable) {
    int rows = x.size(0);
    int half = cosTable.size(1);
    int pair = interleaved ? 3 : 2;
    Tensor pairs =
        interleaved
            ? x.reshape(rows, x.size(1) / half / 2, half, 2)
            : x.reshape(rows, x.size(1) / half / 2, 2, half);
    Tensor a = pairs.select(pair, 0);
    Tensor b = pairs.select(pair, 1);
    Tensor cos = cosTable.rows(positions).unsqueeze(1);
    Tensor turn = sinTable.rows(positions).unsqueeze(1);
    Tensor sin = inverse ? turn.neg() : turn;
    Tensor first = a.mul(cos).sub(b.mul(sin));
    Tensor second = a.mul(sin).add(b.mul(cos));
    return Stack.apply(pair, first, second).reshape(x.shape().sizes());
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Op back = new Rotary(interleaved, !inverse);
    Tensor dx = Autograd.apply(back, dy, context.saved(0), context.saved(1), context.saved(2));
    return context.dense(dx, null, null, null);
  }
}
