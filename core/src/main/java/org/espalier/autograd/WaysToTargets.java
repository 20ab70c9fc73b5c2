package org.espalier.autograd;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The nodes between the outputs of a pass and the inputs whose gradients it was asked for: a
/// backward computes gradients for no others.
final class WaysToTargets {
  private final Set<Node> nodes;
  private final long newest = Node.newest();

  /// Finds the nodes from which a target can be reached, targets included.
  WaysToTargets(List<Node> roots, Set<Node> targets) {
    // an op's id is larger than those of its inputs: what is older than every target reaches none
    long oldest = Long.MAX_VALUE;
    for (Node target : targets) {
      oldest = Math.min(oldest, target.id());
    }
    nodes = new HashSet<>(targets);
    addReaching(below(roots, oldest));
  }

  /// Tells whether a target can be reached from a node, or it is one.
  boolean leadThrough(Node node) {
    return nodes.contains(node);
  }

  /// Adds the nodes made since the pass began, as a checkpoint's second run makes them.
  void goOnFrom(Node root) {
    addReaching(below(List.of(root), newest + 1));
  }

  /// Returns some nodes and those that can be reached from them through ids from `oldest` on.
  private static Set<Node> below(List<Node> roots, long oldest) {
    Set<Node> seen = new HashSet<>(roots);
    ArrayDeque<Node> todo = new ArrayDeque<>(seen);
    while (!todo.isEmpty()) {
      Node node = todo.pop();
      for (int i = 0; i < node.inputCount(); i++) {
        Node input = node.input(i);
        if (input != null && input.id() >= oldest && seen.add(input)) {
          todo.push(input);
        }
      }
    }
    return seen;
  }

  private void addReaching(Set<Node> some) {
    Node[] ascending = some.toArray(new Node[0]);
    Arrays.sort(ascending, Comparator.comparingLong(Node::id));
    for (Node node : ascending) {
      boolean reaches = false;
      for (int i = 0; i < node.inputCount() && !reaches; i++) {
        Node input = node.input(i);
        reaches = input != null && nodes.contains(input);
      }
      if (reaches) {
        nodes.add(node);
      }
    }
  }
}
