package org.espalier.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files that lie.
class SafetensorsHostileTest {
  private static final String GOOD =
      """
      {"__metadata__":{"k":"v"},\
      "a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},\
      "b":{"dtype":"I64","shape":[1,1],"data_offsets":[8,16]}}\
      """;

  private static byte[] file(String header, int dataBytes) {
    var json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  private static String faultOf(byte[] bytes) {
    var e =
        assertThrows(
            FormatException.class,
            () -> Safetensors.of("evil.safetensors", MemorySegment.ofArray(bytes)));
    assertEquals("evil.safetensors", e.source());
    return e.fault();
  }

  @Test
  void refusesAFileCutAnywhere() {
    var good = file(GOOD, 16);
    assertEquals(2, Safetensors.of("good", MemorySegment.ofArray(good)).names().size());
    for (int length = 0; length < good.length; length++) faultOf(Arrays.copyOf(good, length));
    assertEquals("1 bytes follow the last tensor", faultOf(Arrays.copyOf(good, good.length + 1)));
  }

  @ParameterizedTest
  @CsvSource({"1099511627776", "-1", "-9223372036854775808", "9223372036854775807", "100000001"})
  void refusesAHeaderThatClaimsMoreThanTheFormatAllows(long claimed) {
    var bytes = file(GOOD, 16);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, claimed);
    assertTrue(faultOf(bytes).contains("claims " + Long.toUnsignedString(claimed) + " bytes"));
  }

  @Test
  void allocatesNothingOnTheWordOfAHeader(@TempDir Path folder) throws IOException {
    var bytes = file(GOOD, 16);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 99_999_999);
    var path = folder.resolve("evil.safetensors");
    Files.write(path, bytes);
    var threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    assertThrows(FormatException.class, () -> Safetensors.open(path));
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThrows(FormatException.class, () -> Safetensors.open(path));
    assertTrue(threads.getCurrentThreadAllocatedBytes() - before < 1_000_000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}} | leave a gap",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]},\"b\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[4,16]}}"
            + " | overlap",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},\"b\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}"
            + " | overlap",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[8],\"data_offsets\":[0,32]}} | cut short",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1000000000000],\"data_offsets\":[0,4000000000000]}} |"
            + " cut short",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | 8 bytes follow",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[16,0]}} | expected [begin; end]",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[-16,0]}} | expected [begin;"
            + " end]",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0]}} | expected [begin; end]",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16,16]}} | expected [begin;"
            + " end]",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,1e1]}} | expected a whole"
            + " number",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,18446744073709551615]}} |"
            + " expected a whole number",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,16]}} | takes 20",
        "{\"a\":{\"dtype\":\"F64\",\"shape\":[4],\"data_offsets\":[0,16]}} | takes 32",
        "{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,16]}} | 12 bits",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-4],\"data_offsets\":[0,16]}} | negative size",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2,-2],\"data_offsets\":[0,16]}} | negative size",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,8],\"data_offsets\":[0,16]}} |"
            + " more elements than 64 bits",
        "{\"a\":{\"dtype\":\"f32\",\"shape\":[4],\"data_offsets\":[0,16]}} | unknown dtype \"f32\"",
        "{\"a\":{\"dtype\":\"\",\"shape\":[4],\"data_offsets\":[0,16]}} | unknown dtype",
        "{\"a\":{\"dtype\":32,\"shape\":[4],\"data_offsets\":[0,16]}} | expected a string",
        "{\"a\":{\"shape\":[4],\"data_offsets\":[0,16]}} | \"dtype\" is missing",
        "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,16]}} | \"shape\" is missing",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4]}} | \"data_offsets\" is missing",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":4,\"data_offsets\":[0,16]}} | expected a list",
        "{\"a\":[]} | expected an object",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},\"a\":{}} | appears"
            + " twice",
        "{\"__metadata__\":{\"a\":1}} | expected a string",
        "{\"__metadata__\":[]} | expected an object",
        "[] | not a JSON object",
        "\" {}\" | not a JSON object",
        "{} x | not JSON",
        "{ | not JSON",
      })
  void refusesAHeaderThatContradictsTheFormat(String header, String fault) {
    var found = faultOf(file(header, 16));
    assertTrue(found.contains(fault.replace(';', ',')), found);
  }

  @Test
  void refusesAnEmptyHeaderAndOneThatNestsAMillionDeep() {
    assertTrue(faultOf(new byte[8]).contains("not a JSON object"));
    assertTrue(faultOf(file("{\"a\":".repeat(1_000_000), 0)).contains("nest deeper"));
  }

  @Test
  void opensAFileWhoseTensorIsTooLargeAndSaysSoOnReading() {
    var header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[0,5000000000],\"data_offsets\":[0,0]}}";
    var open = Safetensors.of("large", MemorySegment.ofArray(file(header, 0)));
    var e = assertThrows(FormatException.class, () -> open.read("a"));
    assertTrue(String.valueOf(e.getMessage()).contains("too large for one tensor"), e.getMessage());
  }

  @Test
  void neverFailsOtherwiseOnDamagedFiles() {
    long seed = 4242;
    var random = new Random(seed);
    var good = file(GOOD, 16);
    int opened = 0;
    for (int i = 0; i < 4_000; i++) {
      var bytes = good.clone();
      for (int k = random.nextInt(3); k >= 0; k--) {
        int at = random.nextInt(bytes.length);
        bytes[at] =
            (byte)
                (random.nextBoolean() ? random.nextInt(256) : bytes[at] ^ 1 << random.nextInt(8));
      }
      try {
        var file = Safetensors.of("evil", MemorySegment.ofArray(bytes));
        opened++;
        for (var name : file.names()) file.read(name);
      } catch (FormatException e) {
        assertEquals("evil", e.source(), "seed " + seed + " round " + i);
      }
    }
    assertTrue(opened > 20, "the damage left " + opened + " files readable");
  }

  @Test
  void ignoresTheOrderOfTheHeader() {
    var header =
        "{\"b\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[8,16]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    var open = Safetensors.of("good", MemorySegment.ofArray(file(header, 16)));
    assertArrayEquals(new float[2], open.readFloats("a"));
    assertArrayEquals(new String[] {"a", "b"}, open.names().toArray());
  }
}
