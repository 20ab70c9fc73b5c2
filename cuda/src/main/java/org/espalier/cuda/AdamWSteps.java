package org.espalier.cuda;

import java.util.ArrayList;
import java.util.List;
import org.espalier.DType;
import org.espalier.TensorException;
import org.espalier.spi.FusedKernel.AdamW;
import org.espalier.spi.FusedKernel.AdamWSlot;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Steps of AdamW: `adamw.cu`. All dense gradients go in as few launches as hold their addresses.
final class AdamWSteps {
  private static final int MOST_SLOTS = 64;
  private static final int CHUNK = 2048;

  /// Addresses of a slot, its elements and its first block, in ints.
  private static final int SLOT_INTS = 10;

  private final CudaDevice device;
  private final Scans scans;
  private final Indexing indexing;
  private final Kernel dense;
  private final Kernel sparse;

  /// Names the kernels of a device.
  AdamWSteps(CudaDevice device, Scans scans, Indexing indexing) {
    this.device = device;
    this.scans = scans;
    this.indexing = indexing;
    dense = device.kernel("adamw", "adamw_dense");
    sparse = device.kernel("adamw", "adamw_rows");
  }

  /// Moves the parameters and both moments of each slot; nothing moves when an index is wrong.
  void run(AdamW kernel) {
    long fault = 0;
    for (AdamWSlot slot : kernel.slots()) {
      @Nullable View rows = slot.rows();
      if (rows != null && rows.elements() > 0) {
        fault = fault == 0 ? device.faults().expect(AdamWSteps::outside) : fault;
        indexing.check(rows, slot.parameter().shape().size(0), fault);
      }
    }
    int[] step = step(kernel);
    List<AdamWSlot> batch = new ArrayList<>();
    for (AdamWSlot slot : kernel.slots()) {
      if (slot.rows() != null) {
        moveRows(slot, slot.rows(), step, fault);
      } else if (slot.parameter().elements() > 0) {
        batch.add(slot);
        if (batch.size() == MOST_SLOTS) {
          moveAll(batch, step, fault);
          batch.clear();
        }
      }
    }
    if (!batch.isEmpty()) {
      moveAll(batch, step, fault);
    }
  }

  private static TensorException outside(int place, int index) {
    return new TensorException(
        "AdamW: index " + index + " at place " + place + " is outside the table that it moves");
  }

  /// Returns the members of the structure of a step.
  private static int[] step(AdamW k) {
    double[] numbers = {
      k.gradientScale(),
      k.decay(),
      k.beta1(),
      1 - k.beta1(),
      k.beta2(),
      1 - k.beta2(),
      k.stepSize(),
      k.correction2(),
      k.eps()
    };
    int[] members = new int[numbers.length];
    for (int i = 0; i < members.length; i++) {
      members[i] = Float.floatToRawIntBits((float) numbers[i]);
    }
    return members;
  }

  private void moveAll(List<AdamWSlot> slots, int[] step, long fault) {
    int[] members = new int[2 + MOST_SLOTS * SLOT_INTS];
    members[0] = slots.size();
    int block = 0;
    int at = 2;
    for (AdamWSlot slot : slots) {
      View[] views = {slot.parameter(), slot.gradient(), slot.firstMoment(), slot.secondMoment()};
      for (View view : views) {
        long address = CudaStorage.address(view, device);
        members[at++] = (int) address;
        members[at++] = (int) (address >>> Integer.SIZE);
      }
      members[at++] = slot.parameter().elements();
      members[at++] = block;
      block += Math.ceilDiv(slot.parameter().elements(), CHUNK);
    }
    dense.grid(block, Launch.THREADS).struct(members).struct(step).address(fault).run();
  }

  private void moveRows(AdamWSlot slot, View rows, int[] step, long fault) {
    int count = rows.elements();
    if (count == 0 || slot.gradient().elements() == 0) {
      return;
    }
    View order = device.scratch(DType.I64, count);
    try {
      scans.argSort(rows, 0, false, order);
      sparse
          .grid(Math.min(count, device.fullGrid()), Launch.THREADS)
          .struct(step)
          .i32(count)
          .i32(slot.gradient().elements() / count)
          .view(rows)
          .view(order)
          .view(slot.gradient())
          .view(slot.parameter())
          .view(slot.firstMoment())
          .view(slot.secondMoment())
          .address(fault)
          .run();
    } finally {
      order.storage().release();
    }
  }
}
