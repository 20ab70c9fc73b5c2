package org.espalier.cuda;

import org.espalier.DType;
import org.espalier.TensorException;
import org.espalier.random.DropoutMask;
import org.espalier.spi.FusedKernel.Attention;
import org.espalier.spi.FusedKernel.AttentionBackward;
import org.espalier.spi.FusedKernel.AttentionMask;
import org.espalier.spi.FusedKernel.AttentionSpec;
import org.espalier.spi.Layout;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Attention and its gradients: `attention.cu` and `attention_backward.cu`. Offsets stay on the
/// device: grids are as large as any offsets may need, and wrong ones show at the next wait.
final class Attentions {
  /// Queries of a block, forward and backward, and keys of a block.
  private static final int QUERIES = 64;

  private static final int QUERIES_BACKWARD = 32;
  private static final int KEYS = 32;

  /// Columns of a head that a block has.
  private static final int HEAD = 64;

  private static final int THREADS_BACKWARD = 128;

  private final CudaDevice device;
  private final Kernel forward;
  private final Kernel ofQueries;
  private final Kernel ofKeys;

  /// Names the kernels of a device.
  Attentions(CudaDevice device) {
    this.device = device;
    forward = device.kernel("attention", "attention_forward");
    ofQueries = device.kernel("attention_backward", "attention_backward_queries");
    ofKeys = device.kernel("attention_backward", "attention_backward_keys");
  }

  /// The words in which a pass reports what is wrong with offsets and mask.
  ///
  /// @param seed the two words of the seed of dropout, 0 when the structure has it
  private record Words(long queries, long keys, long mask, long seed) {
    Launch add(Launch launch) {
      return launch.address(queries).address(keys).address(mask).address(seed);
    }
  }

  /// Computes the mixed values, and the log-sum-exp of each query.
  void forward(Attention k) {
    if (k.out().elements() == 0) {
      return;
    }
    AttentionSpec spec = k.spec();
    int[] problem = problem(spec, k.q(), k.k(), k.v());
    problem[Member.STEP_OUT] = step(k.out());
    int tiles = tiles(k.q(), spec.offsetsQ(), QUERIES);
    Launch launch =
        ragged(
                forward
                    .grid(tiles, spec.heads(), chunks(spec), Launch.THREADS, 1, 1)
                    .struct(problem)
                    .view(k.q())
                    .view(k.k())
                    .view(k.v()),
                spec)
            .view(k.out())
            .view(k.logSumExp());
    words(spec, k.q(), k.k()).add(launch).run();
  }

  /// Computes the gradients of queries, keys and values.
  void backward(AttentionBackward k) {
    AttentionSpec spec = k.spec();
    int[] problem = problem(spec, k.q(), k.k(), k.v());
    problem[Member.STEP_OUT] = step(k.out());
    problem[Member.STEP_DOUT] = step(k.dout());
    problem[Member.STEP_DQ] = step(k.dq());
    problem[Member.STEP_DK] = step(k.dk());
    problem[Member.STEP_DV] = step(k.dv());
    Words words = words(spec, k.q(), k.k());
    View states = device.scratch(DType.F32, 2 * k.q().shape().size(0) * spec.heads());
    try {
      if (k.dq().elements() > 0) {
        ofQueries(k, problem, words, states);
      }
      if (k.dk().elements() > 0) {
        ofKeys(k, problem, words, states);
      }
    } finally {
      states.storage().release();
    }
  }

  private void ofQueries(AttentionBackward k, int[] problem, Words words, View states) {
    AttentionSpec spec = k.spec();
    int tiles = tiles(k.q(), spec.offsetsQ(), QUERIES_BACKWARD);
    Launch launch =
        ragged(
                ofQueries
                    .grid(tiles, spec.heads(), chunks(spec), THREADS_BACKWARD, 1, 1)
                    .struct(problem)
                    .view(k.q())
                    .view(k.k())
                    .view(k.v()),
                spec)
            .view(k.out())
            .view(k.logSumExp())
            .view(k.dout())
            .view(k.dq())
            .view(states);
    words.add(launch).run();
  }

  private void ofKeys(AttentionBackward k, int[] problem, Words words, View states) {
    AttentionSpec spec = k.spec();
    int tiles = tiles(k.k(), spec.offsetsK(), KEYS);
    Launch launch =
        ragged(
                ofKeys
                    .grid(tiles, spec.kvHeads(), chunks(spec), THREADS_BACKWARD, 1, 1)
                    .struct(problem)
                    .view(k.q())
                    .view(k.k())
                    .view(k.v()),
                spec)
            .view(k.logSumExp())
            .view(k.dout())
            .view(states)
            .view(k.dk())
            .view(k.dv());
    words.add(launch).run();
  }

  /// Returns the most tiles that rows may fall into, whatever the offsets are: see `ragged.cuh`.
  private static int tiles(View rows, View offsets, int size) {
    return rows.shape().size(0) / size + offsets.elements() + 1;
  }

  private static int chunks(AttentionSpec spec) {
    return Math.ceilDiv(spec.headDim(), HEAD);
  }

  private static Launch ragged(Launch launch, AttentionSpec spec) {
    AttentionMask mask = spec.mask();
    return optional(
        optional(launch.view(spec.offsetsQ()).view(spec.offsetsK()), mask.prefixes()),
        mask.allowed());
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

  private Words words(AttentionSpec spec, View q, View k) {
    return new Words(
        SegmentMeans.expect(device, "attention: queries", q.shape().size(0)),
        SegmentMeans.expect(device, "attention: keys", k.shape().size(0)),
        spec.mask().allowed() == null ? 0 : expectMask(spec.mask().allowed()),
        spec.dropout() == 0 ? 0 : device.seedWords("the dropout of attention", spec.seed()));
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
