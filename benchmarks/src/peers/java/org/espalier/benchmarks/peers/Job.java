package org.espalier.benchmarks.peers;

import java.nio.file.Path;
import java.util.List;
import org.espalier.benchmarks.Network;
import org.espalier.benchmarks.TokenBatch;
import org.espalier.benchmarks.Workload;

/// A network, its weights and what it is to do.
///
/// @param workload what it does
/// @param network the workload's, or a tiny one in its place
/// @param bucketed whether sentences of similar length share a batch
/// @param dropout probability of dropout
/// @param weights a safetensors file of all parameters
record Job(Workload workload, Network network, boolean bucketed, double dropout, Path weights) {
  /// Returns how many losses [Contestant#probe] looks at: enough for a wrong update to show.
  int probes() {
    return workload.kind() == Workload.Kind.SURGERY ? 2 : 3; // of three tasks each
  }

  /// Returns the batches: the tasks', or those that come in turn.
  List<TokenBatch> batches() {
    return workload.kind() == Workload.Kind.SENTENCES
        ? TokenBatch.sentences(network, bucketed)
        : workload.batches(network);
  }

  /// Returns how many calls it takes until all batches have come.
  int round() {
    return workload.round(network);
  }

  /// Returns this job without dropout, which no two random generators do alike.
  Job plain() {
    return new Job(workload, network, bucketed, 0, weights);
  }

  /// Returns this job with sentences as they come.
  Job unsorted() {
    return new Job(workload, network, false, dropout, weights);
  }

  String line() {
    return String.join(
        " ",
        workload.name(),
        network.name(),
        Boolean.toString(bucketed),
        Double.toString(dropout),
        weights.toString());
  }

  /// Reads what [#line] wrote.
  static Job of(String line) {
    String[] w = line.split(" ", 5);
    return new Job(
        Workload.valueOf(w[0]),
        Network.valueOf(w[1]),
        Boolean.parseBoolean(w[2]),
        Double.parseDouble(w[3]),
        Path.of(w[4]));
  }
}
