package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.espalier.op.Attention;
import org.espalier.random.DropoutMask;

/// How far off attention and its gradients may be when inputs are numbers of BF16 and sums are in
/// F32: all that is rounded to 8 bits then are the probabilities and the slopes of the scores, each
/// by at most half a unit of the last digit, `u = 2^-8` of itself.
///
/// With `p` the probabilities, `m` what dropout makes of them and `ds = p (m dout . v - mean)`, an
/// element of the output is off by `u sum p m |v|` at most, and of `dv` by `u sum p m |dout|`. The
/// mean, `dout . out`, is off by what the output is: `d = sum |dout| |error of out|`. So `ds` is
/// off by `u |ds| + p d`, and `dq` and `dk` by the sums of that times `|k|` and `|q|`. A sixteenth
/// is added to each bound, and `2^-16` of the magnitudes that meet in it, for what F32 rounds.
final class AttentionRounding {
  private static final double UNIT = 0x1p-8;
  private static final double IN_SINGLE = 0x1p-16;

  private final Attention attention;
  private final int dim;
  private final double[][] bounds;

  /// Computes the bounds.
  ///
  /// @param inputs queries, keys, values and the gradient of the output, row by row
  AttentionRounding(
      Attention attention, int dim, List<double[]> inputs, int[] offsetsQ, int[] offsetsK) {
    this.attention = attention;
    this.dim = dim;
    double[] q = inputs.get(0);
    double[] k = inputs.get(1);
    bounds =
        new double[][] {
          new double[q.length], new double[q.length], new double[k.length], new double[k.length]
        };
    for (int s = 0; s + 1 < offsetsQ.length; s++) {
      int queries = offsetsQ[s + 1] - offsetsQ[s];
      int keys = offsetsK[s + 1] - offsetsK[s];
      for (int i = 0; i < queries; i++) {
        for (int head = 0; head < attention.heads(); head++) {
          addQuery(inputs, offsetsQ[s] + i, i + keys - queries, offsetsK[s], keys, head);
        }
      }
    }
  }

  private void addQuery(
      List<double[]> inputs, int row, int place, int firstKey, int keys, int head) {
    int keyHead = head * attention.kvHeads() / attention.heads();
    int atQuery = (row * attention.heads() + head) * dim;
    double[] q = inputs.get(0);
    double[] k = inputs.get(1);
    double[] v = inputs.get(2);
    double[] dout = inputs.get(3);
    double[] p = new double[keys];
    double[] kept = new double[keys];
    double[] slope = new double[keys];
    double largest = Double.NEGATIVE_INFINITY;
    int threshold = DropoutMask.threshold(attention.dropout());
    int key =
        DropoutMask.rowKey(
            attention.seed(), attention.stream(), (long) row * attention.heads() + head);
    for (int j = 0; j < keys; j++) {
      int atKey = ((firstKey + j) * attention.kvHeads() + keyHead) * dim;
      double score = 0;
      for (int c = 0; c < dim; c++) {
        score += q[atQuery + c] * k[atKey + c];
        slope[j] += dout[atQuery + c] * v[atKey + c];
      }
      boolean seen =
          (!attention.causal() || j <= place)
              && (attention.window() == 0 || Math.abs(place - j) < attention.window());
      p[j] = seen ? score * attention.scale() : Double.NEGATIVE_INFINITY;
      largest = Math.max(largest, p[j]);
      kept[j] =
          threshold > 0 && DropoutMask.dropped(key, j, threshold)
              ? 0
              : DropoutMask.scale(threshold);
    }
    if (largest == Double.NEGATIVE_INFINITY) {
      return; // sees nothing
    }
    double total = 0;
    for (int j = 0; j < keys; j++) {
      p[j] = Math.exp(p[j] - largest);
      total += p[j];
    }
    double mean = 0;
    double ofMean = 0;
    for (int j = 0; j < keys; j++) {
      p[j] /= total;
      mean += p[j] * kept[j] * slope[j];
      int atKey = ((firstKey + j) * attention.kvHeads() + keyHead) * dim;
      for (int c = 0; c < dim; c++) {
        double ofOut = (UNIT * 17 / 16 + IN_SINGLE) * p[j] * kept[j] * Math.abs(v[atKey + c]);
        bounds[0][atQuery + c] += ofOut;
        ofMean += Math.abs(dout[atQuery + c]) * ofOut;
        bounds[3][atKey + c] +=
            (UNIT * 17 / 16 + IN_SINGLE) * p[j] * kept[j] * Math.abs(dout[atQuery + c]);
      }
    }
    for (int j = 0; j < keys; j++) {
      double ds = Math.abs(p[j] * (kept[j] * slope[j] - mean));
      double magnitude = p[j] * (Math.abs(kept[j] * slope[j]) + Math.abs(mean));
      double ofSlope =
          attention.scale() * (UNIT * 17 / 16 * ds + p[j] * ofMean + IN_SINGLE * magnitude);
      int atKey = ((firstKey + j) * attention.kvHeads() + keyHead) * dim;
      for (int c = 0; c < dim; c++) {
        bounds[1][atQuery + c] += ofSlope * Math.abs(k[atKey + c]);
        bounds[2][atKey + c] += ofSlope * Math.abs(q[atQuery + c]);
      }
    }
  }

  /// Checks that no element is off by more than its bound.
  ///
  /// @param expected output and the gradients of queries, keys and values
  /// @return the largest error as a share of its bound, of each
  double[] check(List<double[]> expected, List<double[]> actual) {
    double[] shares = new double[bounds.length];
    for (int t = 0; t < bounds.length; t++) {
      for (int i = 0; i < bounds[t].length; i++) {
        double error = Math.abs(expected.get(t)[i] - actual.get(t)[i]);
        String place = (t == 0 ? "output" : "gradient " + (t - 1)) + " at " + i + ": ";
        double bound = bounds[t][i] + Float.MIN_NORMAL;
        assertTrue(error <= bound, () -> place + error + " off, at most " + bound);
        shares[t] = Math.max(shares[t], error / bound);
      }
    }
    return shares;
  }
}
