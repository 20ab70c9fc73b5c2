package org.espalier.op;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// An equation of [Einsum], read and checked against the shapes of its operands.
///
/// A label is a letter, or [#ELLIPSIS] plus an axis of `...` counted from its end, from 0.
///
/// @param inputs the labels of each operand's axes
/// @param output the labels of the output's axes, all different
record EinsumEquation(List<List<Integer>> inputs, List<Integer> output) {
  private static final int ELLIPSIS = 1 << 16;
  private static final String DOTS = "...";

  /// Reads an equation.
  ///
  /// @throws TensorException naming the equation and what is wrong with it
  static EinsumEquation parse(String equation, Tensor... operands) {
    String text = equation.replace(" ", "");
    int arrow = text.indexOf("->");
    String[] terms = (arrow < 0 ? text : text.substring(0, arrow)).split(",", -1);
    if (operands.length == 0 || terms.length != operands.length) {
      throw wrong(equation, terms.length + " terms for " + operands.length + " operands", operands);
    }
    List<List<Integer>> inputs = new ArrayList<>();
    int most = 0;
    for (int i = 0; i < terms.length; i++) {
      int letters = terms[i].length() - (terms[i].contains(DOTS) ? DOTS.length() : 0);
      int rest = operands[i].rank() - letters;
      if (rest < 0 || (rest > 0 && !terms[i].contains(DOTS))) {
        String what = "'" + terms[i] + "' does not name the axes of " + operands[i].shape();
        throw wrong(equation, what, operands);
      }
      most = Math.max(most, rest);
      inputs.add(labels(equation, terms[i], rest, operands));
    }
    checkSizes(equation, inputs, operands);
    List<Integer> output =
        arrow < 0
            ? implicit(inputs, most)
            : labels(equation, text.substring(arrow + 2), most, operands);
    for (int i = 0; i < output.size(); i++) {
      int label = output.get(i);
      boolean known = label >= ELLIPSIS || inputs.stream().anyMatch(l -> l.contains(label));
      if (!known || output.lastIndexOf(label) != i) {
        String what = known ? " occurs twice in the output" : " of the output is in no operand";
        throw wrong(equation, "'" + (char) label + "'" + what, operands);
      }
    }
    return new EinsumEquation(List.copyOf(inputs), output);
  }

  private static List<Integer> labels(String equation, String term, int rest, Tensor... operands) {
    List<Integer> labels = new ArrayList<>();
    int dots = term.indexOf(DOTS);
    for (int i = 0; i < term.length(); i++) {
      char c = term.charAt(i);
      if (i == dots) {
        for (int axis = rest - 1; axis >= 0; axis--) {
          labels.add(ELLIPSIS + axis);
        }
        i += DOTS.length() - 1;
      } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        labels.add((int) c);
      } else {
        String what = "'" + c + "' is neither a letter nor part of one '...'";
        throw wrong(equation, what, operands);
      }
    }
    return labels;
  }

  private static void checkSizes(String equation, List<List<Integer>> inputs, Tensor... operands) {
    Map<Integer, Integer> sizes = new HashMap<>();
    for (int i = 0; i < operands.length; i++) {
      List<Integer> labels = inputs.get(i);
      for (int axis = 0; axis < labels.size(); axis++) {
        int size = operands[i].size(axis);
        int label = labels.get(axis);
        int before = sizes.getOrDefault(label, 1);
        int first = labels.indexOf(label);
        if ((size != before && size != 1 && before != 1) || operands[i].size(first) != size) {
          String name = label >= ELLIPSIS ? "an axis of '...'" : "'" + (char) label + "'";
          int other = operands[i].size(first) != size ? operands[i].size(first) : before;
          throw wrong(equation, name + " has the sizes " + other + " and " + size, operands);
        }
        sizes.put(label, size == 1 ? before : size);
      }
    }
  }

  private static List<Integer> implicit(List<List<Integer>> inputs, int ellipsis) {
    List<Integer> output = new ArrayList<>();
    for (int axis = ellipsis - 1; axis >= 0; axis--) {
      output.add(ELLIPSIS + axis);
    }
    Map<Integer, Integer> counts = new TreeMap<>();
    inputs.forEach(labels -> labels.forEach(label -> counts.merge(label, 1, Integer::sum)));
    counts.forEach((label, count) -> {
      if (count == 1 && label < ELLIPSIS) {
        output.add(label);
      }
    });
    return output;
  }

  private static TensorException wrong(String equation, String what, Tensor... operands) {
    List<Shape> shapes = new ArrayList<>();
    for (Tensor t : operands) {
      shapes.add(t.shape());
    }
    return new TensorException("einsum \"" + equation + "\" of " + shapes + ": " + what);
  }
}
