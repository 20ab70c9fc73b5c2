package org.espalier;

/// Comparison of whole tensors; see [Tensor#allClose].
final class Closeness {
  private Closeness() {}

  static boolean allClose(Tensor x, Tensor y, double relative, double absolute) {
    if (!x.shape().equals(y.shape())) {
      return false;
    }
    boolean real = x.dtype().isFloating() || y.dtype().isFloating();
    return real
        ? reals(x.toDoubleArray(), y.toDoubleArray(), relative, absolute)
        : integers(x.toLongArray(), y.toLongArray(), relative, absolute);
  }

  private static boolean reals(double[] a, double[] b, double relative, double absolute) {
    for (int i = 0; i < a.length; i++) {
      boolean finite = Double.isFinite(a[i]) && Double.isFinite(b[i]);
      boolean close = finite && Math.abs(a[i] - b[i]) <= absolute + relative * Math.abs(b[i]);
      if (!close && a[i] != b[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean integers(long[] a, long[] b, double relative, double absolute) {
    for (int i = 0; i < a.length; i++) {
      // As an unsigned number the difference of two longs is always exact.
      long difference = Math.max(a[i], b[i]) - Math.min(a[i], b[i]);
      double apart = difference >= 0 ? difference : difference + 0x1p64;
      if (difference != 0 && !(apart <= absolute + relative * Math.abs((double) b[i]))) {
        return false;
      }
    }
    return true;
  }
}
