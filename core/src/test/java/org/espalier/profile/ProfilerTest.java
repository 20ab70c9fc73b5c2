package org.espalier.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.io.json.Json;
import org.espalier.meter.Meter;
import org.espalier.op.Attention;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("profiles what all threads do")
final class ProfilerTest {
  private static ProfileRow row(Profiler profile, String op, Phase phase) {
    return find(profile, op, phase)
        .orElseThrow(() -> new AssertionError(op + " " + phase + " not in\n" + profile.report()));
  }

  private static Optional<ProfileRow> find(Profiler profile, String op, Phase phase) {
    return profile.rows().stream().filter(r -> r.op().equals(op) && r.phase() == phase).findAny();
  }

  @Test
  void countsCallsOperationsAndBytesOfAProductForwardAndBackward() {
    Tensor a = Tensor.ones(3, 5).requireGrad();
    Tensor b = Tensor.ones(5, 7);
    try (Profiler profile = Profiler.start()) {
      a.matmul(b).sum().backward();
      a.matmul(b);
      ProfileRow forward = row(profile, "MatrixProduct", Phase.FORWARD);
      // two products by name, and the one that backward makes of b and the output's gradient, which
      // is one number broadcast
      assertEquals(3, forward.calls());
      assertEquals(3 * 2 * 3 * 5 * 7, forward.flops());
      assertEquals(4 * (2 * (15 + 35 + 21) + (1 + 35 + 15)), forward.bytes());
      assertEquals(3, forward.kernels());
      assertEquals(0, forward.delegated());
      ProfileRow backward = row(profile, "MatrixProduct", Phase.BACKWARD);
      assertEquals(1, backward.calls());
      assertEquals(0, backward.flops(), "they are in the product inside it");
    }
  }

  @Test
  void countsTheWeightsGradientWhereItIsAddedUp() {
    Tensor x = Tensor.ones(4, 6);
    Tensor w = Tensor.ones(5, 6).requireGrad();
    for (int pass = 0; pass < 2; pass++) {
      try (Profiler profile = Profiler.start()) {
        x.linear(w, null).sum().backward();
        long product = 2 * 4 * 5 * 6;
        assertEquals(product, row(profile, "Linear", Phase.FORWARD).flops());
        // the first gradient is a product of its own, the second is added into it in one kernel
        long inside =
            find(profile, "MatrixProduct", Phase.FORWARD).map(ProfileRow::flops).orElse(0L);
        assertEquals(pass == 0 ? product : 0, inside);
        assertEquals(pass == 0 ? 0 : product, row(profile, "Linear", Phase.BACKWARD).flops());
      }
    }
  }

  @Test
  void countsOnlyThePairsThatAttentionLooksAt() {
    Tensor q = Tensor.ones(5, 8).requireGrad();
    Tensor offsets = Tensor.of(new int[] {0, 2, 5});
    var full = new Attention(2, 2, 0.5, false, 0, 1, 1);
    try (Profiler profile = Profiler.start()) {
      full.apply(q, q, q, offsets, offsets).sum().backward();
      long pairs = 2 * 2 + 3 * 3;
      assertEquals(2 * 2 * pairs * 8, row(profile, "Attention", Phase.FORWARD).flops());
      assertEquals(5 * 2 * pairs * 8, row(profile, "Attention", Phase.BACKWARD).flops());
    }
    var causal = new Attention(2, 2, 0.5, true, 0, 1, 1);
    try (Profiler profile = Profiler.start()) {
      causal.apply(q, q, q, offsets, offsets);
      long pairs = 3 + 6;
      assertEquals(2 * 2 * pairs * 8, row(profile, "Attention", Phase.FORWARD).flops());
    }
    // fewer queries than keys, as with a cache: the last of them sees all
    try (Profiler profile = Profiler.start()) {
      Tensor two = Tensor.ones(2, 8);
      Tensor ends = Tensor.of(new int[] {0, 2});
      causal.apply(two, q, q, ends, Tensor.of(new int[] {0, 5}));
      assertEquals(2 * 2 * (4 + 5) * 8, row(profile, "Attention", Phase.FORWARD).flops());
    }
  }

  @Test
  @SuppressWarnings("try") // closed early to read what was measured
  void countsNothingTwiceWhenOpsLieInsideOps() {
    Tensor x = Tensor.ones(200, 300).requireGrad();
    Tensor w = Tensor.ones(100, 300).requireGrad();
    try (Profiler profile = Profiler.start()) {
      x.linear(w, null).gelu().softmax().sum().backward();
      profile.close();
      double sum = profile.rows().stream().mapToDouble(ProfileRow::seconds).sum();
      assertTrue(sum <= profile.seconds(), sum + " s in ops of " + profile.seconds());
      assertTrue(profile.rows().stream().allMatch(r -> r.seconds() >= 0));
    }
  }

