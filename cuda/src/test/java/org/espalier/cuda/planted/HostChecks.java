package org.espalier.cuda.planted;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.espalier.DType;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.spi.Backend;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.Storage;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;

/// What tests of the host's side do, in small. Streams of the software device are lazy: nothing
/// runs before something waits, so what is used too early or too late is seen.
final class HostChecks {
  private static final int N = 100_000;

  /// So many copies need more than the pinned memory has.
  private static final int MANY = 16;

  private HostChecks() {}

  /// Runs on a device that was opened for it.
  interface HostCheck {
    /// Throws when something is wrong.
    void run(ChangedModule.Opened opened);
  }

  private static View take(Backend backend) {
    Storage storage = backend.allocate(DType.F32, N);
    storage.retain();
    return new View(storage, Layout.contiguous(Shape.of(N)));
  }

  private static FloatStorage host(float value) {
    float[] values = new float[N];
    Arrays.fill(values, value);
    return new FloatStorage(values, N, null);
  }

  private static void assertHolds(Backend backend, View x, float value) {
    FloatStorage back = host(0);
    backend.read(x, back);
    assertArrayEquals(host(value).array(), back.array());
  }

  /// Writes elsewhere until the pinned memory is used up, and copies to the device are waited for:
  /// but not the kernels, which still wait to run.
  private static void copiesGoAhead(Backend backend) {
    View other = take(backend);
    for (int i = 0; i < MANY; i++) {
      backend.write(host(i), other);
    }
  }

  /// A kernel sees what was written for it, not what is written next.
  static void readersAreWaitedFor(ChangedModule.Opened opened) {
    Backend backend = opened.backend();
    View x = take(backend);
    View y = take(backend);
    backend.write(host(1), x);
    backend.unary(UnaryKernel.NEG, x, y);
    backend.write(host(5), x);
    copiesGoAhead(backend);
    assertHolds(backend, y, -1);
    assertHolds(backend, x, 5);
  }

  /// The next owner of a block does not write it under the last one's kernels.
  static void aBlockThatComesBackIsIdle(ChangedModule.Opened opened) {
    Backend backend = opened.backend();
    View x = take(backend);
    View y = take(backend);
    backend.write(host(1), x);
    backend.unary(UnaryKernel.NEG, x, y);
    x.storage().release();
    View again = take(backend);
    backend.write(host(7), again);
    copiesGoAhead(backend);
    assertHolds(backend, y, -1);
    assertHolds(backend, again, 7);
  }

  /// Pinned memory is used again only when the copy before is done.
  static void pinnedMemoryGoesRound(ChangedModule.Opened opened) {
    Backend backend = opened.backend();
    View[] there = new View[MANY];
    for (int i = 0; i < MANY; i++) {
      there[i] = take(backend);
      backend.write(host(i), there[i]);
    }
    for (int i = 0; i < MANY; i++) {
      assertHolds(backend, there[i], i);
    }
  }

  /// Memory goes back to the driver when the kernels that use it are done.
  static void trimmingWaits(ChangedModule.Opened opened) {
    Backend backend = opened.backend();
    View x = take(backend);
    View y = take(backend);
    backend.write(host(1), x);
    backend.unary(UnaryKernel.NEG, x, y);
    x.storage().release();
    opened.trim();
    assertHolds(backend, y, -1);
  }

  /// An op leaves no block behind but its result's, which its scope gives back.
  static void opsLeaveNothingBehind(ChangedModule.Opened opened) {
    long before = opened.liveBlocks();
    for (int i = 0; i < 20; i++) {
      try (Scope _ = Scope.open()) {
        Tensor x = Tensor.ones(2, 5000).to(TrialProvider.TRIAL);
        assertEquals(5000, x.sum(1).toDoubleArray()[1]);
      }
    }
    assertEquals(before, opened.liveBlocks(), "live blocks");
  }
}
