package org.espalier.cuda.planted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.espalier.cuda.OnSoftwareDevice;
import org.espalier.cuda.device.SoftwareDevice;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/// Does the suite notice a wrong kernel? In the shipped PTX of every kernel that the checks launch,
/// each barrier is left out, each number that the kernel is given is made one too large and one too
/// small, and each two neighbours of one type among its parameters are exchanged. Each of these
/// errors, alone, must make a check fail that passes without it, and for a barrier the device must
/// have seen the race.
@Tag("software-device")
@ExtendWith(OnSoftwareDevice.class)
class PlantedKernelErrorsTest {
  private static final String EXACT = "espalier.cuda.memory";
  private static final String PRECISION = "espalier.cuda.matmulPrecision";
  private static final String RACE = "race";

  /// A device that nobody else has open: what breaks a context breaks it for all.
  private static final int ORDINAL = 3;

  private static final long IMPATIENT = 3_000_000;
  private static final long PATIENT = 200_000_000;
  private static final Pattern ENTRY = Pattern.compile("\\.entry (\\w+)\\(");

  /// What changes no result, by kernel.
  private static final Map<String, Set<String>> HARMLESS = new TreeMap<>();

  static {
    // Nothing stands before the first barrier, or nobody else touches what is behind the last one.
    harmless("attention_forward", "no barrier 1 of 4");
    harmless("attention_backward_queries attention_backward_keys", "no barrier 1 of 6");
    harmless("attention_bf16_forward_128", "no barrier 1 of 5");
    harmless("attention_bf16_backward_queries_128", "no barrier 1 of 5");
    harmless("attention_bf16_backward_keys_128", "no barrier 1 of 4");
    harmless("layer_norm_backward_warp8", "no barrier 1 of 32");
    harmless("segment_mean segment_mean_backward", "no barrier 1 of 2");
    harmless("sum_f32 arg_max_f32", "no barrier 3 of 3");
    // Two joins of lanes take turns: the barriers of one keep the other's rounds apart.
    harmless("softmax_block8 softmax_long", "no barrier 1 of 4", "no barrier 3 of 4");
    harmless("cross_entropy_block8", "no barrier 1 of 6", "no barrier 3 of 6");
    // Chunks of another length, and threads dealt in another way, add up the same.
    harmless("sum_f32 arg_max_f32", "parameter 4 off by 1", "parameter 4 off by -1");
    harmless("sum_f32 arg_max_f32", "parameter 7 off by 1", "parameter 7 off by -1");
    harmless("segment_mean_backward", "parameter 3 off by 1", "parameter 3 off by -1");
    // One element more is the first once more: places are found by division, and wrap around.
    harmless("move_32 move_64 gather_32_i32 check_i32", "parameter 1 off by 1");
    harmless("cumulate_f32", "parameter 1 off by 1"); // the grid ends before
    // Both are the same here, or only what is wrong makes them differ.
    harmless("write_order", "parameters 1 and 2 exchanged"); // as many places as elements
    harmless("multiply_i32", "parameters 8 and 9 exchanged"); // steps of a start that is not there
    harmless("rms_norm_backward_weights_long", "parameters 2 and 3 exchanged"); // factors
    harmless("sum_f32_i32", "parameter 3 off by 1", "parameters 3 and 4 exchanged");
    harmless("sum_f32_i32", "parameter 7 off by 1", "parameter 7 off by -1"); // out begins with 0
    // What is wrong is refused before backward: it has no faults, and no words of a seed.
    String[] faults = {"parameters 14 and 15 exchanged", "parameters 15 and 16 exchanged"};
    harmless("attention_backward_queries attention_backward_keys", faults);
    harmless("attention_bf16_backward_queries_128 attention_bf16_backward_keys_128", faults);
    harmless(
        "attention_backward_queries attention_bf16_backward_queries_128",
        "parameters 13 and 14 exchanged");
  }

  /// Other instances of templates, of which little runs at the sizes of the checks.
  private static final Set<String> ELSEWHERE = Set.of("sum_f64");

  private static void harmless(String kernels, String... errors) {
    for (String kernel : kernels.split(" ", -1)) {
      HARMLESS.computeIfAbsent(kernel, _ -> new TreeSet<>()).addAll(List.of(errors));
    }
  }

