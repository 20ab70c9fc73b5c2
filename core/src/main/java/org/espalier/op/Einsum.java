package org.espalier.op;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// Sums of products in Einstein's notation: `"bik,bkj->bij"` is a batched matrix product. Each
/// operand's axes are named by letters; letters that the output lacks are summed over.
///
/// - A letter twice in one operand is its diagonal.
/// - `...` stands for the axes not named; they broadcast, aligned at the last.
/// - Without `->` the output has the axes of `...`, then the letters that occur once, in the order
///   of the alphabet (capitals first).
/// - A size of 1 broadcasts against any other size of its letter.
///
/// Operands are contracted from left to right, two at a time, each by one batched product.
public final class Einsum {
  private Einsum() {}

  /// An operand and the names of its axes, each occurring once.
  private record Term(Tensor tensor, List<Integer> labels) {}

  /// Returns the sum of products that `equation` says.
  ///
  /// @throws TensorException when the equation is malformed or does not fit the operands
  public static Tensor apply(String equation, Tensor... operands) {
    EinsumEquation e = EinsumEquation.parse(equation, operands);
    List<Term> terms = new ArrayList<>();
    for (int i = 0; i < operands.length; i++) {
      terms.add(withoutRepeats(operands[i], e.inputs().get(i)));
    }
    Term sum = summed(terms.getFirst(), wanted(e.output(), terms, 1));
    for (int i = 1; i < terms.size(); i++) {
      List<Integer> later = wanted(e.output(), terms, i + 1);
      List<Integer> here = new ArrayList<>(later);
      here.addAll(sum.labels());
      sum = contracted(sum, summed(terms.get(i), here), later);
    }
    return ordered(sum, e.output());
  }

  /// Takes the diagonal where two axes have one name.
  private static Term withoutRepeats(Tensor operand, List<Integer> names) {
    Tensor t = operand;
    List<Integer> labels = new ArrayList<>(names);
    for (int i = 0; i < labels.size(); i++) {
      int again = labels.lastIndexOf(labels.get(i));
      if (again != i) {
        t = t.diagonal(0, i, again);
        int label = labels.get(i);
        labels.subList(again, again + 1).clear();
        labels.subList(i, i + 1).clear();
        i--;
        labels.add(label);
      }
    }
    return new Term(t, labels);
  }

  /// Returns the labels that are needed after the first `done` terms.
  private static List<Integer> wanted(List<Integer> output, List<Term> terms, int done) {
    List<Integer> wanted = new ArrayList<>(output);
    terms.subList(done, terms.size()).forEach(term -> wanted.addAll(term.labels()));
    return wanted;
  }

  /// Sums over the axes that nobody wants.
  private static Term summed(Term term, List<Integer> wanted) {
    List<Integer> labels = term.labels();
    int[] gone =
        IntStream.range(0, labels.size()).filter(i -> !wanted.contains(labels.get(i))).toArray();
    return gone.length == 0
        ? term
        : new Term(term.tensor().sum(gone), labels.stream().filter(wanted::contains).toList());
  }

  /// Multiplies two terms and sums over the labels that are in both and not wanted later.
  private static Term contracted(Term left, Term right, List<Integer> later) {
    List<Integer> batch = new ArrayList<>(left.labels());
    batch.retainAll(right.labels());
    List<Integer> inner = new ArrayList<>(batch);
    batch.retainAll(later);
    inner.removeAll(later);
    List<Integer> rows = new ArrayList<>(left.labels());
    rows.removeAll(right.labels());
    List<Integer> columns = new ArrayList<>(right.labels());
    columns.removeAll(left.labels());
    Tensor a = ordered(left, joined(batch, rows, inner));
    Tensor b = ordered(right, joined(batch, inner, columns));
    int shared = batch.size();
    int[] outer = new int[shared];
    int[] depth = new int[inner.size()];
    for (int i = 0; i < shared; i++) {
      outer[i] = larger(a.size(i), b.size(i));
    }
    for (int i = 0; i < depth.length; i++) {
      depth[i] = larger(a.size(shared + rows.size() + i), b.size(shared + i));
    }
    int[] m = sizes(a, shared, rows.size());
    int[] n = sizes(b, shared + depth.length, columns.size());
    List<Integer> labels = joined(batch, rows, columns);
    a = a.expand(join(outer, m, depth));
    b = b.expand(join(outer, depth, n));
    int[] whole = join(outer, m, n);
    if (depth.length == 0) {
      int[] beside = new int[n.length];
      int[] between = new int[m.length];
      java.util.Arrays.fill(beside, 1);
      java.util.Arrays.fill(between, 1);
      Tensor product = a.reshape(join(outer, m, beside)).mul(b.reshape(join(outer, between, n)));
      return new Term(product, labels);
    }
    int k = product(depth);
    Tensor product =
        a.reshape(product(outer), product(m), k).matmul(b.reshape(product(outer), k, product(n)));
    return new Term(product.reshape(whole), labels);
  }

  /// Returns the size that two broadcast to, which the equation has checked.
  private static int larger(int a, int b) {
    return a == 1 ? b : a;
  }

  private static Tensor ordered(Term term, List<Integer> labels) {
    int[] order = labels.stream().mapToInt(term.labels()::indexOf).toArray();
    for (int i = 0; i < order.length; i++) {
      if (order[i] != i) {
        return term.tensor().permute(order);
      }
    }
    return term.tensor();
  }

  private static List<Integer> joined(List<Integer> a, List<Integer> b, List<Integer> c) {
    List<Integer> all = new ArrayList<>(a);
    all.addAll(b);
    all.addAll(c);
    return all;
  }

  private static int[] join(int[] a, int[] b, int[] c) {
    return IntStream.concat(IntStream.of(a), IntStream.concat(IntStream.of(b), IntStream.of(c)))
        .toArray();
  }

  private static int[] sizes(Tensor t, int from, int count) {
    return IntStream.range(from, from + count).map(t::size).toArray();
  }

  private static int product(int[] sizes) {
    return IntStream.of(sizes).reduce(1, Math::multiplyExact);
  }
}
