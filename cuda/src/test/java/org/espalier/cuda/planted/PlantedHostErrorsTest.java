package org.espalier.cuda.planted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.espalier.TensorException;
import org.espalier.cuda.OnSoftwareDevice;
import org.espalier.cuda.device.DeviceCounters;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.cuda.planted.HostChecks.HostCheck;
import org.espalier.testkit.Input;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Does the suite notice a wrong host? Errors are planted into the shipped Java sources, one at a
/// time: each must make a check fail that passes without it.
@Tag("software-device")
@ExtendWith(OnSoftwareDevice.class)
class PlantedHostErrorsTest {
  /// A device that nobody else has open: what breaks a context breaks it for all.
  private static final int ORDINAL = 3;

  /// Parts of a row, so that both operands of a product are copied for cuBLAS.
  private static final Check PRODUCT =
      Check.of(
          "product of what lies apart",
          1e-5,
          x -> x[0].select(2, 0).matmul(x[1].select(2, 1)),
          Input.normal(1, 8, 8, 2),
          Input.normal(2, 8, 8, 2));

  private static final Check SOFTMAX =
      Check.of("softmax", 1e-5, x -> x[0].softmax(), Input.normal(1, 3, 17));

  private static final Check SUM =
      Check.of("sum", 1e-5, x -> x[0].sum(1), Input.normal(1, 3, 5000));

  private static final Check REFUSED =
      Check.refused(
          "gather: index 9", x -> x[0].rows(x[1]), Input.normal(1, 9, 2), Input.ints(9, 1));

  private static HostCheck op(Check check) {
    return _ -> assertNull(check.complaint(TrialProvider.TRIAL));
  }

  /// An error, in words, and the check that must notice.
  private record Planted(String error, ChangedSource change, HostCheck check) {}

  private static final List<Planted> ERRORS =
      List.of(
          new Planted(
              "parameters in the wrong order",
              new ChangedSource(
                  "Softmaxes",
                  ".view(k.y())\n          .view(k.dy())",
                  ".view(k.dy())\n          .view(k.y())"),
              op(SOFTMAX)),
          new Planted(
              "one chunk too few",
              new ChangedSource("Reductions", "Math.ceilDiv(length, CHUNK))", "length / CHUNK)"),
              op(SUM)),
          new Planted(
              "a block that is never given back",
              new ChangedSource("Reductions", "results.storage().release();", ""),
              HostChecks::opsLeaveNothingBehind),
          new Planted(
              "a block that is given back before its last kernel",
              new ChangedSource(
                  "Products",
                  "return new Operand(copy, true);",
                  "flat.storage().release();\n    return new Operand(copy, false);"),
              op(PRODUCT)),
          new Planted(
              "memory that goes back to the driver while kernels use it",
              new ChangedSource("DeviceMemory", "stream.synchronize();\n    for (", "for ("),
              HostChecks::trimmingWaits),
          new Planted(
              "a copy that does not wait for those who read",
              new ChangedSource("Transfers", "uploads.await(computed);", ""),
              HostChecks::readersAreWaitedFor),
          new Planted(
              "memory in use that counts as idle",
              new ChangedSource("CudaStorage", "storage.used = true;", ""),
              HostChecks::readersAreWaitedFor),
          new Planted(
              "a block that comes back and counts as idle",
              new ChangedSource("DeviceMemory", "block.idleAfter = stream.submitted();", ""),
              HostChecks::aBlockThatComesBackIsIdle),
          new Planted(
              "kernels that do not wait for their copy",
              new ChangedSource("Transfers", "compute.await(arrived);", ""),
              HostChecks::readersAreWaitedFor),
          new Planted(
              "pinned memory that is written again too early",
              new ChangedSource(
                  "StagingRing",
                  "segment = segments[current];\n      await(segment);",
                  "segment = segments[current];"),
              HostChecks::pinnedMemoryGoesRound),
          new Planted(
              "a copy to the heap that is not waited for",
              new ChangedSource(
                  "StagingRing", "compute.synchronize();\n    for (Room", "for (Room"),
              HostChecks::readersAreWaitedFor),
          new Planted(
              "a list of parameters without an end",
              new ChangedSource(
                  "ParameterBlock",
                  "addresses.setAtIndex(ValueLayout.JAVA_LONG, types.size(), 0);",
                  ""),
              opened -> {
                op(SUM).run(opened);
                op(SOFTMAX).run(opened);
              }),
          new Planted(
              "words of errors that nobody reads",
              new ChangedSource("Transfers", "faults.fetch();\n      down", "down"),
              op(REFUSED)),
          new Planted(
              "blocks that outlive their device",
              new ChangedSource("DeviceMemory", "free(all);", ""),
              op(SUM)),
          new Planted(
              "pinned memory that outlives its device",
              new ChangedSource("StagingRing", "segment.memory.close();", ""),
              op(SUM)));

  @TempDir private Path folder;

  @BeforeAll
  static void twoDevices() {
    SoftwareDevice.get().devices(ORDINAL + 1);
  }

  @AfterAll
  static void oneDevice() {
    SoftwareDevice.get().devices(1);
  }

  @TestFactory
  Stream<DynamicTest> whatIsShippedPasses() {
    return IntStream.range(0, ERRORS.size())
        .mapToObj(i ->
            dynamicTest(
                "without " + ERRORS.get(i).error,
                () -> run(new ChangedModule(), ERRORS.get(i).check)));
  }

  @TestFactory
  Stream<DynamicTest> everyErrorIsCaught() {
    return IntStream.range(0, ERRORS.size())
        .mapToObj(i -> dynamicTest(ERRORS.get(i).error, () -> isCaught(i)));
  }

  private void isCaught(int i) throws IOException {
    Planted planted = ERRORS.get(i);
    Path own = Files.createDirectory(folder.resolve("error" + i));
    ChangedModule module = planted.change.compile(own);
    Throwable seen = assertThrows(Throwable.class, () -> run(module, planted.check));
    assertEquals(
        true, seen instanceof AssertionError || seen instanceof TensorException, () -> "" + seen);
  }

  /// Opens a device, runs a check and closes the device, which must leave nothing behind.
  private static void run(ChangedModule module, HostCheck check) {
    SoftwareDevice software = SoftwareDevice.get();
    DeviceCounters before = software.counters();
    ChangedModule.Opened opened = module.open(ORDINAL);
    try {
      TrialProvider.put(opened.backend());
      check.run(opened);
    } catch (AssertionError | RuntimeException e) {
      opened.closeEvenIfBroken();
      throw e;
    } finally {
      TrialProvider.put(null);
    }
    opened.close();
    DeviceCounters after = software.counters();
    assertEquals(before.liveAllocations(), after.liveAllocations(), "live allocations");
    assertEquals(before.liveHostAllocations(), after.liveHostAllocations(), "pinned memory");
  }
}
