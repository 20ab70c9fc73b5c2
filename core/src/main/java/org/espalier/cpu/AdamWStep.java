package org.espalier.cpu;

import java.util.HashMap;
import java.util.Map;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.View;

/// A step of AdamW (Loshchilov, Hutter 2019) on f32 tensors.
final class AdamWStep {
  /// Shares of a table's rows.
  private static final int SHARES = 16;

  private final float scale;
  private final float decay;
  private final float beta1;
  private final float rest1;
  private final float beta2;
  private final float rest2;
  private final float step;
  private final float correction2;
  private final float eps;

  private AdamWStep(FusedKernel.AdamW k) {
    scale = (float) k.gradientScale();
    decay = (float) k.decay();
    beta1 = (float) k.beta1();
    rest1 = (float) (1 - k.beta1());
    beta2 = (float) k.beta2();
    rest2 = (float) (1 - k.beta2());
    step = (float) k.stepSize();
    correction2 = (float) k.correction2();
    eps = (float) k.eps();
  }

  /// Moves all slots; the indices of all of them are checked before anything moves.
  static void run(FusedKernel.AdamW kernel) {
    AdamWStep step = new AdamWStep(kernel);
    for (FusedKernel.AdamWSlot slot : kernel.slots()) {
      View rows = slot.rows();
      if (rows != null) {
        int table = slot.parameter().shape().size(0);
        RowTables.check("AdamW", rows.ints(), rows.offset(), 1, rows.elements(), table);
      }
    }
    for (FusedKernel.AdamWSlot slot : kernel.slots()) {
      View rows = slot.rows();
      if (rows == null) {
        step.dense(slot);
      } else {
        step.sparse(slot, rows);
      }
    }
  }

  private void dense(FusedKernel.AdamWSlot slot) {
    float[] p = slot.parameter().floats();
    float[] g = slot.gradient().floats();
    float[] m = slot.firstMoment().floats();
    float[] v = slot.secondMoment().floats();
    int po = slot.parameter().offset();
    int go = slot.gradient().offset();
    int mo = slot.firstMoment().offset();
    int vo = slot.secondMoment().offset();
    Ranges.run(
        slot.parameter().elements(),
        1,
        (from, to) -> move(p, po + from, g, go + from, m, mo + from, v, vo + from, to - from));
  }

  private void sparse(FusedKernel.AdamWSlot slot, View rows) {
    int count = rows.elements();
    if (count == 0) {
      return;
    }
    int[] index = rows.ints();
    int io = rows.offset();
    if (isAscending(index, io, count)) {
      sparse(slot, index, io, count, slot.gradient().floats(), slot.gradient().offset());
      return;
    }
    // Rows that come again are added to the first of them.
    Map<Integer, Integer> places = HashMap.newHashMap(count);
    float[] g = slot.gradient().floats();
    int go = slot.gradient().offset();
    int width = slot.gradient().elements() / count;
    float[] sums = new float[count * width];
    int[] distinct = new int[count];
    for (int i = 0; i < count; i++) {
      int next = places.size();
      int place = places.computeIfAbsent(index[io + i], _ -> next);
      distinct[place] = index[io + i];
      for (int j = 0; j < width; j++) {
        sums[place * width + j] += g[go + i * width + j];
      }
    }
    sparse(slot, distinct, 0, places.size(), sums, 0);
  }

  private static boolean isAscending(int[] index, int from, int count) {
    for (int i = 1; i < count; i++) {
      if (index[from + i - 1] >= index[from + i]) {
        return false;
      }
    }
    return true;
  }

  /// Moves rows that are all different.
  private void sparse(
      FusedKernel.AdamWSlot slot, int[] index, int io, int count, float[] g, int go) {
    float[] p = slot.parameter().floats();
    float[] m = slot.firstMoment().floats();
    float[] v = slot.secondMoment().floats();
    int po = slot.parameter().offset();
    int mo = slot.firstMoment().offset();
    int vo = slot.secondMoment().offset();
    int width = slot.parameter().elements() / slot.parameter().shape().size(0);
    Ranges.run(
        SHARES,
        (long) count * width / SHARES,
        (from, to) -> {
          for (int i = 0; i < count; i++) {
            int row = index[io + i];
            int share = row % SHARES;
            if (share >= from && share < to) {
              int at = row * width;
              move(p, po + at, g, go + i * width, m, mo + at, v, vo + at, width);
            }
          }
        });
  }

  private void move(
      float[] p, int po, float[] g, int go, float[] m, int mo, float[] v, int vo, int n) {
    Rows.KERNELS.adamW(
        p,
        po,
        g,
        go,
        m,
        mo,
        v,
        vo,
        n,
        scale,
        decay,
        beta1,
        rest1,
        beta2,
        rest2,
        step,
        correction2,
        eps);
  }
}
