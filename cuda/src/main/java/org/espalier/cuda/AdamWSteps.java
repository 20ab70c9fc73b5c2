package org.espalier.cuda;

import java.util.ArrayList;
import java.util.List;
import org.espalier.DType;
import org.espalier.TensorException;
import org.espalier.spi.FusedKernel.AdamW;
import org.espalier.spi.FusedKernel.AdamWOnDevice;
import org.espalier.spi.FusedKernel.AdamWSlot;
import org.espalier.spi.FusedKernel.JointNorm;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Steps of AdamW: `adamw.cu`. All dense gradients go in as few launches as hold their addresses.
final class AdamWSteps {
  private static final int MOST_SLOTS = 64;
  private static final int CHUNK = 2048;
  private static final int WARP = 32;

  /// Addresses of a slot, its elements, its first block and its number, in ints.
  private static final int SLOT_INTS = 12;

  private final CudaDevice device;
  private final Scans scans;
  private final Indexing indexing;
  private final Kernel dense;
  private final Kernel sparse;
  private final Kernel norm;

  /// The numbers of a step.
  private static final class Step {
    /// Of the structure that kernels take.
    final int[] members;

    /// The address of those of each slot; 0 when the structure has them.
    final long numbers;

    /// The address of the factor of gradients; 0 likewise.
    final long scale;

    Step(int[] members, long numbers, long scale) {
      this.members = members;
      this.numbers = numbers;
      this.scale = scale;
    }
  }

  /// A slot and its place among all.
  private record Numbered(AdamWSlot slot, int number) {}

  /// Names the kernels of a device.
  AdamWSteps(CudaDevice device, Scans scans, Indexing indexing) {
    this.device = device;
    this.scans = scans;
    this.indexing = indexing;
    dense = device.kernel("adamw", "adamw_dense");
    sparse = device.kernel("adamw", "adamw_rows");
    norm = device.kernel("adamw", "joint_norm");
  }

  /// Moves the parameters and both moments of each slot; nothing moves when an index is wrong.
  void run(AdamW k) {
    int[] members =
        members(
            k.gradientScale(),
            k.decay(),
            k.beta1(),
            k.beta2(),
            k.stepSize(),
            k.correction2(),
            k.eps());
    run(k.slots(), new Step(members, 0, 0));
  }

  /// The same where the numbers lie on the device.
  void run(AdamWOnDevice k) {
    int[] members = members(0, 0, k.beta1(), k.beta2(), 0, 0, k.eps());
    long numbers = CudaStorage.address(k.numbers(), device);
    run(k.slots(), new Step(members, numbers, CudaStorage.address(k.gradientScale(), device)));
  }

  /// Computes the norm of all gradients and the factor that clips it.
  void run(JointNorm k) {
    norm.grid(1, WARP)
        .i32(k.squares().elements())
        .f64(k.maxNorm())
        .view(k.squares())
        .view(k.out())
        .run();
  }

  private void run(List<AdamWSlot> slots, Step step) {
    long fault = 0;
    for (AdamWSlot slot : slots) {
      @Nullable View rows = slot.rows();
      if (rows != null && rows.elements() > 0) {
        fault = fault == 0 ? device.faults().expect(AdamWSteps::outside) : fault;
        indexing.check(rows, slot.parameter().shape().size(0), fault);
      }
    }
    List<Numbered> batch = new ArrayList<>();
    for (int i = 0; i < slots.size(); i++) {
      AdamWSlot slot = slots.get(i);
      if (slot.rows() != null) {
        moveRows(new Numbered(slot, i), slot.rows(), step, fault);
      } else if (slot.parameter().elements() > 0) {
        batch.add(new Numbered(slot, i));
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
  private static int[] members(
      double scale,
      double decay,
      double beta1,
      double beta2,
      double stepSize,
      double correction2,
      double eps) {
    double[] numbers = {
      scale, decay, stepSize, correction2, beta1, 1 - beta1, beta2, 1 - beta2, eps
    };
    int[] members = new int[numbers.length];
    for (int i = 0; i < members.length; i++) {
      members[i] = Float.floatToRawIntBits((float) numbers[i]);
    }
    return members;
  }

  private void moveAll(List<Numbered> slots, Step step, long fault) {
    int[] members = new int[2 + MOST_SLOTS * SLOT_INTS];
    members[0] = slots.size();
    int block = 0;
    int at = 2;
    for (Numbered numbered : slots) {
      AdamWSlot slot = numbered.slot;
      View[] views = {slot.parameter(), slot.gradient(), slot.firstMoment(), slot.secondMoment()};
      for (View view : views) {
        long address = CudaStorage.address(view, device);
        members[at++] = (int) address;
        members[at++] = (int) (address >>> Integer.SIZE);
      }
      members[at++] = slot.parameter().elements();
      members[at++] = block;
      members[at] = numbered.number;
      at += 2;
      block += Math.ceilDiv(slot.parameter().elements(), CHUNK);
    }
    dense
        .grid(block, Launch.THREADS)
        .struct(members)
        .struct(step.members)
        .address(step.numbers)
        .address(step.scale)
        .address(fault)
        .run();
  }

  private void moveRows(Numbered numbered, View rows, Step step, long fault) {
    AdamWSlot slot = numbered.slot;
    int count = rows.elements();
    if (count == 0 || slot.gradient().elements() == 0) {
      return;
    }
    View order = device.scratch(DType.I64, count);
    try {
      scans.argSort(rows, 0, false, order);
      sparse
          .grid(Math.min(count, device.fullGrid()), Launch.THREADS)
          .struct(step.members)
          .i32(numbered.number)
          .address(step.numbers)
          .address(step.scale)
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
