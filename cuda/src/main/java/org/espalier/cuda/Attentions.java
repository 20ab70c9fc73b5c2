package org.espalier.cuda;

import java.util.List;
import java.util.function.UnaryOperator;
import org.espalier.DType;
import org.espalier.TensorException;
import org.espalier.cuda.AttentionKernels.Part;
import org.espalier.random.DropoutMask;
import org.espalier.spi.FusedKernel.Attention;
import org.espalier.spi.FusedKernel.AttentionBackward;
import org.espalier.spi.FusedKernel.AttentionMask;
import org.espalier.spi.FusedKernel.AttentionSpec;
import org.espalier.spi.Layout;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Attention and its gradients, in one of several versions that take the same parameters. Offsets
/// stay on the device: grids are as large as any offsets may need, and wrong ones show at the next
/// wait.
final class Attentions {
  private final CudaDevice device;
  private final AttentionKernels inSingle;
  private final List<AttentionKernels> inBfloat16;

  /// Names the kernels of a device.
  Attentions(CudaDevice device) {
    this.device = device;
    inSingle = AttentionKernels.inSingle(device);
    inBfloat16 = AttentionKernels.inBfloat16(device);
  }

  /// Returns the kernels for heads of a width in the precision that the device multiplies in:
  /// tensor cores where it is [MatmulPrecision#MEDIUM], which older devices do not have, and where
  /// heads are not too wide for them.
  private AttentionKernels kernels(int headDim) {
    if (device.blas().precision() == MatmulPrecision.MEDIUM) {
      for (AttentionKernels kernels : inBfloat16) {
        if (headDim <= kernels.columns()) {
          return kernels;
        }
      }
    }
    return inSingle;
  }

  /// Computes the mixed values, and the log-sum-exp of each query.
  void forward(Attention k) {
    if (k.out().elements() == 0) {
      return;
    }
    AttentionKernels kernels = kernels(k.spec().headDim());
    var pass = new Pass(k.spec(), k.q(), k.k(), k.v());
    pass.problem[Member.STEP_OUT] = step(k.out());
    pass.overQueries(
        kernels.forward(), kernels.columns(), launch -> launch.view(k.out()).view(k.logSumExp()));
  }

  /// Computes the gradients of queries, keys and values.
  void backward(AttentionBackward k) {
    AttentionSpec spec = k.spec();
    AttentionKernels kernels = kernels(spec.headDim());
    var pass = new Pass(spec, k.q(), k.k(), k.v());
    pass.problem[Member.STEP_OUT] = step(k.out());
    pass.problem[Member.STEP_DOUT] = step(k.dout());
    pass.problem[Member.STEP_DQ] = step(k.dq());
    pass.problem[Member.STEP_DK] = step(k.dk());
    pass.problem[Member.STEP_DV] = step(k.dv());
    View states = device.scratch(DType.F32, 2 * k.q().shape().size(0) * spec.heads());
    try {
      if (k.dq().elements() > 0) {
        pass.overQueries(
            kernels.ofQueries(),
            kernels.columns(),
            launch ->
                launch.view(k.out()).view(k.logSumExp()).view(k.dout()).view(k.dq()).view(states));
      }
      if (k.dk().elements() > 0) {
        pass.overKeys(
            kernels.ofKeys(),
            kernels.columns(),
            launch ->
                launch.view(k.logSumExp()).view(k.dout()).view(states).view(k.dk()).view(k.dv()));
      }
    } finally {
      states.storage().release();
    }
  }

  /// What all kernels of a pass are given, in the order in which all of them take it.
  private final class Pass {
    private final AttentionSpec spec;
    private final View q;
    private final View k;
    private final View v;
    private final int[] problem;
    private final long faultQueries;
    private final long faultKeys;
    private final long faultMask;

    /// The two words of the seed of dropout; 0 when the structure has it.
    private final long seed;

    Pass(AttentionSpec spec, View q, View k, View v) {
      this.spec = spec;
      this.q = q;
      this.k = k;
      this.v = v;
      problem = problem(spec, q, k, v);
      faultQueries = SegmentMeans.expect(device, "attention: queries", q.shape().size(0));
      faultKeys = SegmentMeans.expect(device, "attention: keys", k.shape().size(0));
      faultMask = spec.mask().allowed() == null ? 0 : expectMask(spec.mask().allowed());
      seed = spec.dropout() == 0 ? 0 : device.seedWords("the dropout of attention", spec.seed());
    }

