package org.espalier.cuda;

import org.espalier.DType;
import org.espalier.spi.FusedKernel.LayerNorm;
import org.espalier.spi.FusedKernel.LayerNormBackward;
import org.espalier.spi.FusedKernel.RmsNorm;
import org.espalier.spi.FusedKernel.RmsNormBackward;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Layer norm, RMS norm and their gradients: `norm.cu`.
final class Norms {
  /// Rows whose parts of the gradients of weight and bias are added up first.
  private static final int BLOCK_ROWS = 64;

  private static final int WARP = 32;

  private final CudaDevice device;
  private final Copies copies;
  private final Rows rows;

  /// What the gradients of both norms have in common.
  ///
  /// @param mean null of RMS norm, as is `dbias`
  private record Backward(
      String name,
      View dy,
      View x,
      @Nullable View mean,
      View rstd,
      View weight,
      View dx,
      View dweight,
      @Nullable View dbias) {}

  /// Names the kernels of a device.
  Norms(CudaDevice device, Copies copies) {
    this.device = device;
    this.copies = copies;
    rows = new Rows(device, "norm");
  }

  /// Runs layer norm.
  void forward(LayerNorm k) {
    if (k.x().elements() > 0) {
      rows.launch("layer_norm", k.mean().elements(), Rows.columns(k.x()))
          .f32(k.eps())
          .view(k.x())
          .view(k.weight())
          .view(k.bias())
          .view(k.y())
          .view(k.mean())
          .view(k.rstd())
          .run();
    }
  }

  /// Runs RMS norm.
  void forward(RmsNorm k) {
    if (k.x().elements() > 0) {
      rows.launch("rms_norm", k.rstd().elements(), Rows.columns(k.x()))
          .f32(k.eps())
          .view(k.x())
          .view(k.weight())
          .view(k.y())
          .view(k.rstd())
          .run();
    }
  }

  /// Computes the gradients of layer norm.
  void backward(LayerNormBackward k) {
    run(
        new Backward(
            "layer_norm_backward",
            k.dy(),
            k.x(),
            k.mean(),
            k.rstd(),
            k.weight(),
            k.dx(),
            k.dweight(),
            k.dbias()));
  }

  /// Computes the gradients of RMS norm.
  void backward(RmsNormBackward k) {
    run(
        new Backward(
            "rms_norm_backward",
            k.dy(),
            k.x(),
            null,
            k.rstd(),
            k.weight(),
            k.dx(),
            k.dweight(),
            null));
  }

  private void run(Backward b) {
    int count = Rows.rows(b.x);
    int columns = Rows.columns(b.x);
    if (b.x.elements() == 0) {
      copies.fill(b.dweight, 0);
      if (b.dbias != null) {
        copies.fill(b.dbias, 0);
      }
      return;
    }
    int blocks = Math.ceilDiv(count, BLOCK_ROWS);
    if (blocks == 1) {
      launch(b, count, columns, b.dweight, b.dbias);
      return;
    }
    View dweights = device.scratch(DType.F32, blocks * columns);
    View dbiases = b.dbias == null ? null : device.scratch(DType.F32, blocks * columns);
    try {
      launch(b, count, columns, dweights, dbiases);
      Launch add =
          rows.kernel("add_blocks")
              .grid(Math.ceilDiv(columns, WARP), b.dbias == null ? 1 : 2, 1, Launch.THREADS, 1, 1)
              .i32(blocks)
              .i32(columns)
              .view(dweights);
      optional(optional(add, dbiases).view(b.dweight), b.dbias).run();
    } finally {
      dweights.storage().release();
      if (dbiases != null) {
        dbiases.storage().release();
      }
    }
  }

  /// Launches what computes `dx`, and the sums over each block of rows.
  private void launch(Backward b, int count, int columns, View dweights, @Nullable View dbiases) {
    int blocks = Math.ceilDiv(count, BLOCK_ROWS);
    if (Rows.fitsWarp(columns)) {
      Kernel fused = rows.kernel(b.name + Rows.versionOfWarp(columns));
      finish(fused.grid(blocks, Launch.THREADS).i32(count).i32(columns), b, dweights, dbiases);
      return;
    }
    finish(rows.launch(b.name + "_long", false, count, columns), b, dweights, dbiases);
    Launch weights =
        rows.kernel(b.name + "_weights_long")
            .grid(Math.ceilDiv(columns, WARP), blocks, 1, Launch.THREADS, 1, 1);
    finish(weights.i32(count).i32(columns), b, dweights, dbiases);
  }

  private static void finish(Launch launch, Backward b, View dweights, @Nullable View dbiases) {
    optional(launch.view(b.dy).view(b.x), b.mean)
        .view(b.rstd)
        .view(b.weight)
        .view(b.dx)
        .view(dweights);
    optional(launch, dbiases).run();
  }

  private static Launch optional(Launch launch, @Nullable View view) {
    return view == null ? launch.address(0) : launch.view(view);
  }
}
