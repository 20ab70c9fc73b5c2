package org.espalier.cli;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.espalier.Tensor;

/// A fingerprint of a model: equal for two models exactly when their parameters are equal to the
/// last bit.
final class ParameterHash {
  private ParameterHash() {}

  /// Returns SHA-256, in hexadecimal, over each parameter in the order of the names: the name in
  /// UTF-8, a zero byte, its sizes (little-endian, 4 bytes each) and the bits of its elements as
  /// little-endian f32.
  static String of(Map<String, Tensor> parameters) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      new TreeMap<>(parameters).forEach((name, t) -> update(digest, name, t));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static void update(MessageDigest digest, String name, Tensor tensor) {
    digest.update(name.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    int[] sizes = tensor.shape().sizes();
    float[] values = tensor.toFloatArray();
    ByteBuffer bytes =
        ByteBuffer.allocate(4 * (sizes.length + values.length)).order(ByteOrder.LITTLE_ENDIAN);
    for (int size : sizes) {
      bytes.putInt(size);
    }
    for (float v : values) {
      bytes.putInt(Float.floatToRawIntBits(v));
    }
    digest.update(bytes.flip());
  }
}
