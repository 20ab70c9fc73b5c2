// The driver API: captures and graphs.
#include <algorithm>

#include "counters.h"
#include "driver.h"
#include "graph.h"

using namespace swcuda;

namespace {
std::vector<std::shared_ptr<Graph>>& graphs() {
  static std::vector<std::shared_ptr<Graph>> all;
  return all;
}

std::vector<std::unique_ptr<ExecutableGraph>>& executables() {
  static std::vector<std::unique_ptr<ExecutableGraph>> all;
  return all;
}

Graph& graphOf(const void* handle) {
  for (const auto& graph : graphs()) {
    if (graph.get() == handle) return *graph;
  }
  throw Fault(INVALID_VALUE, "no graph, or one that was destroyed");
}

ExecutableGraph& executableOf(const void* handle) {
  for (const auto& graph : executables()) {
    if (graph.get() == handle) return *graph;
  }
  throw Fault(INVALID_VALUE, "no executable graph, or one that was destroyed");
}

Work& nodeOf(const void* handle) {
  for (const auto& graph : graphs()) {
    for (const auto& node : graph->nodes) {
      if (node.get() == handle) return *node;
    }
  }
  throw Fault(INVALID_VALUE, "no node of a graph");
}

/// CUDA_KERNEL_NODE_PARAMS, its second version.
struct KernelNodeParameters {
  void* function;
  unsigned grid[3];
  unsigned block[3];
  unsigned shared;
  void** parameters;
  void** extra;
};

/// A copy of a node's work. A kernel's run reads its own launch, which may be changed later.
std::shared_ptr<Work> copyOf(const Work& work) {
  auto copy = std::make_shared<Work>(work);
  if (work.launch) {
    copy->launch = std::make_shared<PreparedLaunch>(*work.launch);
    std::shared_ptr<PreparedLaunch> launch = copy->launch;
    copy->run = [launch] { execute(*launch); };
  }
  return copy;
}

int instantiate(void** handle, const void* source) {
  Graph& graph = graphOf(source);
  auto executable = std::make_unique<ExecutableGraph>();
  for (const auto& node : graph.nodes) {
    executable->nodes.push_back(copyOf(*node));
    executable->origins.push_back(node);
  }
  *handle = executable.get();
  executables().push_back(std::move(executable));
  return SUCCESS;
}
}  // namespace

SWCUDA_API int cuStreamBeginCapture_v2(void* stream, int mode) {
  return call("cuStreamBeginCapture", [&] {
    beginCapture(streamOf(stream), static_cast<CaptureMode>(mode));
    return SUCCESS;
  });
}

SWCUDA_API int cuStreamEndCapture(void* stream, void** graph) {
  return call("cuStreamEndCapture", [&] {
    *graph = nullptr;
    graphs().push_back(endCapture(streamOf(stream)));
    *graph = graphs().back().get();
    return SUCCESS;
  });
}

SWCUDA_API int cuStreamIsCapturing(void* handle, int* status) {
  return call("cuStreamIsCapturing", [&] {
    const Capture* capture = streamOf(handle).capture;
    *status = !capture ? 0 : capture->invalidated ? 2 : 1;
    return SUCCESS;
  });
}

SWCUDA_API int cuGraphInstantiateWithFlags(void** executable, void* graph, unsigned long long) {
  return call("cuGraphInstantiate", [&] { return instantiate(executable, graph); });
}

SWCUDA_API int cuGraphLaunch(void* executable, void* handle) {
  return call("cuGraphLaunch", [&] {
    Stream& stream = streamOf(handle);
    refuseOnCapturing(stream, "cuGraphLaunch");
    counters().graphLaunches++;
    for (const auto& node : executableOf(executable).nodes) {
      // The work as it is now: a change of the graph is for later launches.
      std::shared_ptr<Work> frozen = copyOf(*node);
      enqueue(stream, frozen->kind, frozen->name.c_str(), [frozen] { frozen->run(); }, frozen->launch);
    }
    return SUCCESS;
  });
}

SWCUDA_API int cuGraphUpload(void* executable, void* stream) {
  return call("cuGraphUpload", [&] {
    executableOf(executable);
    streamOf(stream);
    return SUCCESS;
  });
}

SWCUDA_API int cuGraphDestroy(void* handle) {
  return call("cuGraphDestroy", [&] {
    Graph& graph = graphOf(handle);
    std::erase_if(graphs(), [&](const auto& g) { return g.get() == &graph; });
    return SUCCESS;
  });
}

SWCUDA_API int cuGraphExecDestroy(void* handle) {
  return call("cuGraphExecDestroy", [&] {
    ExecutableGraph& graph = executableOf(handle);
    std::erase_if(executables(), [&](const auto& g) { return g.get() == &graph; });
    return SUCCESS;
  });
}

SWCUDA_API int cuGraphGetNodes(void* handle, void** nodes, std::size_t* count) {
  return call("cuGraphGetNodes", [&] {
    Graph& graph = graphOf(handle);
    if (nodes) {
      for (std::size_t n = 0; n < *count; n++) nodes[n] = n < graph.nodes.size() ? graph.nodes[n].get() : nullptr;
    }
    *count = nodes ? std::min(*count, graph.nodes.size()) : graph.nodes.size();
    return SUCCESS;
  });
}

SWCUDA_API int cuGraphNodeGetType(void* node, int* type) {
  return call("cuGraphNodeGetType", [&] {
    *type = static_cast<int>(nodeOf(node).kind);
    return SUCCESS;
  });
}

SWCUDA_API int cuGraphExecKernelNodeSetParams_v2(void* handle, void* node, const KernelNodeParameters* parameters) {
  return call("cuGraphExecKernelNodeSetParams", [&] {
    ExecutableGraph& graph = executableOf(handle);
    for (std::size_t n = 0; n < graph.nodes.size(); n++) {
      if (graph.origins[n].get() != node) continue;
      if (!graph.nodes[n]->launch) throw Fault(INVALID_VALUE, "the node is no kernel");
      *graph.nodes[n]->launch = prepareLaunch(functionOf(parameters->function), currentDevice(), parameters->grid, parameters->block,
                                              parameters->shared, parameters->parameters, parameters->extra);
      return SUCCESS;
    }
    throw Fault(INVALID_VALUE, "no node of this graph");
  });
}
