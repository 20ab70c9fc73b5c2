// Graphs: work that was captured, and its executable form.
#pragma once

#include <memory>
#include <vector>

#include "stream.h"

namespace swcuda {

struct Graph {
  std::vector<std::shared_ptr<Work>> nodes;
};

/// Holds copies of the nodes, in the same order, so that changing one leaves the graph alone.
struct ExecutableGraph {
  std::vector<std::shared_ptr<Work>> nodes;
  /// The nodes of the graph that each copy was made from.
  std::vector<std::shared_ptr<Work>> origins;
};

}  // namespace swcuda