    /// Queues a kernel whose blocks have queries of a head.
    void overQueries(Part part, int columns, UnaryOperator<Launch> own) {
      run(part, tiles(q, spec.offsetsQ(), part.rows()), spec.heads(), columns, own);
    }

    /// Queues a kernel whose blocks have keys of a key head.
    void overKeys(Part part, int columns, UnaryOperator<Launch> own) {
      run(part, tiles(k, spec.offsetsK(), part.rows()), spec.kvHeads(), columns, own);
    }

    /// Queues a kernel.
    ///
    /// @param own adds what no other kernel takes in this place
    private void run(Part part, int tiles, int heads, int columns, UnaryOperator<Launch> own) {
      AttentionMask mask = spec.mask();
      Launch launch =
          part.kernel()
              .grid(tiles, heads, Math.ceilDiv(spec.headDim(), columns), part.threads(), 1, 1)
              .struct(problem)
              .view(q)
              .view(k)
              .view(v)
              .view(spec.offsetsQ())
              .view(spec.offsetsK());
      own.apply(optional(optional(launch, mask.prefixes()), mask.allowed()))
          .address(faultQueries)
          .address(faultKeys)
          .address(faultMask)
          .address(seed)
          .run();
    }
  }

  /// Returns the most tiles that rows may fall into, whatever the offsets are: see `ragged.cuh`.
  private static int tiles(View rows, View offsets, int size) {
    return rows.shape().size(0) / size + offsets.elements() + 1;
  }

  private static Launch optional(Launch launch, @Nullable View view) {
    return view == null ? launch.address(0) : launch.view(view);
  }

  /// Where members of the structure `Problem` in `attention.cuh` are.
  private static final class Member {
    private static final int STEP_OUT = 17;
    private static final int STEP_DOUT = 18;
    private static final int STEP_DQ = 19;
    private static final int STEP_DK = 20;
    private static final int STEP_DV = 21;
    private static final int MASK = 22;
    private static final int COUNT = 30;

    private Member() {}
  }

  /// Returns the structure `Problem`; the steps of outputs are left to the caller.
  private static int[] problem(AttentionSpec spec, View q, View k, View v) {
    int threshold = DropoutMask.threshold(spec.dropout());
    int sequences = spec.offsetsQ().elements() - 1;
    int[] first = {
      sequences,
      q.shape().size(0),
      k.shape().size(0),
      spec.heads(),
      spec.heads() / spec.kvHeads(),
      spec.headDim(),
      spec.mask().causal() ? 1 : 0,
      // What is farther than all rows hides nothing, and must not overflow.
      Math.min(spec.mask().window(), q.shape().size(0) + k.shape().size(0) + 1),
      Float.floatToRawIntBits((float) spec.scale()),
      threshold,
      Float.floatToRawIntBits(DropoutMask.scale(threshold)),
      (int) spec.seed(),
      (int) (spec.seed() >>> Integer.SIZE),
      spec.stream(),
      step(q),
      step(k),
      step(v)
    };
    int[] members = new int[Member.COUNT];
    System.arraycopy(first, 0, members, 0, first.length);
    View allowed = spec.mask().allowed();
    if (allowed != null && sequences > 0) {
      Layout lies = allowed.layout();
      members[Member.MASK] = sequences / lies.shape().size(0);
      members[Member.MASK + 1] = spec.heads() / lies.shape().size(1);
      members[Member.MASK + 2] = lies.shape().size(2);
      members[Member.MASK + 3] = lies.shape().size(3);
      for (int axis = 0; axis < 4; axis++) {
        members[Member.MASK + 4 + axis] = lies.stride(axis);
      }
    }
    return members;
  }

  /// Returns how far rows are apart.
  private static int step(View x) {
    return x.shape().size(0) == 1 ? x.shape().size(1) : x.layout().stride(0);
  }

  private long expectMask(View allowed) {
    return device
        .faults()
        .expect((sequence, length) ->
            new TensorException(
                "attention: the mask "
                    + allowed.shape()
                    + " does not cover sequence "
                    + sequence
                    + ", which has "
                    + length
                    + " queries or keys; the mask needs as many as the longest has"));
  }
}