  private final ChangedModule module = new ChangedModule();
  private int barriers;
  private int planted;

  @BeforeAll
  static void aSmallSecondDevice() {
    SoftwareDevice device = SoftwareDevice.get();
    device.devices(ORDINAL + 1);
    device.multiprocessors(1);
    device.patience(IMPATIENT);
    System.setProperty(EXACT, "exact");
  }

  @AfterAll
  static void asItWas() {
    SoftwareDevice device = SoftwareDevice.get();
    device.devices(1);
    device.multiprocessors(4);
    device.patience(PATIENT);
    System.clearProperty(EXACT);
    System.clearProperty(PRECISION);
  }

  @TestFactory
  Stream<DynamicTest> everyErrorIsCaught() throws IOException {
    Map<String, String> families = families();
    Map<String, List<Check>> checks = new TreeMap<>();
    List<DynamicTest> tests = new ArrayList<>();
    for (Check check : Checks.all()) {
      SoftwareDevice.get().resetCounters();
      String complaint = complaint(check);
      tests.add(dynamicTest(check + " as shipped", () -> assertNull(complaint)));
      for (String kernel : SoftwareDevice.get().counters().kernels().keySet()) {
        if (families.containsKey(kernel) && !ELSEWHERE.contains(kernel)) {
          checks.computeIfAbsent(kernel, _ -> new ArrayList<>()).add(check);
        }
      }
    }
    assertTrue(checks.keySet().containsAll(HARMLESS.keySet()), "every kernel named is launched");
    checks.forEach((kernel, some) -> {
      KernelText text = new KernelText(Objects.requireNonNull(families.get(kernel)), kernel);
      tests.add(dynamicTest(kernel + " with errors", () -> errors(text, some)));
    });
    tests.add(dynamicTest("there were errors to catch", () -> enough(checks.size())));
    return tests.stream();
  }

  private void enough(int kernels) {
    String found =
        kernels
            + " kernels, "
            + barriers
            + " barriers, "
            + planted
            + " parameters off or exchanged";
    assertTrue(kernels >= 40 && barriers >= 115 && planted >= 400, found);
  }

  private static Map<String, String> families() throws IOException {
    Map<String, String> families = new HashMap<>();
    try (var files = Files.list(ChangedModule.shipped().resolve("org/espalier/cuda/ptx"))) {
      for (Path file : files.toList()) {
        String family = file.getFileName().toString().replace(".ptx", "");
        ENTRY
            .matcher(ChangedModule.ptx(family))
            .results()
            .forEach(entry -> families.put(entry.group(1), family));
      }
    }
    return families;
  }

  private void errors(KernelText kernel, List<Check> checks) {
    Set<String> missed = new TreeSet<>();
    for (KernelText.Wrong wrong : kernel.withoutABarrier()) {
      barriers++;
      String complaint = complaint(wrong, checks);
      if (complaint == null) {
        missed.add(wrong.error());
      } else {
        String seen = SoftwareDevice.get().describe();
        assertTrue(complaint.contains("LAUNCH_FAILED"), wrong + ": " + complaint);
        assertTrue(seen.contains(RACE), wrong + ": " + seen);
      }
    }
    List<KernelText.Wrong> others = new ArrayList<>(kernel.offByOne());
    others.addAll(kernel.withParametersExchanged());
    for (KernelText.Wrong wrong : others) {
      planted++;
      if (complaint(wrong, checks) == null) {
        missed.add(wrong.error());
      }
    }
    assertEquals(HARMLESS.getOrDefault(kernel.kernel(), Set.of()), missed);
  }

  private @Nullable String complaint(KernelText.Wrong wrong, List<Check> checks) {
    module.changePtx(wrong.family(), wrong.text());
    try {
      for (Check check : checks) {
        String complaint = complaint(check);
        if (complaint != null) {
          return complaint;
        }
      }
      return null;
    } finally {
      module.restore();
    }
  }

  private @Nullable String complaint(Check check) {
    System.setProperty(PRECISION, check.precision());
    ChangedModule.Opened opened = module.open(ORDINAL);
    try {
      TrialProvider.put(opened.backend());
      return check.complaint(TrialProvider.TRIAL);
    } finally {
      TrialProvider.put(null);
      opened.closeEvenIfBroken();
    }
  }
}
