package org.espalier.cpu;

import org.espalier.random.DropoutMask;
import org.espalier.spi.DoubleStorage;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.FusedKernel.AttentionSpec;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.View;

/// Takes fused kernels apart into arrays, offsets and sizes.
final class FusedRows {
  private FusedRows() {}

  /// Runs the kernel and returns true, or returns false when it is not in f32.
  static boolean run(FusedKernel kernel) {
    if (kernel instanceof FusedKernel.AdamW k && k.slots().isEmpty()) {
      return true;
    }
    if (!(sample(kernel).storage() instanceof FloatStorage)) {
      return false;
    }
    switch (kernel) {
      case FusedKernel.Softmax k -> softmax(k);
      case FusedKernel.SoftmaxBackward k -> softmaxBackward(k);
      case FusedKernel.LayerNorm k ->
          NormRows.forward(
              rows(k.x()),
              columns(k.x()),
              k.x().floats(),
              k.x().offset(),
              k.weight().floats(),
              k.weight().offset(),
              k.bias().floats(),
              k.bias().offset(),
              k.eps(),
              k.y().floats(),
              k.y().offset(),
              k.mean().floats(),
              k.mean().offset(),
              k.rstd().floats(),
              k.rstd().offset());
      case FusedKernel.LayerNormBackward k ->
          NormRows.backward(
              rows(k.x()),
              columns(k.x()),
              k.dy().floats(),
              k.dy().offset(),
              k.x().floats(),
              k.x().offset(),
              k.mean().floats(),
              k.mean().offset(),
              k.rstd().floats(),
              k.rstd().offset(),
              k.weight().floats(),
              k.weight().offset(),
              k.dx().floats(),
              k.dx().offset(),
              k.dweight().floats(),
              k.dweight().offset(),
              k.dbias().floats(),
              k.dbias().offset());
      case FusedKernel.RmsNorm k -> RmsNormRows.forward(k, rows(k.x()), columns(k.x()));
      case FusedKernel.RmsNormBackward k -> RmsNormRows.backward(k, rows(k.x()), columns(k.x()));
      case FusedKernel.Rotary k -> RotaryRows.run(k);
      case FusedKernel.Gelu k -> gelu(k);
      case FusedKernel.GeluBackward k -> geluBackward(k);
      case FusedKernel.CrossEntropy k ->
          LossRows.forward(
              rows(k.logits()),
              columns(k.logits()),
              k.logits().floats(),
              k.logits().offset(),
              k.targets().ints(),
              k.targets().offset(),
              k.ignoreIndex(),
              k.smoothing(),
              k.loss().floats(),
              k.loss().offset(),
              k.sums().floats(),
              k.sums().offset());
      case FusedKernel.CrossEntropyBackward k ->
          LossRows.backward(
              rows(k.logits()),
              columns(k.logits()),
              k.logits().floats(),
              k.logits().offset(),
              k.targets().ints(),
              k.targets().offset(),
              k.ignoreIndex(),
              k.smoothing(),
              k.sums().floats(),
              k.sums().offset(),
              k.rowScale().floats(),
              k.rowScale().offset(),
              k.dlogits().floats(),
              k.dlogits().offset());
      case FusedKernel.Attention k -> attention(k);
      case FusedKernel.AttentionBackward k -> attentionBackward(k);
      case FusedKernel.Dropout k -> dropout(k);
      case FusedKernel.SegmentMean k ->
          RowTables.segmentMean(
              k.x().floats(),
              k.x().offset(),
              k.offsets().ints(),
              k.offsets().offset(),
              k.offsets().elements() - 1,
              k.y().floats(),
              k.y().offset(),
              columns(k.y()),
              rows(k.x()));
      case FusedKernel.SegmentMeanBackward k ->
          RowTables.segmentMeanBackward(
              k.dy().floats(),
              k.dy().offset(),
              k.offsets().ints(),
              k.offsets().offset(),
              k.offsets().elements() - 1,
              k.dx().floats(),
              k.dx().offset(),
              columns(k.dx()),
              rows(k.dx()));
      case FusedKernel.AdamW k -> AdamWStep.run(k);
      case FusedKernel.AdamWOnDevice _, FusedKernel.JointNorm _, FusedKernel.SumByIndex _ -> {
        return false;
      }
      case FusedKernel.Dot k -> {
        double sum = dot(k.a(), k.b());
        if (k.out().storage() instanceof DoubleStorage d) {
          d.array()[k.out().offset()] = sum;
        } else {
          k.out().heap().setDouble(k.out().offset(), sum);
        }
      }
      case FusedKernel.Gram k -> gram(k);
    }
    return true;
  }

