package org.espalier.nn.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.espalier.io.FormatException;
import org.jspecify.annotations.Nullable;

/// The parts of an ONNX file that name and hold weights: nodes and initialisers, in file order.
record OnnxGraph(List<Node> nodes, List<Initializer> initializers) {
  private static final int MODEL_GRAPH = 7;
  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_INITIALIZER = 5;
  private static final int NODE_INPUT = 1;
  private static final int NODE_NAME = 3;
  private static final int NODE_OPERATION = 4;
  private static final int TENSOR_DIMS = 1;
  private static final int TENSOR_TYPE = 2;
  private static final int TENSOR_FLOATS = 4;
  private static final int TENSOR_NAME = 8;
  private static final int TENSOR_RAW = 9;
  private static final int TENSOR_LOCATION = 14;

  /// An operation and the names of what it reads.
  record Node(String name, String operation, List<String> inputs) {}

  /// A constant tensor.
  ///
  /// @param name its name
  /// @param type ONNX's number for its element type
  /// @param sizes its axis sizes
  /// @param data its elements, little-endian, or null when they are stored in another way
  /// @param external whether they are in another file
  record Initializer(
      String name, int type, List<Long> sizes, @Nullable MemorySegment data, boolean external) {}

  static OnnxGraph parse(String source, MemorySegment file) {
    var model = new ProtobufReader(source, file);
    var nodes = new ArrayList<Node>();
    var initializers = new ArrayList<Initializer>();
    boolean found = false;
    while (model.next()) {
      if (model.field() == MODEL_GRAPH) {
        found = true;
        graph(model.message(), nodes, initializers);
      } else {
        model.skip();
      }
    }
    if (!found) throw new FormatException(source, "not an ONNX file: it has no graph");
    return new OnnxGraph(nodes, initializers);
  }

  private static void graph(
      ProtobufReader graph, List<Node> nodes, List<Initializer> initializers) {
    while (graph.next()) {
      switch (graph.field()) {
        case GRAPH_NODE -> nodes.add(node(graph.message()));
        case GRAPH_INITIALIZER -> initializers.add(initializer(graph.message()));
        default -> graph.skip();
      }
    }
  }

  private static Node node(ProtobufReader node) {
    var name = "";
    var operation = "";
    var inputs = new ArrayList<String>();
    while (node.next()) {
      switch (node.field()) {
        case NODE_INPUT -> inputs.add(node.text());
        case NODE_NAME -> name = node.text();
        case NODE_OPERATION -> operation = node.text();
        default -> node.skip();
      }
    }
    return new Node(name, operation, inputs);
  }

  private static Initializer initializer(ProtobufReader tensor) {
    var name = "";
    long type = 0;
    var sizes = new ArrayList<Long>();
    MemorySegment data = null;
    boolean external = false;
    while (tensor.next()) {
      switch (tensor.field()) {
        case TENSOR_DIMS -> dims(tensor, sizes);
        case TENSOR_TYPE -> type = tensor.whole();
        case TENSOR_NAME -> name = tensor.text();
        case TENSOR_LOCATION -> external = tensor.whole() != 0;
        case TENSOR_RAW, TENSOR_FLOATS -> {
          if (data != null) throw tensor.fault("the data of a tensor come in several parts");
          data = tensor.bytes();
        }
        default -> tensor.skip();
      }
    }
    return new Initializer(name, (int) type, sizes, data, external);
  }

  private static void dims(ProtobufReader tensor, List<Long> sizes) {
    if (tensor.wire() == ProtobufReader.VARINT) {
      sizes.add(tensor.whole());
      return;
    }
    var packed = tensor.message();
    while (packed.hasMore()) sizes.add(packed.raw());
  }
}
