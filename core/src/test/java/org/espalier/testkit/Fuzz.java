package org.espalier.testkit;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.espalier.TensorException;
import org.espalier.io.FormatException;

/// Damages valid files and watches what becomes of reading them: an exception of ours, or success,
/// within a second of processor time and 64 MB, and nothing else.
public final class Fuzz {
  /// Processor time that reading one file may take.
  public static final long MOST_NANOS = 1_000_000_000L;

  /// Bytes that reading one file may allocate.
  public static final long MOST_BYTES = 64L << 20;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final long[] EXTREMES = {
    0, 1, -1, 0x7F, 0x80, 0xFFFF, 1L << 31, (1L << 31) - 1, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE
  };

  private static final String[] NUMBERS = {
    "-1",
    "0",
    "2147483647",
    "2147483648",
    "4294967296",
    "4611686018427387904",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1e400",
    "0.5",
    "00",
    ""
  };

  private static final String[] SNIPPETS = {
    "[", "{", "}", "]", "\"", "\\", "\\ud800", "null", "{\"a\":", "[[[[", "'", "(", ",", ":",
    "\u0000"
  };

  /// Bytes that are no UTF-8: a lone continuation, an overlong slash, half a surrogate pair.
  private static final byte[][] NO_TEXT = {
    {(byte) 0x80},
    {(byte) 0xC0, (byte) 0xAF},
    {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
    {(byte) 0xFF}
  };

  private final Format format;
  private final Random random;
  private final SortedMap<String, Integer> outcomes = new TreeMap<>();
  private int tried;
  private long longest;
  private long largest;

  /// A kind of file.
  ///
  /// @param name what the report calls it
  /// @param valid small files that can be read
  /// @param reader reads a whole file, as a user would
  /// @param fromDisk whether each file goes to disk first, which takes most of the time
  /// @param repair makes lengths and checksums fit again after damage, so that it reaches deeper
  public record Format(
      String name, List<byte[]> valid, boolean fromDisk, Reader reader, Repair repair) {}

  /// Reads a file.
  @FunctionalInterface
  public interface Reader {
    /// Reads everything in it.
    void read(byte[] bytes) throws Exception;
  }

  /// Mends what would be noticed at once.
  @FunctionalInterface
  public interface Repair {
    /// No repair.
    Repair NONE = bytes -> bytes;

    /// Returns the mended file.
    byte[] mend(byte[] bytes);
  }

  /// What happened.
  ///
  /// @param format the kind of file
  /// @param tried how many files were read
  /// @param outcomes how often each exception came, and `read` for none
  /// @param longestNanos the most processor time that one took
  /// @param largestBytes the most that one allocated
  public record Report(
      String format,
      int tried,
      SortedMap<String, Integer> outcomes,
      long longestNanos,
      long largestBytes) {
    /// Returns a line of the table.
    public String line() {
      return String.format(
          Locale.ROOT,
          "%-22s %8d  %8.1f ms  %7.2f MB  %s",
          format,
          tried,
          longestNanos / 1e6,
          largestBytes / 1e6,
          outcomes);
    }
  }

  private Fuzz(Format format, long seed) {
    this.format = format;
    this.random = new Random(seed);
  }

  /// Reads each valid file cut at every byte, files that are hostile as a whole, and `mutations`
  /// damaged ones; the same for the same seed.
  ///
  /// @throws AssertionError with the file, when reading one ended in any other way than it may
  public static Report run(Format format, long seed, int mutations) {
    Fuzz fuzz = new Fuzz(format, seed);
    for (byte[] valid : format.valid()) {
      fuzz.warmUp(valid);
    }
    for (byte[] valid : format.valid()) {
      for (int length = 0; length < Math.min(valid.length, 4096); length++) {
        fuzz.read(Arrays.copyOf(valid, length), "cut to " + length);
      }
    }
    for (byte[] hostile : hostile()) {
      fuzz.read(hostile, "hostile");
      fuzz.read(format.repair().mend(hostile), "hostile");
    }
    for (int i = 0; i < mutations; i++) {
      fuzz.read(fuzz.damaged(), "seed " + seed + ", mutation " + i);
    }
    return new Report(format.name(), fuzz.tried, fuzz.outcomes, fuzz.longest, fuzz.largest);
  }

  private static List<byte[]> hostile() {
    List<byte[]> files = new ArrayList<>();
    for (String text :
        new String[] {
          "[".repeat(1_000_000),
          "{\"a\":".repeat(1_000_000),
          "[{\"a\":".repeat(500_000),
          "(".repeat(1_000_000),
          "\"" + "a".repeat(4_000_000) + "\"",
          "{\"" + "\\u0061".repeat(500_000) + "\":1}",
          "1".repeat(1_000_000),
          "-0." + "1".repeat(1_000_000) + "e-999999999",
          "{" + "\"a\":1,".repeat(100_000) + "\"a\":1}",
          " ".repeat(4_000_000)
        }) {
      files.add(text.getBytes(StandardCharsets.UTF_8));
    }
    files.add(new byte[1 << 20]);
    byte[] ones = new byte[1 << 20];
    Arrays.fill(ones, (byte) 0xFF);
    files.add(ones);
    return files;
  }

  /// Loads what the first reading loads, so that it is not counted.
  private void warmUp(byte[] valid) {
    try {
      for (int i = 0; i < 3; i++) {
        format.reader().read(valid.clone());
      }
    } catch (Exception e) {
      throw new AssertionError(format.name() + ": a valid file was refused", e);
    }
  }

  private void read(byte[] bytes, String what) {
    tried++;
    long time = THREADS.getCurrentThreadCpuTime();
    long memory = THREADS.getCurrentThreadAllocatedBytes();
    String outcome = "read";
    try {
      format.reader().read(bytes);
    } catch (FormatException | TensorException e) {
      outcome = e.getClass().getSimpleName();
      if (String.valueOf(e.getMessage()).length() > 2000) {
        throw new AssertionError(describe(bytes, what) + ": a message of a file's length", e);
      }
    } catch (Exception | StackOverflowError | OutOfMemoryError | InternalError e) {
      throw new AssertionError(describe(bytes, what), e);
    }
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - memory;
    long taken = THREADS.getCurrentThreadCpuTime() - time;
    longest = Math.max(longest, taken);
    largest = Math.max(largest, allocated);
    if (taken > MOST_NANOS || allocated > MOST_BYTES) {
      throw new AssertionError(
          describe(bytes, what) + ": " + taken / 1_000_000 + " ms, " + allocated + " bytes");
    }
    outcomes.merge(outcome, 1, Integer::sum);
  }

  private String describe(byte[] bytes, String what) {
    byte[] start = Arrays.copyOf(bytes, Math.min(bytes.length, 2000));
    return format.name()
        + ", "
        + what
        + ", "
        + bytes.length
        + " bytes: "
        + Base64.getEncoder().encodeToString(start);
  }

  private byte[] damaged() {
    byte[] bytes = format.valid().get(random.nextInt(format.valid().size())).clone();
    for (int i = random.nextInt(3); i >= 0; i--) {
      bytes = damage(bytes);
    }
    return random.nextBoolean() ? format.repair().mend(bytes) : bytes;
  }

  private byte[] damage(byte[] bytes) {
    if (bytes.length < 16) {
      return spliced(bytes, 0, 0, new byte[16]);
    }
    int at = random.nextInt(bytes.length);
    int end = Math.min(bytes.length, at + 1 + random.nextInt(16));
    return switch (random.nextInt(11)) {
      case 0 -> Arrays.copyOf(bytes, at);
      case 1, 2 -> {
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        yield bytes;
      }
      case 3 -> {
        bytes[at] = (byte) random.nextInt(256);
        yield bytes;
      }
      case 4 -> extreme(bytes, at);
      case 5, 6 -> number(bytes, at);
      case 7 -> spliced(bytes, at, end, new byte[0]);
      case 8 -> spliced(bytes, at, at, Arrays.copyOfRange(bytes, at, end));
      case 9 -> {
        String snippet = SNIPPETS[random.nextInt(SNIPPETS.length)];
        yield spliced(bytes, at, at, snippet.getBytes(StandardCharsets.UTF_8));
      }
      default -> spliced(bytes, at, at, NO_TEXT[random.nextInt(NO_TEXT.length)]);
    };
  }

  /// Writes a number that asks for much over four or eight bytes, in either order.
  private byte[] extreme(byte[] bytes, int at) {
    long value = EXTREMES[random.nextInt(EXTREMES.length)];
    int width = random.nextBoolean() ? 4 : 8;
    boolean little = random.nextBoolean();
    for (int i = 0; i < width && at + i < bytes.length; i++) {
      bytes[at + i] = (byte) (value >>> (8 * (little ? i : width - 1 - i)));
    }
    return bytes;
  }

  /// Puts another number in the place of the digits behind a position.
  private byte[] number(byte[] bytes, int at) {
    int from = at;
    while (from < bytes.length && !isDigit(bytes[from])) {
      from++;
    }
    int to = from;
    while (to < bytes.length && isDigit(bytes[to])) {
      to++;
    }
    String number = NUMBERS[random.nextInt(NUMBERS.length)];
    return spliced(bytes, from, to, number.getBytes(StandardCharsets.UTF_8));
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static byte[] spliced(byte[] bytes, int from, int to, byte[] insert) {
    byte[] out = new byte[bytes.length - (to - from) + insert.length];
    System.arraycopy(bytes, 0, out, 0, from);
    System.arraycopy(insert, 0, out, from, insert.length);
    System.arraycopy(bytes, to, out, from + insert.length, bytes.length - to);
    return out;
  }
}