  /// Returns a view that tells the dtype of the kernel.
  private static View sample(FusedKernel kernel) {
    return switch (kernel) {
      case FusedKernel.Softmax k -> k.x();
      case FusedKernel.SoftmaxBackward k -> k.y();
      case FusedKernel.LayerNorm k -> k.x();
      case FusedKernel.LayerNormBackward k -> k.x();
      case FusedKernel.RmsNorm k -> k.x();
      case FusedKernel.RmsNormBackward k -> k.x();
      case FusedKernel.Rotary k -> k.x();
      case FusedKernel.Gelu k -> k.x();
      case FusedKernel.GeluBackward k -> k.x();
      case FusedKernel.CrossEntropy k -> k.logits();
      case FusedKernel.CrossEntropyBackward k -> k.logits();
      case FusedKernel.Attention k -> k.q();
      case FusedKernel.AttentionBackward k -> k.q();
      case FusedKernel.Dropout k -> k.x();
      case FusedKernel.SegmentMean k -> k.x();
      case FusedKernel.SegmentMeanBackward k -> k.dy();
      case FusedKernel.AdamW k -> k.slots().getFirst().parameter();
      case FusedKernel.AdamWOnDevice k -> k.numbers();
      case FusedKernel.JointNorm k -> k.squares();
      case FusedKernel.SumByIndex k -> k.indices();
      case FusedKernel.Dot k -> k.a();
      case FusedKernel.Gram k -> k.parts().getFirst();
    };
  }

  private static double dot(View a, View b) {
    return LongSums.dot(a.floats(), a.offset(), b.floats(), b.offset(), a.elements());
  }