  @Test
  void namesKernelsThatNoOpAskedFor() {
    Tensor x = Tensor.ones(10);
    try (Profiler profile = Profiler.start()) {
      x.addInPlace(Tensor.ones(10));
      assertEquals(1, row(profile, "ADD", Phase.KERNEL).calls());
      assertEquals(3 * 40, row(profile, "ADD", Phase.KERNEL).bytes());
      assertEquals(1, row(profile, "fill", Phase.KERNEL).calls());
    }
  }

  @Test
  void marksWhatTheReferenceBackendComputed() {
    Tensor x = Tensor.full(DType.F64, Device.CPU, Shape.of(4, 4), 2);
    try (Profiler profile = Profiler.start()) {
      x.matmul(x);
      ProfileRow row = row(profile, "MatrixProduct", Phase.FORWARD);
      assertEquals(1, row.delegated());
      assertTrue(profile.report().contains("1 of 1 kernels"), profile.report());
      Tensor y = Tensor.ones(4, 4);
      y.matmul(y);
      assertTrue(profile.report().contains("1 of 2 kernels"), profile.report());
    }
  }

  @Test
  void addsUpWhatSeveralThreadsDo() throws InterruptedException {
    try (Profiler profile = Profiler.start()) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Runnable work =
            () -> {
              try (Scope _ = Scope.open()) {
                Tensor x = Tensor.ones(8, 8);
                for (int n = 0; n < 50; n++) {
                  x.matmul(x);
                }
              }
            };
        threads.add(i % 2 == 0 ? Thread.ofPlatform().start(work) : Thread.ofVirtual().start(work));
      }
      for (Thread t : threads) {
        t.join();
      }
      assertEquals(200, row(profile, "MatrixProduct", Phase.FORWARD).calls());
      assertEquals(200 * 2 * 512, row(profile, "MatrixProduct", Phase.FORWARD).flops());
      assertTrue(profile.report().contains("on 4 threads"), profile.report());
    }
  }

  @Test
  void seesNothingBeforeItsStartAndAfterItsStop() {
    Tensor x = Tensor.ones(4, 4);
    x.exp();
    Profiler profile = Profiler.start();
    x.neg();
    profile.close();
    profile.close();
    assertFalse(Meter.isOn());
    double seconds = profile.seconds();
    x.abs();
    assertEquals(
        List.of("Neg"), profile.rows().stream().map(ProfileRow::op).toList(), profile.report());
    assertEquals(seconds, profile.seconds());
  }

  @Test
  void letsTwoProfilesRunAtOnce() {
    Tensor x = Tensor.ones(4, 4);
    try (Profiler outer = Profiler.start()) {
      x.neg();
      try (Profiler inner = Profiler.start()) {
        x.neg();
        assertEquals(1, row(inner, "Neg", Phase.FORWARD).calls());
      }
      x.neg();
      assertEquals(3, row(outer, "Neg", Phase.FORWARD).calls());
    }
  }

  @Test
  void staysInStepWhenAnOpFails() {
    Tensor x = Tensor.ones(2, 3);
    Tensor bad = Tensor.of(new int[] {5});
    try (Profiler profile = Profiler.start()) {
      assertThrows(TensorException.class, () -> x.rows(bad));
      x.addInPlace(x.copy());
      assertEquals(1, row(profile, "ADD", Phase.KERNEL).calls(), "no op is open any more");
    }
  }

  @Test
  void changesNoBits() {
    Tensor x = Tensor.of(new float[] {0.1f, -2, 3, 0.7f}, 2, 2).requireGrad();
    Tensor plain = Autograd.of(x.gelu().matmul(x).softmax().square().sum()).gradients(x)[0];
    try (Profiler _ = Profiler.start()) {
      Tensor seen = Autograd.of(x.gelu().matmul(x).softmax().square().sum()).gradients(x)[0];
      assertTrue(plain.allClose(seen, 0, 0));
    }
  }

  @Test
  @SuppressWarnings("try") // closed early to read what was measured
  void printsATableSortedByTimeAndTheSameAsJson() {
    Tensor x = Tensor.ones(64, 64).requireGrad();
    try (Profiler profile = Profiler.start()) {
      x.matmul(x).exp().sum().backward();
      profile.close();
      List<ProfileRow> rows = profile.rows();
      for (int i = 1; i < rows.size(); i++) {
        assertTrue(rows.get(i - 1).seconds() >= rows.get(i).seconds());
      }
      String table = profile.toString();
      assertTrue(table.contains("MatrixProduct"), table);
      String exp = table.lines().filter(l -> l.contains("Exp ")).findFirst().orElseThrow();
      assertTrue(exp.contains(" - "), "no operations are counted for exp: " + exp);
      var json = Json.parseObject("profile", profile.json());
      assertEquals(rows.size(), json.array("rows").size());
      assertEquals(rows.getFirst().op(), json.array("rows").object(0).string("op"));
      assertEquals(rows.getFirst().flops(), json.array("rows").object(0).whole("flops"));
    }
  }
}