  private static void gram(FusedKernel.Gram kernel) {
    HeapStorage out = kernel.out().heap();
    int n = kernel.vectors().size();
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = 0;
        for (int p = 0; p < kernel.vectors().get(i).size(); p++) {
          View a = kernel.vectors().get(i).get(p);
          View b = kernel.vectors().get(j).get(p);
          sum += a == null || b == null ? 0 : dot(a, b);
        }
        out.setDouble(kernel.out().offset() + i * n + j, sum);
        out.setDouble(kernel.out().offset() + j * n + i, sum);
      }
    }
  }

  private static int columns(View x) {
    return x.shape().rank() == 0 ? 1 : x.shape().size(-1);
  }

  private static int rows(View x) {
    int columns = columns(x);
    return columns == 0 ? 0 : x.elements() / columns;
  }

  private static void softmax(FusedKernel.Softmax k) {
    View x = k.x();
    View y = k.y();
    if (k.log()) {
      SoftmaxRows.logForward(rows(x), columns(x), x.floats(), x.offset(), y.floats(), y.offset());
    } else {
      SoftmaxRows.forward(rows(x), columns(x), x.floats(), x.offset(), y.floats(), y.offset());
    }
  }

  private static void softmaxBackward(FusedKernel.SoftmaxBackward k) {
    View y = k.y();
    View dy = k.dy();
    View dx = k.dx();
    if (k.log()) {
      SoftmaxRows.logBackward(
          rows(y),
          columns(y),
          y.floats(),
          y.offset(),
          dy.floats(),
          dy.offset(),
          dx.floats(),
          dx.offset());
    } else {
      SoftmaxRows.backward(
          rows(y),
          columns(y),
          y.floats(),
          y.offset(),
          dy.floats(),
          dy.offset(),
          dx.floats(),
          dx.offset());
    }
  }

  private static void gelu(FusedKernel.Gelu k) {
    float[] x = k.x().floats();
    int xo = k.x().offset();
    float[] y = k.y().floats();
    int yo = k.y().offset();
    boolean tanh = k.tanh();
    Ranges.run(
        k.x().elements(),
        2,
        (from, to) -> {
          if (tanh) {
            Rows.KERNELS.geluTanh(x, xo + from, y, yo + from, to - from);
          } else {
            Rows.KERNELS.gelu(x, xo + from, y, yo + from, to - from);
          }
        });
  }

  private static void geluBackward(FusedKernel.GeluBackward k) {
    float[] x = k.x().floats();
    int xo = k.x().offset();
    float[] dy = k.dy().floats();
    int dyo = k.dy().offset();
    float[] dx = k.dx().floats();
    int dxo = k.dx().offset();
    boolean tanh = k.tanh();
    Ranges.run(
        k.x().elements(),
        2,
        (from, to) -> {
          int n = to - from;
          if (tanh) {
            Rows.KERNELS.geluTanhBackward(x, xo + from, dy, dyo + from, dx, dxo + from, n);
          } else {
            Rows.KERNELS.geluBackward(x, xo + from, dy, dyo + from, dx, dxo + from, n);
          }
        });
  }

  private static void dropout(FusedKernel.Dropout k) {
    int n = columns(k.x());
    float[] x = k.x().floats();
    int xo = k.x().offset();
    float[] y = k.y().floats();
    int yo = k.y().offset();
    int threshold = DropoutMask.threshold(k.p());
    float scale = DropoutMask.scale(threshold);
    long seed = k.seed();
    int stream = k.stream();
    Ranges.run(
        rows(k.x()),
        n,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            int key = DropoutMask.rowKey(seed, stream, r);
            Dropout.apply(x, xo + r * n, y, yo + r * n, n, key, threshold, scale);
          }
        });
  }

  private static AttentionLayout layout(AttentionSpec s, View q, View k) {
    return new AttentionLayout(
        s.offsetsQ().elements() - 1,
        s.offsetsQ().ints(),
        s.offsetsQ().offset(),
        q.shape().size(0),
        s.offsetsK().ints(),
        s.offsetsK().offset(),
        k.shape().size(0),
        s.heads(),
        s.kvHeads(),
        s.headDim(),
        s.scale(),
        s.mask(),
        s.dropout(),
        s.seed(),
        s.stream());
  }

  /// Returns how far rows are apart.
  private static int ld(View x) {
    return x.shape().size(0) == 1 ? columns(x) : x.layout().stride(0);
  }

  private static void attention(FusedKernel.Attention k) {
    View q = k.q();
    View key = k.k();
    View v = k.v();
    Attention.forward(
        layout(k.spec(), q, key),
        q.floats(),
        q.offset(),
        ld(q),
        key.floats(),
        key.offset(),
        ld(key),
        v.floats(),
        v.offset(),
        ld(v),
        k.out().floats(),
        k.out().offset(),
        ld(k.out()),
        k.logSumExp().floats(),
        k.logSumExp().offset());
  }

  private static void attentionBackward(FusedKernel.AttentionBackward k) {
    View q = k.q();
    View key = k.k();
    View v = k.v();
    Attention.backward(
        layout(k.spec(), q, key),
        q.floats(),
        q.offset(),
        ld(q),
        key.floats(),
        key.offset(),
        ld(key),
        v.floats(),
        v.offset(),
        ld(v),
        k.out().floats(),
        k.out().offset(),
        ld(k.out()),
        k.logSumExp().floats(),
        k.logSumExp().offset(),
        k.dout().floats(),
        k.dout().offset(),
        ld(k.dout()),
        k.dq().floats(),
        k.dq().offset(),
        ld(k.dq()),
        k.dk().floats(),
        k.dk().offset(),
        ld(k.dk()),
        k.dv().floats(),
        k.dv().offset(),
        ld(k.dv()));
  }
}
